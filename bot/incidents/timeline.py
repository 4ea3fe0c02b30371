"""Notes on the timeline; what reactions put there comes in through `marking`."""

from __future__ import annotations

from bot.effects import CaptureMessage
from bot.incidents import marking
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.telling import say
from bot.incidents.wording import entered, kept, name, words
from bot.requests import Note
from bot.views import timeline as views
from bot.views.ids import Card, Timeline
from bot.views.text import esc, person
from storage.models import Incident

_LONGEST = 3000


def note(desk: Desk, request: Note, command: Command) -> Answer:
    """Put words onto the timeline."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "note")
    return write_down(desk, incident, words(desk, request.text, _LONGEST))


def write_down(desk: Desk, incident: Incident, text: str) -> Answer:
    """Put plain text onto the timeline, and show it to the channel."""
    enter(desk, incident, "note", kept(text))
    say(desk, incident, f"{person(desk.by)} noted: {esc(text, 2500)}")
    return Answer(text="It is on the timeline.")


def _on_note(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value), for_change=False)
    allow(desk, incident, "note")
    return Answer(text="What happened?", modal=views.note_form(incident=incident.id, name=name(desk, incident)))


def _sent_note(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "note")
    text = entered(sent.values.get(Timeline.TEXT), _LONGEST)
    if not text:
        return FieldErrors(errors={Timeline.TEXT: "Say what happened."})
    write_down(desk, incident, text)
    return None


FEATURE = Feature(
    commands={Note: note},
    clicks={Card.NOTE: _on_note},
    submissions={Timeline.NOTE_FORM: _sent_note},
    events=marking.EVENTS,
    idle=marking.IDLE,
    learnt={CaptureMessage: marking.learnt},
)
