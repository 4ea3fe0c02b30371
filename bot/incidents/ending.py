"""What ends with an incident and what comes back with it: promises, playbooks, the review."""

from __future__ import annotations

from typing import Any

from bot.effects import DrawStep, owe
from bot.incidents import reviews, roles, updates
from bot.incidents.desk import Desk
from playbooks.lifecycle import Status
from storage import reminders, runs
from storage.models import Incident

_LIVE_PROMISES = ("update", "long-command", "step", "timer")


def end(desk: Desk, incident: Incident, to: Status, why: str) -> dict[str, Any]:
    """Whatever a move to `to` ends; nothing for a status that is open. Returns what the timeline keeps of it."""
    if to.is_open:
        return {}
    if to is Status.RESOLVED:
        incident.ended_by = why
    else:
        incident.closed_at = desk.now
    incident.next_update_at = None
    reminders.fulfil_all(desk.tx, incident_id=incident.id, kinds=_LIVE_PROMISES, now=desk.now)
    run = runs.going_on(desk.tx, incident.id)
    if run is not None:
        runs.end(desk.tx, run, how="incident-resolved", at=desk.now)
        owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id))
    if to is Status.RESOLVED:
        reviews.draft(desk, incident)
    return {}


def bring_back(desk: Desk, incident: Incident) -> dict[str, Any]:
    """The incident is live again. Returns the times and words that are no longer true, for the timeline to keep."""
    was = {
        "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
        "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
        "ended_by": incident.ended_by,
    }
    incident.resolved_at = incident.closed_at = incident.ended_by = None
    updates.promise(desk, incident, desk.now + updates.pace(desk, incident))
    roles.watch_commander(desk, incident)
    reviews.reopened(desk, incident)
    return {"was": was}
