"""What becomes of a message that somebody marked: a timeline entry or a follow-up, which follows its edits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.effects import CaptureMessage
from bot.incidents import people
from bot.incidents.desk import Desk
from bot.incidents.wording import kept, words
from bot.views.text import clean, cut
from storage import follow_ups, timeline
from storage.models import Incident

PIN = "pushpin"
TICK = "ballot_box_with_check"
DELETED = "(This message was deleted in Slack.)"
_WORDLESS = "(A message without words.)"
_LONGEST = 3000


def is_there(desk: Desk, incident: Incident, mark: str, channel: str, ts: str) -> bool:
    """Whether the message is on the timeline, or among the follow-ups, now."""
    find = timeline.by_source if mark == PIN else follow_ups.by_source
    made = find(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    return made is not None and made.removed_at is None


def capture(desk: Desk, incident: Incident, effect: CaptureMessage, message: dict[str, Any]) -> None:
    """Write a marked message down as it now reads."""
    if message.get("author"):
        people.meet(desk, message["author"])
    if effect.mark == TICK:
        _make_follow_up(desk, incident, effect, message)
        return
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=moment(effect.ts),
        recorded_at=desk.now,
        kind="message",
        author=message.get("author"),
        text=_as_said(_text(message)),
        permalink=message.get("permalink"),
        source_channel=effect.channel,
        source_ts=effect.ts,
        added_by=effect.marked_by,
        data={"edited": message["edited"]} if message.get("edited") else None,
    )


def _make_follow_up(desk: Desk, incident: Incident, effect: CaptureMessage, message: dict[str, Any]) -> None:
    if is_there(desk, incident, TICK, effect.channel, effect.ts):
        return
    text = words(desk, _text(message), 1500) or _WORDLESS
    follow_ups.add(
        desk.tx,
        incident_id=incident.id,
        text=text,
        added_by=effect.marked_by,
        at=desk.now,
        source_channel=effect.channel,
        source_ts=effect.ts,
    )
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="follow-up",
        author=effect.marked_by,
        text=f"Follow-up: {_as_said(_text(message))}",
        permalink=message.get("permalink"),
    )


def take_back(desk: Desk, incident: Incident, mark: str, channel: str, ts: str) -> bool:
    """The last mark is gone: so is what it had made. False when there was nothing, or it is done already."""
    if mark == PIN:
        entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
        if entry is None or entry.removed_at is not None:
            return False
        timeline.remove(desk.tx, entry, at=desk.now)
        return True
    item = follow_ups.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    if item is None or item.removed_at is not None or item.done_at is not None:
        return False
    follow_ups.remove(desk.tx, item, at=desk.now)
    return True


def follow_edit(desk: Desk, incident: Incident, mark: str, event: dict[str, Any]) -> None:
    """The author changed the message: the newest words count, in whatever order the events arrive."""
    channel, ts, text = event["channel"], event["message"]["ts"], event["message"].get("text")
    if mark == TICK:
        _follow_in_follow_up(desk, incident, event)
        return
    entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    edited = str((event["message"].get("edited") or {}).get("ts") or event.get("ts"))
    if entry is None or "deleted" in (entry.data or {}):
        return
    known = (entry.data or {}).get("edited")
    if known is None or float(edited) > float(known):
        entry.text, entry.data = _as_said(text), {"edited": edited}


def _follow_in_follow_up(desk: Desk, incident: Incident, event: dict[str, Any]) -> None:
    """A follow-up that somebody put into other words keeps those."""
    message = event["message"]
    item = follow_ups.by_source(desk.tx, incident_id=incident.id, channel=event["channel"], ts=message["ts"])
    before = words(desk, (event.get("previous_message") or {}).get("text") or "", 1500)
    if item is not None and item.text == before:
        item.text = words(desk, message.get("text") or "", 1500) or _WORDLESS


def follow_deletion(desk: Desk, incident: Incident, mark: str, channel: str, ts: str) -> None:
    """The message was deleted: that it was there stays, its words go. A follow-up is still to be done."""
    entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    if mark == PIN and entry is not None and entry.removed_at is None:
        entry.text, entry.permalink, entry.data = DELETED, None, {"deleted": desk.now.isoformat()}


def _text(message: dict[str, Any]) -> str:
    """The message's words; those of a message that only brought files are the files' names."""
    return message.get("text") or ", ".join(f"“{kept(file)}”" for file in message.get("files") or [])


def _as_said(text: str | None) -> str:
    """In Slack's own form, as the timeline keeps it."""
    return cut(clean(text or "").strip(), _LONGEST) or _WORDLESS


def moment(ts: str) -> datetime:
    """The time of a Slack message."""
    return datetime.fromtimestamp(float(ts), UTC)
