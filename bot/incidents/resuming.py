"""Going on with what a resolve cut short: the playbooks of a reopened incident, each where it was."""

from __future__ import annotations

from typing import Final

from bot.incidents.arriving import LEFT, arrive
from bot.incidents.desk import Desk
from bot.incidents.entries import enter
from bot.incidents.standing import Here, settle
from bot.incidents.step_reminders import promise_timers
from bot.incidents.walking import call_here, facts_of
from bot.views.text import esc
from playbooks.progress import current
from storage import calls, runs
from storage.models import Incident, Run

_OUT_OF_DATE: Final = frozenset({"holding", "failed", "unusable", "ready", "requested", "refused"})
"""What was found, or asked to be approved, before the end: the world has moved on, so it is looked at anew."""


def go_on(desk: Desk, incident: Incident) -> str:
    """Take up the runs that ended with a held incident, which is open again. Returns the sentence that says so."""
    said = [_take_up(desk, incident, run) for run in runs.cut_short(desk.tx, incident.id)]
    return " ".join(said)


def _take_up(desk: Desk, incident: Incident, run: Run) -> str:
    runs.go_on(desk.tx, run)
    walk, facts = runs.walk(desk.tx, run), facts_of(desk, incident)
    title = walk.pinned.playbook.title
    enter(desk, incident, "playbook", f"Playbook goes on: {title} ({walk.pinned.playbook.version})")
    here = current(walk, facts)
    call = call_here(desk, run, walk, here) if here is not None else None
    if call is not None and call.state in _OUT_OF_DATE:
        nobody = {"requested_by": None, "requested_at": None, "decided_by": None, "decided_at": None}
        calls.change(call, state=LEFT, held_since=None, **nobody)
    promise_timers(desk, incident, run, walk)
    settle(desk, Here(incident=incident, run=run, walk=walk, facts=facts, path=here.path if here else ""))
    arrive(desk, incident, run, anew=True)
    here = current(runs.walk(desk.tx, run), facts)
    where = f", at “{esc(here.title, 200)}”" if here is not None else ""
    return f"The playbook “{esc(title, 150)}” goes on where it was{where}."
