"""A run comes to a step: whoever is late is promised a reminder, a check is asked, a wait begins."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

from bot.effects import CallConnection, owe
from bot.incidents.desk import Desk
from bot.incidents.walking import call_here, facts_of, turn_of
from playbooks.progress import Current, Walk, current, unknown_variables
from playbooks.steps import ActionStep, CheckStep
from storage import calls, reminders, runs
from storage.models import Call, Incident, Run

_MOST_OFTEN: Final = timedelta(seconds=30)
_LEAST_OFTEN: Final = timedelta(minutes=5)
LEFT: Final = "left"
"""The state of a call whose answer came while the run was elsewhere; it is made anew when the run comes back."""


def arrive(desk: Desk, incident: Incident, run: Run, *, anew: bool = False) -> None:
    """Whatever has to happen now that the run stands where it stands; called again, it changes nothing.

    `anew`: it stood still meanwhile, so that whoever holds its step has the whole time for it once more.
    """
    walk = runs.walk(desk.tx, run)
    facts = facts_of(desk, incident)
    here = current(walk, facts) if run.ended_at is None else None
    _promise(desk, incident, run, here, anew=anew)
    if here is None or not isinstance(here.step, CheckStep | ActionStep):
        return
    if unknown_variables(walk, here.path, facts):
        return
    call = call_here(desk, run, walk, here)
    if call is None:
        _begin(desk, run, walk, here)
    elif call.state in {LEFT, "undone"}:
        look(desk, run, call)


def look(desk: Desk, run: Run, call: Call) -> None:
    """Ask a check's question, or read what an action would change."""
    if call.kind == "check":
        ask_again(desk, run, call, "ask", state="asking")
    else:
        ask_again(desk, run, call, "read", state="reading")


def ask_again(desk: Desk, run: Run, call: Call, what: Literal["ask", "read", "act", "undo"], *, state: str) -> None:
    """Have the connection called once more for this call."""
    calls.change(call, state=state, attempts=call.attempts + 1)
    owe(
        desk.tx,
        CallConnection(incident_id=run.incident_id, call_id=call.id, what=what, attempt=call.attempts),
    )


def look_again_in(held_for: timedelta) -> timedelta:
    """How often something is asked that must hold for so long."""
    return min(max(held_for / 10, _MOST_OFTEN), _LEAST_OFTEN, held_for)


def _begin(desk: Desk, run: Run, walk: Walk, here: Current) -> None:
    kind = here.step.kind
    call = calls.begin(desk.tx, run_id=run.id, step=here.path, turn=turn_of(walk), kind=kind, state=LEFT)
    look(desk, run, call)


def _promise(desk: Desk, incident: Incident, run: Run, here: Current | None, *, anew: bool) -> None:
    """Remind of the step when it is due, and go on when a wait is over; of nothing once the run is."""
    for kind, due_at in (
        ("step", (desk.now if anew else here.since) + here.due if here and here.due else None),
        ("wait", here.waits_until if here else None),
    ):
        key = f"{kind}:{run.id}"
        if here is None or due_at is None:
            reminders.fulfil(desk.tx, key, desk.now)
            continue
        promised = reminders.find(desk.tx, key)
        data = {"run": run.id, "path": here.path, "since": here.since.isoformat()}
        # Once per promise: coming by again without having moved does not begin it anew, unless it was given up
        # unspoken because conditions led elsewhere for a while.
        given_up = promised is not None and promised.ended_at is not None and not promised.sent
        if promised is None or promised.data != data or given_up or (anew and kind == "step"):
            reminders.promise(desk.tx, key=key, kind=kind, next_due_at=due_at, incident_id=incident.id, data=data)
