"""The reminders that run beside a playbook's steps: which there are, and when each goes off."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from playbooks.model import Playbook, Timer
from playbooks.placeholders import fill
from playbooks.steps import IncludeStep
from playbooks.variables import with_variables
from playbooks.walk import Walk


@dataclass(frozen=True)
class TimerDue:
    """A reminder of a playbook that is due. Keep `due_at` as sent, under `id`."""

    id: str
    remind: str
    text: str
    due_at: datetime


def timers(walk: Walk) -> Iterator[tuple[str, Timer]]:
    """All timers of the run with ids of their own; those of an included playbook are 'first-15/update'."""
    yield from _timers(walk, walk.pinned.playbook, "")


def _timers(walk: Walk, playbook: Playbook, above: str) -> Iterator[tuple[str, Timer]]:
    yield from ((above + timer.id, timer) for timer in playbook.timers)
    for step in playbook.steps:
        if isinstance(step, IncludeStep):
            yield from _timers(walk, walk.pinned.included[step.playbook], f"{above}{step.id}/")


def timers_due(
    walk: Walk,
    facts: Mapping[str, str],
    *,
    now: datetime,
    reached: Collection[str] = (),
    sent: Mapping[str, datetime] | None = None,
) -> tuple[TimerDue, ...]:
    """Timers to remind of now. `reached` names milestones ('mitigated'), `sent` when each was last sent.

    Somebody who was away for three intervals is reminded once, not three times.
    """
    facts = with_variables(walk, facts)
    found = []
    for timer_id, timer in timers(walk):
        due_at = last_due(timer, walk.started_at, now)
        before = (sent or {}).get(timer_id)
        if timer.until in reached or due_at is None or (before is not None and before >= due_at):
            continue
        found.append(TimerDue(timer_id, timer.remind, fill(timer.text, facts), due_at))
    return tuple(found)


def last_due(timer: Timer, started_at: datetime, now: datetime) -> datetime | None:
    """The latest moment up to now at which the timer goes off, or None when it has not yet."""
    first = started_at + timer.after
    if now < first:
        return None
    return first + ((now - first) // timer.every) * timer.every if timer.every else first


def next_due(timer: Timer, started_at: datetime, now: datetime) -> datetime | None:
    """The next moment after now at which the timer goes off, or None when it went off for the last time."""
    last = last_due(timer, started_at, now)
    if last is None:
        return started_at + timer.after
    return last + timer.every if timer.every else None
