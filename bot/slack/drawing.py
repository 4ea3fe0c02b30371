"""Messages that show the present state: drawn at delivery, posted once, edited from then on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.effects import DrawAnnouncement, DrawCard, DrawReview, DrawStep, PinCard
from bot.incidents.desk import Desk, Drawing
from bot.slack import places
from bot.slack.channel import incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Later, Refused
from bot.slack.posting import edit, find, post
from storage import deliveries
from storage.models import Incident

GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
PINNED = frozenset({"already_pinned", "message_not_found"})
"""A card that was deleted meanwhile is pinned when it is posted anew."""


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What to show, and where it is shown already."""

    drawing: Drawing
    channel: str | None
    ts: str | None


async def draw_card(errand: Errand[DrawCard]) -> Learnt | None:
    """Learns ts."""
    shown = await errand.read(lambda desk: _in_channel(errand, desk, "card"))
    learnt = await _show(errand, shown)
    if learnt and shown and shown.ts and shown.channel and learnt["ts"] != shown.ts:
        await _pin_again(errand, shown.channel, learnt["ts"])
    return learnt


async def _pin_again(errand: Errand[Any], channel: str, ts: str) -> None:
    try:
        await errand.slack.call("pins.add", channel=channel, timestamp=ts)
    except (Refused, Later):
        return  # the card is there; it would be posted twice if this were tried again as one with it


async def draw_step(errand: Errand[DrawStep]) -> Learnt | None:
    """Learns ts."""
    return await _show(errand, await errand.read(lambda desk: _in_channel(errand, desk, "step")))


async def draw_review(errand: Errand[DrawReview]) -> Learnt | None:
    """Learns ts."""
    return await _show(errand, await errand.read(lambda desk: _in_channel(errand, desk, "review")))


async def draw_announcement(errand: Errand[DrawAnnouncement]) -> Learnt | None:
    """Learns channel and ts. Nothing private, no test and no drill is ever announced, whoever owed it."""
    shown = await errand.read(lambda desk: _announced(errand, desk))
    if shown is None:
        return None
    channel = shown.channel or await places.place(errand, places.ANNOUNCE)
    try:
        return await _show(errand, _Shown(drawing=shown.drawing, channel=channel, ts=shown.ts))
    except Refused as no:
        await places.forget_if_gone(errand, places.ANNOUNCE, no)
        raise


def _announced(errand: Errand[Any], desk: Desk) -> _Shown | None:
    incident = incident_of(desk, errand.effect)
    if incident.private or incident.kind != "real":
        return None
    drawing = errand.draw(desk)
    if drawing is None:
        return None
    return _Shown(drawing=drawing, channel=incident.announcement_channel, ts=incident.announcement_ts)


def _in_channel(errand: Errand[Any], desk: Desk, what: str) -> _Shown | None:
    incident = incident_of(desk, errand.effect)
    if incident.channel_id is None:
        return None  # the drawing that waits for the channel shows the same state
    drawing = errand.draw(desk)
    if drawing is None:
        return None
    return _Shown(drawing=drawing, channel=incident.channel_id, ts=_ts(desk, errand.effect, incident, what))


def _ts(desk: Desk, effect: Any, incident: Incident, what: str) -> str | None:
    if what == "card":
        return incident.card_ts
    row = deliveries.run(desk.tx, effect.run_id) if what == "step" else deliveries.review(desk.tx, incident.id)
    return row.message_ts if row is not None else None


async def _show(errand: Errand[Any], shown: _Shown | None) -> Learnt | None:
    """Edits the message where it stands, or posts it; learns channel and ts of a message that is new to us."""
    if shown is None or shown.channel is None:
        return None
    channel, drawing = shown.channel, shown.drawing
    if shown.ts is not None and await _edited(errand, channel, shown.ts, drawing):
        return None
    # The subject and not the effect's own key, so that whichever effect draws it next finds it too.
    key = errand.effect.subject or errand.claimed.key
    if errand.again:
        said = await find(errand, channel, key=key, not_ts=shown.ts)
        if said is not None and await _edited(errand, channel, said, drawing):
            return {"channel": channel, "ts": said}
    _, posted = await post(errand, channel, key=key, text=drawing.text, blocks=drawing.blocks)
    return {"channel": channel, "ts": posted}


async def _edited(errand: Errand[Any], channel: str, ts: str, drawing: Drawing) -> bool:
    """False when the message was deleted or cannot be changed any more."""
    try:
        await edit(errand, channel, ts, text=drawing.text, blocks=drawing.blocks)
    except Refused as no:
        if no.error not in GONE:
            raise
        return False
    return True


def write_card(desk: Desk, effect: DrawCard, learnt: Learnt) -> None:
    deliveries.keep_card(desk.tx, effect.incident_id, ts=learnt["ts"])


def write_announcement(desk: Desk, effect: DrawAnnouncement, learnt: Learnt) -> None:
    deliveries.keep_announcement(desk.tx, effect.incident_id, channel_id=learnt["channel"], ts=learnt["ts"])


def write_step(desk: Desk, effect: DrawStep, learnt: Learnt) -> None:
    deliveries.keep_run_message(desk.tx, effect.run_id, ts=learnt["ts"])


def write_review(desk: Desk, effect: DrawReview, learnt: Learnt) -> None:
    deliveries.keep_review_message(desk.tx, effect.incident_id, ts=learnt["ts"])


async def pin_card(errand: Errand[PinCard]) -> None:
    channel, ts = await errand.read(lambda desk: _card(desk, errand.effect))
    try:
        await errand.slack.call("pins.add", channel=channel, timestamp=ts)
    except Refused as no:
        if no.error not in PINNED:
            raise


def _card(desk: Desk, effect: PinCard) -> tuple[str, str]:
    incident = incident_of(desk, effect)
    if incident.channel_id is None or incident.card_ts is None:
        raise Later("the card is not posted yet")
    return incident.channel_id, incident.card_ts
