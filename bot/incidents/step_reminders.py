"""Reminders while a playbook is walked: steps that take too long, and the playbook's own timers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.effects import Tell, owe
from bot.incidents.desk import Desk
from bot.incidents.reminding import Outcome
from bot.incidents.walking import account_for, facts_of, still_walked
from bot.incidents.wording import where
from bot.views.text import esc, person
from playbooks.lifecycle import Role
from playbooks.placeholders import fill
from playbooks.progress import Walk, current
from playbooks.timers import next_due, timers
from playbooks.variables import with_variables
from storage import reminders, runs
from storage.models import Incident, Reminder, Run

_PATIENCE = timedelta(minutes=5)
"""How long whoever holds a step has at least, before the commander hears of it too."""
_REACHED: dict[str, Callable[[Incident], datetime | None]] = {
    "mitigated": lambda incident: incident.mitigated_at,
    "verified": lambda incident: incident.verified_at,
    "resolved": lambda incident: incident.resolved_at,
}


def promise_timers(desk: Desk, incident: Incident, run: Run, walk: Walk) -> None:
    """Start the clocks that run beside the steps; again when somebody goes back into a run that was over."""
    for timer_id, timer in timers(walk):
        due_at = next_due(timer, run.started_at, desk.now)
        if due_at is None or (timer.until and _REACHED[timer.until](incident) is not None):
            continue
        reminders.promise(
            desk.tx,
            key=f"timer:{run.id}:{timer_id}",
            kind="timer",
            next_due_at=due_at,
            incident_id=incident.id,
            data={"run": run.id, "timer": timer_id},
        )


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """A step or a timer has come due."""
    found = still_walked(desk, reminder)
    if found is None:
        return Outcome(next_due_at=None, said=False)
    incident, run = found
    if reminder.kind == "step":
        return _step_late(desk, incident, run, reminder)
    return _timer(desk, incident, run, reminder)


def _step_late(desk: Desk, incident: Incident, run: Run, reminder: Reminder) -> Outcome:
    """First whoever holds the step, later the commander; each once."""
    path = (reminder.data or {})["path"]
    here = current(runs.walk(desk.tx, run), facts_of(desk, incident))
    if here is None or here.path != path:
        return Outcome(next_due_at=None, said=False)
    holder = here.holder or (account_for(desk, incident, here.step.role) if here.step.role else None)
    commander = account_for(desk, incident, Role.COMMANDER.value)
    if reminder.sent and (commander is None or commander == holder):
        return Outcome(next_due_at=None, said=False)
    told = commander if reminder.sent else holder
    title = esc(here.title, 200)
    text = f"{where(desk, incident)}: the step “{title}” takes longer than planned. Done, or in need of help?"
    if reminder.sent:
        text = (
            f"{where(desk, incident)}: the step “{title}” is late"
            + (f", and {person(holder)} was reminded" if holder else "")
            + ". Does somebody else take it, or is it skipped?"
        )
    _tell(desk, incident, told, text, once=f"step-late:{run.id}:{path}:{here.since.isoformat()}:{reminder.sent}")
    again = None if reminder.sent or holder is None or here.due is None else desk.now + max(here.due, _PATIENCE)
    return Outcome(next_due_at=again)


def _timer(desk: Desk, incident: Incident, run: Run, reminder: Reminder) -> Outcome:
    walk = runs.walk(desk.tx, run)
    timer = dict(timers(walk)).get(reminder.data["timer"]) if reminder.data else None
    if timer is None or reminder.data is None or (timer.until and _REACHED[timer.until](incident) is not None):
        return Outcome(next_due_at=None, said=False)
    facts = with_variables(walk, facts_of(desk, incident))
    text = f"{where(desk, incident)}: {esc(fill(timer.text, facts).strip(), 1500)}"
    # The reminder's own id of it: an included playbook may have a timer of the same name.
    once = f"timer:{run.id}:{reminder.data['timer']}:{reminder.next_due_at.isoformat()}"
    _tell(desk, incident, account_for(desk, incident, timer.remind), text, once=once)
    return Outcome(next_due_at=next_due(timer, run.started_at, desk.now))


def _tell(desk: Desk, incident: Incident, user: str | None, text: str, *, once: str) -> None:
    # Whoever holds it, else who leads, else who opened: a reminder names one person.
    to = user or account_for(desk, incident, Role.COMMANDER.value) or incident.opened_by
    owe(desk.tx, Tell(user=to, text=text, incident_id=incident.id, name=once))
