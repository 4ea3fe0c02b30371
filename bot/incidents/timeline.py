"""Notes, and messages that people put on the timeline with a reaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.effects import CaptureMessage
from bot.incidents import marking
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.telling import say
from bot.incidents.wording import kept, name, words
from bot.requests import Note
from bot.views import timeline as views
from bot.views.ids import Card, Timeline
from bot.views.text import clean, cut, esc, person
from storage import timeline
from storage.models import Incident

_LONGEST = 3000
DELETED = "(This message was deleted in Slack.)"


def note(desk: Desk, request: Note, command: Command) -> Answer:
    """Put words onto the timeline."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "note")
    return write_down(desk, incident, words(desk, request.text, _LONGEST))


def write_down(desk: Desk, incident: Incident, text: str) -> Answer:
    """Put plain text onto the timeline, and show it to the channel."""
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="note",
        author=desk.by,
        text=kept(text),
    )
    say(desk, incident, f"{person(desk.by)} noted: {esc(text, 2500)}")
    return Answer(text="It is on the timeline.")


def _on_note(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value), for_change=False)
    allow(desk, incident, "note")
    return Answer(text="What happened?", modal=views.note_form(incident=incident.id, name=name(desk, incident)))


def _sent_note(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "note")
    text = words(desk, sent.values.get(Timeline.TEXT) or "", _LONGEST)
    if not text:
        return FieldErrors(errors={Timeline.TEXT: "Say what happened."})
    write_down(desk, incident, text)
    return None


def capture(desk: Desk, effect: CaptureMessage, message: dict[str, Any]) -> None:
    """Write a pinned message down as it now reads, with its own time, author and link."""
    incident = by_id(desk, effect.incident_id)
    data = {"edited": message["edited"]} if message.get("edited") else None
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=moment(effect.ts),
        recorded_at=desk.now,
        kind="message",
        author=message.get("author"),
        text=cut(clean(message["text"]), _LONGEST),
        permalink=message.get("permalink"),
        source_channel=effect.channel,
        source_ts=effect.ts,
        added_by=effect.marked_by,
        data=data,
    )


def take_off(desk: Desk, incident: Incident, channel: str, ts: str) -> bool:
    """The last pin is gone: so is the entry. False when there was none."""
    entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    if entry is None or entry.removed_at is not None:
        return False
    timeline.remove(desk.tx, entry, at=desk.now)
    return True


def follow_edit(desk: Desk, incident: Incident, channel: str, ts: str, *, text: str, edited: str) -> None:
    """The author changed a message that is on the timeline; `edited` is Slack's ts of the change."""
    entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    if entry is None or entry.removed_at is not None:
        return
    known = (entry.data or {}).get("edited")
    if known is None or float(edited) > float(known):
        entry.text, entry.data = cut(clean(text), _LONGEST), {"edited": edited}


def follow_deletion(desk: Desk, incident: Incident, channel: str, ts: str) -> None:
    """The author deleted a message that is on the timeline: that it was there stays, its words go."""
    entry = timeline.by_source(desk.tx, incident_id=incident.id, channel=channel, ts=ts)
    if entry is not None and entry.removed_at is None:
        entry.text, entry.permalink, entry.data = DELETED, None, {"deleted": desk.now.isoformat()}


def moment(ts: str) -> datetime:
    """The time of a Slack message."""
    return datetime.fromtimestamp(float(ts), UTC)


FEATURE = Feature(
    commands={Note: note},
    clicks={Card.NOTE: _on_note},
    submissions={Timeline.NOTE_FORM: _sent_note},
    events=marking.EVENTS,
    learnt={CaptureMessage: marking.learnt},
)
