"""The review that an incident owes: who writes it, when it is due, and who is reminded next, how hard."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from playbooks.lifecycle import Severity
from playbooks.policy import Author, Policy
from playbooks.working_time import (
    Zone,
    day_end,
    day_start,
    is_working_day,
    move_working_days,
    next_working_moment,
    zone_of,
)

__all__ = ["Reminder", "author", "due_at", "next_reminder", "next_working_moment", "working_days_late"]

Level = Literal["person", "up"]
Wording = Literal["before", "on", "overdue", "level-up"]


@dataclass(frozen=True)
class Reminder:
    """When to remind (UTC), whom (the author, or also one level up), and which words to use."""

    when: datetime
    level: Level
    wording: Wording


def author(policy: Policy, people: Mapping[Author, str | None]) -> str | None:
    """Who writes the review: the first in the policy's order whom the incident has."""
    return next((people[who] for who in policy.reviews.author if people.get(who)), None)


def due_at(resolved_at: datetime, severity: Severity, policy: Policy, zone: Zone = None) -> datetime | None:
    """The end of the working day on which the review is due, or None when this severity needs none. UTC."""
    days = policy.severity(severity).review_due_days
    if days is None:
        return None
    resolved_on = resolved_at.astimezone(zone_of(zone, policy)).date()
    return day_end(move_working_days(resolved_on, days, policy), policy, zone)


def next_reminder(
    due_at: datetime | None,
    last_sent_at: datetime | None,
    now: datetime,
    policy: Policy,
    zone: Zone = None,
) -> Reminder | None:
    """The reminder to send next; send it when `when` has come, then ask again with that as `last_sent_at`.

    `last_sent_at` is when the person last heard of this review, the first time included when they were told that
    it is theirs. Whatever was missed meanwhile is made up for by one reminder, not by several. A snooze is a later
    `now`. None only where nothing is due.
    """
    if due_at is None:
        return None
    missed: Reminder | None = None
    for stage in _stages(due_at, policy, zone):
        if last_sent_at is not None and stage.when <= last_sent_at:
            continue
        if stage.when > now:
            return missed or stage
        missed = Reminder(next_working_moment(now, policy, zone), stage.level, stage.wording)
    return missed


def working_days_late(due_at: datetime, now: datetime, policy: Policy, zone: Zone = None) -> int:
    """How many working days have begun since the due day; 0 while it is not overdue."""
    local = zone_of(zone, policy)
    day, today, count = due_at.astimezone(local).date(), now.astimezone(local).date(), 0
    while day < today:
        day = move_working_days(day, 1, policy)
        count += day <= today
    return count


def _stages(due_at: datetime, policy: Policy, zone: Zone) -> Iterator[Reminder]:
    """All reminders of a review in order, each at the start of its working day, without end."""
    rules = policy.reviews
    due_day = due_at.astimezone(zone_of(zone, policy)).date()
    if rules.remind_before_days:
        day = move_working_days(due_day, -rules.remind_before_days, policy)
        yield Reminder(day_start(day, policy, zone), "person", "before")
    if rules.remind_on_day and is_working_day(due_day, policy):
        yield Reminder(day_start(due_day, policy, zone), "person", "on")
    day, sent = due_day, 0
    while True:
        day, sent = move_working_days(day, rules.remind_after_every_days, policy), sent + 1
        is_up = sent > rules.overdue_times_before_level_up
        when = day_start(day, policy, zone)
        yield Reminder(when, "up" if is_up else "person", "level-up" if is_up else "overdue")
