"""Reminders of a review: to the one person named for it, in working hours, then also one level up, until it is done."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.effects import Tell, owe
from bot.incidents import drafting
from bot.incidents.desk import Desk
from bot.incidents.finding import by_id, card_of, visible
from bot.incidents.reminding import Outcome
from bot.incidents.review_record import key, redraw
from bot.views.review_message import nag
from bot.views.text import INC
from playbooks.lifecycle import Role
from playbooks.reviews import next_reminder, next_working_moment
from playbooks.working_time import move_working_days
from storage import people, reminders, reviews, roles
from storage.models import Incident, Reminder, Review


def promise(desk: Desk, review: Review) -> None:
    """Remind of this review from now on; the author has just been told of it."""
    first = next_reminder(review.due_at, desk.now, desk.now, desk.policy, zone_of(desk, review.author))
    if first is not None:
        reminders.promise(
            desk.tx,
            key=key(review),
            kind="review",
            next_due_at=first.when,
            incident_id=review.incident_id,
            data={"told": desk.now.isoformat()},
        )


def end(desk: Desk, review: Review) -> None:
    """It is published or dismissed: nobody is reminded any more."""
    reminders.fulfil(desk.tx, key(review), desk.now)


def put_off(desk: Desk, review: Review, *, days: int) -> datetime:
    """Say nothing for so many working days, then go on where it would be by then. Returns when that is."""
    zone = zone_of(desk, review.author)
    here = desk.now.astimezone(zone)
    resumed = datetime.combine(move_working_days(here.date(), days, desk.policy), here.time(), tzinfo=zone)
    until = next_working_moment(resumed, desk.policy, zone)
    reminder = reminders.find(desk.tx, key(review))
    if reminder is not None and reminder.ended_at is None:
        until = max(until, reminder.next_due_at)  # it only postpones
        reminder.next_due_at = until
    return until


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Remind whoever it is the turn of, and say when to look again."""
    if reminder.incident_id is None:
        return Outcome(next_due_at=None, said=False)
    incident = by_id(desk, reminder.incident_id)
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None or review.due_at is None or review.state not in reviews.UNFINISHED:
        return Outcome(next_due_at=None, said=False)
    zone = zone_of(desk, review.author)
    data = reminder.data or {}
    told = reminder.last_sent_at or datetime.fromisoformat(data["told"])
    due = next_reminder(review.due_at, told, desk.now, desk.policy, zone)
    if due is None:
        return Outcome(next_due_at=None, said=False)
    if due.when > desk.now:
        return Outcome(next_due_at=due.when, said=False)
    reached = is_reachable(desk, incident, review.author)
    whom = [review.author] if reached else []
    if (due.level == "up" or not reached) and (up := one_level_up(desk, incident, review)) is not None:
        whom.append(up)
    for to in whom or [incident.opened_by]:
        _remind(desk, incident, review, to=to, turn=f"{data['told']}:{reminder.sent}")
    if review.snoozed_reason:  # it goes on
        review.snoozed_reason = None
        redraw(desk, incident)
    following = next_reminder(review.due_at, desk.now, desk.now, desk.policy, zone)
    return Outcome(next_due_at=following.when if following else None)


def _remind(desk: Desk, incident: Incident, review: Review, *, to: str, turn: str) -> None:
    assert review.due_at is not None  # noqa: S101 -- asked by the caller
    text, blocks = nag(
        number=INC(incident.id, desk.policy),
        incident_id=incident.id,
        title=incident.title,
        due_at=review.due_at,
        now=desk.now,
        author=review.author,
        to_author=to == review.author,
        gaps=len(drafting.filling(desk, incident, review).gaps),
    )
    once = f"review-nag:{incident.id}:{turn}:{to}"
    owe(desk.tx, Tell(user=to, text=text, blocks=blocks, incident_id=incident.id, name=once))


def one_level_up(desk: Desk, incident: Incident, review: Review) -> str | None:
    """The ML lead, else the team lead, the owners, the opener: the first but the author who may know of it."""
    card = card_of(incident)
    fields = ("team.lead", "owner", "owner.backup")
    leads = [people.who(desk.tx, contact)[0] for field in fields for contact in card.contacts(field)]
    for user in (roles.holder(desk.tx, incident.id, Role.ML_LEAD), *leads, incident.opened_by):
        if user and user != review.author and is_reachable(desk, incident, user):
            return user
    return None


def is_reachable(desk: Desk, incident: Incident, user: str) -> bool:
    """Whether this person has a Slack account, as far as we know, and may know of the incident."""
    known = people.person(desk.tx, user)
    return not (known is not None and (known.deactivated or known.is_bot)) and visible(desk, incident, user)


def zone_of(desk: Desk, user: str) -> ZoneInfo:
    """Where this person works, as Slack knows it; else the policy's zone."""
    known = people.person(desk.tx, user)
    try:
        return ZoneInfo(known.time_zone) if known and known.time_zone else desk.policy.zone
    except (KeyError, ValueError):
        return desk.policy.zone
