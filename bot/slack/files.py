"""Files: reserved, sent and completed; the reserved id is kept, so that a repeat goes on with it. The review is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.effects import UploadReview
from bot.incidents.desk import Desk
from bot.slack.channel import channel_of, incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Later, Refused
from bot.slack.posting import messages_since_owed
from storage import deliveries


@dataclass(frozen=True, kw_only=True)
class File:
    """A file for a channel, as it stands now."""

    channel: str
    name: str
    title: str
    comment: str
    content: bytes
    alt_text: str | None = None
    """What a picture shows, for those who do not see it."""


async def upload(errand: Errand[UploadReview]) -> Learnt | None:
    """Learns file_id."""
    review = await errand.read(lambda desk: _review(desk, errand.effect))
    return None if review is None else await share(errand, review)


async def share(errand: Errand[Any], file: File) -> Learnt:
    """Bring a file into its channel, once however often it is interrupted. Learns file_id."""
    progress = errand.claimed.progress or {}
    if progress.get("file_id") and await _is_shared(errand, file.channel, progress["file_id"]):
        return {"file_id": progress["file_id"]}
    if progress.get("length") != len(file.content):  # not reserved yet, or redrawn since
        progress = await _reserve(errand, file)
    try:
        await errand.slack.send_file(progress["upload_url"], file.content)
        await errand.slack.call(
            "files.completeUploadExternal",
            files=[{"id": progress["file_id"], "title": file.title}],
            channel_id=file.channel,
            initial_comment=file.comment,
        )
    except Refused as no:
        if no.error != "file_not_found" and no.method != "upload":
            raise
        await errand.keep(None)
        raise Later(f"the upload had run out ({no})") from None
    return {"file_id": progress["file_id"]}


async def _reserve(errand: Errand[Any], file: File) -> dict[str, object]:
    length = len(file.content)
    said = {"alt_txt": file.alt_text} if file.alt_text else {}
    reserved = await errand.slack.call("files.getUploadURLExternal", filename=file.name, length=length, **said)
    progress = {"file_id": reserved["file_id"], "upload_url": reserved["upload_url"], "length": length}
    await errand.keep(progress)
    return progress


async def _is_shared(errand: Errand[Any], channel: str, file_id: str) -> bool:
    """Whether an earlier attempt completed it, its answer lost."""
    async for message in messages_since_owed(errand, channel):
        if any(file.get("id") == file_id for file in message.get("files") or []):
            return True
    return False


def _review(desk: Desk, effect: UploadReview) -> File | None:
    incident = incident_of(desk, effect)
    row = deliveries.review(desk.tx, incident.id)
    if row is None or not row.markdown:
        return None
    name = f"{desk.policy.incident_prefix}-{incident.id}"
    return File(
        channel=channel_of(incident),
        name=f"review-{name}.md",
        title=f"Review of {name}",
        comment=f"The review of {name} as it stands now.",
        content=row.markdown.encode(),
    )


def write_file(desk: Desk, effect: UploadReview, learnt: Learnt) -> None:
    deliveries.keep_review_file(desk.tx, effect.incident_id, file_id=learnt["file_id"])
