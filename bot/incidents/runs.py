"""Playbook runs: started with the incident, shown in one message, reminded of, and shown again on request."""

from __future__ import annotations

from bot.effects import DrawCard, DrawStep, owe
from bot.incidents import choosing, stepping
from bot.incidents.desk import Answer, Click, Command, Desk, Drawing, Feature
from bot.incidents.finding import by_id, incident_here
from bot.incidents.step_reminders import promise_timers
from bot.incidents.walking import facts_of, promise_step, shown
from bot.requests import ShowStep
from bot.views.ids import Card, Runs
from bot.views.steps import run_message
from playbooks.lifecycle import RuleBroken, Status
from playbooks.load import Library
from playbooks.model import COMMON
from playbooks.pinning import pin
from playbooks.progress import Walk, ending
from storage import incidents, runs, timeline
from storage.models import Incident, Run


def start(desk: Desk, incident: Incident, needs: int | None = None) -> Run | None:
    """Start a new incident's playbook: the failure mode's, else the common one. `needs`: the channel's effect."""
    playbook_id, because = _fitting(desk.library, incident.failure_mode)
    if playbook_id is None:
        return None
    return _begin(desk, incident, playbook_id, because, needs=needs)


def _fitting(library: Library, failure_mode: str) -> tuple[str | None, str]:
    if failure_mode != "unknown":
        for playbook in library.all():
            if failure_mode in playbook.applies_to.failure_modes:
                return playbook.id, f"the incident was opened as {failure_mode}"
    if COMMON in library.sources:
        return COMMON, "nothing more specific was known when the incident was opened"
    return None, ""


def change(desk: Desk, incident: Incident, playbook_id: str, because: str, *, needs: int | None = None) -> Run:
    """Start another playbook in a held incident; the one being walked ends where it is. Raises RuleBroken."""
    earlier = runs.going_on(desk.tx, incident.id)
    if earlier is not None:
        runs.end(desk.tx, earlier, how="replaced", at=desk.now)
        owe(desk.tx, DrawStep(incident_id=incident.id, run_id=earlier.id), needs=needs)
    return _begin(desk, incident, playbook_id, because, needs=needs)


def _begin(desk: Desk, incident: Incident, playbook_id: str, because: str, *, needs: int | None) -> Run:
    pinned = pin(desk.library, playbook_id)
    run = runs.start(
        desk.tx,
        incident_id=incident.id,
        pinned=pinned,
        chosen_because=because,
        started_by=desk.by,
        at=desk.now,
    )
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="playbook",
        author=desk.by or None,
        text=f"Playbook started: {pinned.playbook.title} ({pinned.playbook.version})",
        reason=because,
    )
    walk = Walk(pinned=pinned, started_at=run.started_at)
    promise_step(desk, incident, run, walk)
    promise_timers(desk, incident, run, walk)
    owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id), needs=needs, first=True)
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)
    return run


def _show(desk: Desk, _request: ShowStep, command: Command) -> Answer:
    return _shown_to(desk, incident_here(desk, command.channel))


def _show_clicked(desk: Desk, click: Click) -> Answer:
    return _shown_to(desk, by_id(desk, int(click.value)))


def _shown_to(desk: Desk, incident: Incident) -> Answer:
    run = runs.going_on(desk.tx, incident.id)
    if run is None and not Status(incident.status).is_open:
        raise RuleBroken("The incident is over, and its playbook with it. `/ml-incident review` shows its review.")
    if run is None:
        return choosing.offered(desk, incident)
    text, blocks = run_message(shown(desk, incident, run))
    return Answer(text=text, blocks=blocks)


def _draw(desk: Desk, effect: DrawStep) -> Drawing | None:
    incident = incidents.by_id(desk.tx, effect.incident_id)
    run = runs.by_id(desk.tx, effect.run_id)
    if incident is None or run is None:
        return None
    text, blocks = run_message(shown(desk, incident, run, closing=_closing(desk, incident, run)))
    return Drawing(text=text, blocks=blocks)


def _closing(desk: Desk, incident: Incident, run: Run) -> str | None:
    if run.end == "replaced":
        return "Another playbook took over here."
    if run.end == "incident-resolved":
        return "The incident ended before the playbook did."
    end = ending(runs.walk(desk.tx, run), facts_of(desk, incident))
    return (end.do or end.title) if end is not None and run.end == "finished" else None


FEATURE = Feature(
    commands={ShowStep: _show, **choosing.COMMANDS},
    clicks={Card.STEP: _show_clicked, **stepping.CLICKS, **choosing.CLICKS},
    submissions={Runs.DONE_FORM: stepping.done_sent, Runs.SKIP_FORM: stepping.skip_sent},
    drawings={DrawStep: _draw},
)
