"""The review as a file: reserved, sent and completed; the reserved id is kept, so that a repeat goes on with it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.effects import UploadReview
from bot.incidents.desk import Desk
from bot.slack.channel import channel_of, incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Later, Refused
from bot.slack.posting import messages_since_owed
from storage import deliveries


@dataclass(frozen=True, kw_only=True)
class _Review:
    channel: str
    name: str
    title: str
    comment: str
    content: bytes


async def upload(errand: Errand[UploadReview]) -> Learnt | None:
    """Learns file_id."""
    review = await errand.read(lambda desk: _review(desk, errand.effect))
    if review is None:
        return None
    progress = errand.claimed.progress or {}
    if progress.get("file_id") and await _is_shared(errand, review.channel, progress["file_id"]):
        return {"file_id": progress["file_id"]}
    if progress.get("length") != len(review.content):  # not reserved yet, or redrawn since
        progress = await _reserve(errand, review)
    try:
        await errand.slack.send_file(progress["upload_url"], review.content)
        await errand.slack.call(
            "files.completeUploadExternal",
            files=[{"id": progress["file_id"], "title": review.title}],
            channel_id=review.channel,
            initial_comment=review.comment,
        )
    except Refused as no:
        if no.error != "file_not_found" and no.method != "upload":
            raise
        await errand.keep(None)
        raise Later(f"the upload had run out ({no})") from None
    return {"file_id": progress["file_id"]}


async def _reserve(errand: Errand[UploadReview], review: _Review) -> dict[str, object]:
    length = len(review.content)
    reserved = await errand.slack.call("files.getUploadURLExternal", filename=review.name, length=length)
    progress = {"file_id": reserved["file_id"], "upload_url": reserved["upload_url"], "length": length}
    await errand.keep(progress)
    return progress


async def _is_shared(errand: Errand[UploadReview], channel: str, file_id: str) -> bool:
    """Whether an earlier attempt completed it, its answer lost."""
    async for message in messages_since_owed(errand, channel):
        if any(file.get("id") == file_id for file in message.get("files") or []):
            return True
    return False


def _review(desk: Desk, effect: UploadReview) -> _Review | None:
    incident = incident_of(desk, effect)
    row = deliveries.review(desk.tx, incident.id)
    if row is None or not row.markdown:
        return None
    name = f"{desk.policy.incident_prefix}-{incident.id}"
    return _Review(
        channel=channel_of(incident),
        name=f"review-{name}.md",
        title=f"Review of {name}",
        comment=f"The review of {name} as it stands now.",
        content=row.markdown.encode(),
    )


def write_file(desk: Desk, effect: UploadReview, learnt: Learnt) -> None:
    deliveries.keep_review_file(desk.tx, effect.incident_id, file_id=learnt["file_id"])
