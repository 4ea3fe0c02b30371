"""What ends with an incident and what comes back with it: promises, playbooks, the review."""

from __future__ import annotations

from bot.effects import DrawReview, DrawStep, owe
from bot.incidents import review_nags, reviews, roles, updates
from bot.incidents.desk import Desk
from bot.incidents.telling import channel_first
from playbooks.lifecycle import Status
from storage import reminders, runs
from storage import reviews as kept_reviews
from storage.models import Incident
from storage.types import Json

_LIVE_PROMISES = ("update", "long-command", "step", "timer", "wait", "check")


def set_milestones(desk: Desk, incident: Incident, to: Status, why: str) -> Json:
    """Write down when and how it ended, or that it has not. Returns what was true until now and is not any more."""
    if to.is_open:
        was = {
            "resolved_at": incident.resolved_at and incident.resolved_at.isoformat(),
            "closed_at": incident.closed_at and incident.closed_at.isoformat(),
            "ended_by": incident.ended_by,
        }
        incident.resolved_at = incident.closed_at = incident.ended_by = None
        return {key: value for key, value in was.items() if value is not None}
    if to is not Status.CLOSED:  # closing says nothing new of how it ended
        incident.ended_by = why
    if to is not Status.RESOLVED:
        incident.closed_at = desk.now
    return {}


def end(desk: Desk, incident: Incident, to: Status) -> None:
    """Nobody is reminded of it any more; what was resolved gets its review."""
    updates.promise(desk, incident, None)
    reminders.fulfil_all(desk.tx, incident_id=incident.id, kinds=_LIVE_PROMISES, now=desk.now)
    for run in runs.going_on(desk.tx, incident.id):
        runs.end(desk.tx, run, how="incident-resolved", at=desk.now)
        owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id))
    if to is Status.RESOLVED:
        reviews.draft(desk, incident)


def bring_back(desk: Desk, incident: Incident) -> None:
    """It is live again: the next update is promised, its commander watched, its review told."""
    updates.promise(desk, incident, desk.now + updates.pace(desk, incident))
    roles.watch_commander(desk, incident)
    _put_review_off(desk, incident)


def _put_review_off(desk: Desk, incident: Incident) -> None:
    """Nobody is asked to finish the review of what is not over; resolving it again says when it is due."""
    review = kept_reviews.by_incident(desk.tx, incident.id)
    if review is None or review.state not in kept_reviews.UNFINISHED:
        return
    review.due_at = None
    review_nags.end(desk, review)
    owe(desk.tx, DrawReview(incident_id=incident.id), needs=channel_first(desk, incident))
