"""The reminders that run beside a playbook's steps: which there are, and when each goes off."""

from collections.abc import Iterator
from datetime import datetime

from playbooks.model import Playbook, Timer
from playbooks.steps import IncludeStep
from playbooks.walk import Walk


def timers(walk: Walk) -> Iterator[tuple[str, Timer]]:
    """All timers of the run with ids of their own; those of an included playbook are 'first-15/update'."""
    yield from _timers(walk, walk.pinned.playbook, "")


def _timers(walk: Walk, playbook: Playbook, above: str) -> Iterator[tuple[str, Timer]]:
    yield from ((above + timer.id, timer) for timer in playbook.timers)
    for step in playbook.steps:
        if isinstance(step, IncludeStep):
            yield from _timers(walk, walk.pinned.included[step.playbook], f"{above}{step.id}/")


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
