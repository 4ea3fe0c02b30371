"""Reactions that mark a message: a pin puts it on the timeline, a ticked box among the follow-ups.

Several people may mark one message: it makes one entry, which goes when the last mark is gone. What was captured
follows the message when it is edited or deleted. Nothing is kept of a message that nobody marked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.effects import AddReaction, CaptureMessage, RemoveReaction, owe
from bot.incidents import capturing
from bot.incidents.capturing import PIN, TICK
from bot.incidents.desk import Desk, OnEvent
from bot.incidents.finding import allow
from storage import incidents, marks, people
from storage.models import Incident

_PERMISSION = {PIN: "note", TICK: "follow-up"}
RECEIPT = {PIN: "white_check_mark", TICK: "memo"}
"""What the bot answers a mark with: a reaction of its own, never a message."""


def _is_elsewhere(desk: Desk, event: dict[str, Any]) -> bool:
    """Another reaction than ours, or in a channel of no incident."""
    item = event.get("item") or {}
    return event.get("reaction") not in RECEIPT or not incidents.owns(desk.tx, str(item.get("channel")))


def _is_unmarked(desk: Desk, event: dict[str, Any]) -> bool:
    """A change of a message that carries no mark, nor carries one in a moment: a mark is written down first."""
    ts = event.get("deleted_ts") or (event.get("message") or {}).get("ts")
    return not marks.on(desk.tx, channel=str(event.get("channel")), ts=str(ts))


IDLE: dict[str, Callable[[Desk, dict[str, Any]], bool]] = {
    "reaction_added": _is_elsewhere,
    "reaction_removed": _is_elsewhere,
    "message/message_changed": _is_unmarked,
    "message/message_deleted": _is_unmarked,
}


def marked(desk: Desk, event: dict[str, Any]) -> None:
    """Somebody marked a message; read it, unless it was read already."""
    found = _meant(desk, event)
    if found is None:
        return
    incident, mark, channel, ts = found
    allow(desk, incident, _PERMISSION[mark])
    if not _put(desk, incident, event, there=True):
        return
    if not capturing.is_there(desk, incident, mark, channel, ts):
        _read(desk, incident, mark=mark, channel=channel, ts=ts, by=desk.by)


def unmarked(desk: Desk, event: dict[str, Any]) -> None:
    """Somebody took a mark back; with the last one goes what it had put there, and the receipt."""
    found = _meant(desk, event)
    if found is None:
        return
    incident, mark, channel, ts = found
    if not _put(desk, incident, event, there=False) or marks.left(desk.tx, channel=channel, ts=ts, mark=mark):
        return
    if capturing.take_back(desk, incident, mark, channel, ts):
        receipt = RemoveReaction(channel=channel, ts=ts, name=RECEIPT[mark], incident_id=incident.id)
        owe(desk.tx, receipt)


def _meant(desk: Desk, event: dict[str, Any]) -> tuple[Incident, str, str, str] | None:
    """(held incident, mark, channel, ts) of a mark that a person set in an incident's channel."""
    mark, item = event.get("reaction"), event.get("item") or {}
    if mark not in RECEIPT or item.get("type") != "message":
        return None
    account = people.person(desk.tx, desk.by)
    if account is not None and account.is_bot:
        return None
    incident = incidents.by_channel(desk.tx, str(item["channel"]), for_change=True)
    return None if incident is None else (incident, mark, str(item["channel"]), str(item["ts"]))


def _put(desk: Desk, incident: Incident, event: dict[str, Any], *, there: bool) -> bool:
    return marks.put(
        desk.tx,
        incident_id=incident.id,
        channel=event["item"]["channel"],
        ts=event["item"]["ts"],
        mark=event["reaction"],
        user_id=desk.by,
        event_ts=event["event_ts"],
        there=there,
    )


def _read(desk: Desk, incident: Incident, *, mark: str, channel: str, ts: str, by: str) -> None:
    reading = CaptureMessage(
        incident_id=incident.id,
        channel=channel,
        ts=ts,
        thread_ts=None,
        marked_by=by,
        mark=mark,
        marked_at=desk.now.isoformat(),
    )
    owe(desk.tx, reading)


def learnt(desk: Desk, effect: CaptureMessage, message: dict[str, Any]) -> None:
    """The marked message was read: write it down, if anybody's mark is still on it, and leave the receipt."""
    incident = incidents.by_id(desk.tx, effect.incident_id, for_change=True)
    if incident is None or not marks.left(desk.tx, channel=effect.channel, ts=effect.ts, mark=effect.mark):
        return
    capturing.capture(desk, incident, effect, message)
    receipt = AddReaction(channel=effect.channel, ts=effect.ts, name=RECEIPT[effect.mark], incident_id=incident.id)
    owe(desk.tx, receipt)


def changed(desk: Desk, event: dict[str, Any]) -> None:
    """A message was edited; Slack also says so when it unfurls a link, or deletes the first message of a thread."""
    message = event.get("message") or {}
    channel, ts = str(event.get("channel")), str(message.get("ts"))
    if message.get("subtype") == "tombstone":
        _deleted(desk, channel, ts)
        return
    for incident, mark in _marks_on(desk, channel, ts):
        if capturing.is_there(desk, incident, mark, channel, ts):
            capturing.follow_edit(desk, incident, mark, event)
        else:  # edited while it was being read: read it once more
            by = marks.whose(desk.tx, channel=channel, ts=ts, mark=mark)
            _read(desk, incident, mark=mark, channel=channel, ts=ts, by=by)


def deleted(desk: Desk, event: dict[str, Any]) -> None:
    """A message was deleted."""
    _deleted(desk, str(event.get("channel")), str(event.get("deleted_ts")))


def _deleted(desk: Desk, channel: str, ts: str) -> None:
    for incident, mark in _marks_on(desk, channel, ts):
        capturing.follow_deletion(desk, incident, mark, channel, ts)


def _marks_on(desk: Desk, channel: str, ts: str) -> list[tuple[Incident, str]]:
    """(held incident, mark) for each kind of mark on a message; for nearly all messages there are none."""
    found = sorted(marks.on(desk.tx, channel=channel, ts=ts))
    incident = incidents.by_channel(desk.tx, channel, for_change=True) if found else None
    return [] if incident is None else [(incident, mark) for mark in found]


EVENTS: dict[str, list[OnEvent]] = {
    "reaction_added": [marked],
    "reaction_removed": [unmarked],
    "message/message_changed": [changed],
    "message/message_deleted": [deleted],
}
