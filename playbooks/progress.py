"""Following a playbook: the step to do now, doing it, going back, and what is late. Pure; the time is an argument."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from playbooks.lifecycle import RuleBroken
from playbooks.model import Playbook, Timer
from playbooks.placeholders import fill
from playbooks.steps import DecisionStep, EndStep, Evidence, IncludeStep, Option, TaskStep
from playbooks.walk import Outcome, Record, Walk, known_facts, standing_at, steps_left, with_variables

__all__ = [
    "Collected", "Current", "Outcome", "Overdue", "Record", "StepMoved", "TimerDue", "Walk",
    "add", "apply", "back", "collected", "current", "ending", "known_facts", "last_due", "moved", "next_due",
    "overdue", "time_left", "timers", "timers_due",
]  # fmt: skip

_NUMBER: Final = re.compile(r"[-+]?\d[\d ,_']*(\.\d+)?\s*%?")


class StepMoved(RuleBroken):
    """Somebody was faster. `record` is what they did, so that the caller can name them."""

    def __init__(self, message: str, record: Record | None) -> None:
        super().__init__(message)
        self.record = record


@dataclass(frozen=True)
class Current:
    """The step to do now. `total` is an estimate; texts have their placeholders filled."""

    path: str
    step: TaskStep | DecisionStep
    done: int
    total: int
    holder: str | None
    since: datetime
    title: str
    do: str | None
    why: str | None
    ask: str | None
    done_when: str | None

    @property
    def progress(self) -> str:
        """'3/9'."""
        return f"{self.done}/{self.total}"

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers of a decision, in order; none for a task."""
        return self.step.options if isinstance(self.step, DecisionStep) else ()


@dataclass(frozen=True)
class Overdue:
    """A step that takes longer than its `due`; this only reminds, it never fails anything."""

    current: Current
    due_at: datetime


@dataclass(frozen=True)
class TimerDue:
    """A reminder of a playbook that is due. Keep `due_at` as sent, under `id`."""

    id: str
    remind: str
    text: str
    due_at: datetime


@dataclass(frozen=True)
class Collected:
    """A piece of evidence that was written down."""

    path: str
    ask: str
    value: str
    pir_field: str | None
    kind: str
    by: str
    at: datetime


def current(walk: Walk, facts: Mapping[str, str]) -> Current | None:
    """The step to do now, or None when the run has ended."""
    path = standing_at(walk, facts)
    if path is None:
        return None
    step = walk.step(path)
    if not isinstance(step, TaskStep | DecisionStep):
        return None
    facts = with_variables(walk, facts)
    done = len(walk.counted)
    return Current(
        path=path,
        step=step,
        done=done,
        total=done + steps_left(walk.pinned, path, facts),
        holder=walk.assignments.get(path),
        since=walk.records[-1].at if walk.records else walk.started_at,
        title=fill(step.title, facts),
        do=fill(step.do, facts) if step.do else None,
        why=fill(step.why, facts) if step.why else None,
        ask=fill(step.ask, facts) if isinstance(step, DecisionStep) else None,
        done_when=fill(step.done_when, facts) if isinstance(step, TaskStep) and step.done_when else None,
    )


def ending(walk: Walk, facts: Mapping[str, str]) -> EndStep | None:
    """The end that a finished run arrived at, for its closing words; None while it goes on."""
    path = standing_at(walk, facts)
    step = walk.step(path) if path else None
    return step if isinstance(step, EndStep) else None


def apply(
    walk: Walk,
    facts: Mapping[str, str],
    *,
    path: str,
    outcome: Literal["done", "skipped", "answered"],
    by: str,
    at: datetime,
    answer: str | None = None,
    reason: str | None = None,
    evidence: Mapping[str, str] | None = None,
) -> Record:
    """The record of what somebody did with the current step.

    Raises StepMoved when it is not the current one (any more), RuleBroken when something is missing.
    """
    here = current(walk, facts)
    if here is None or here.path != path:
        raise moved(walk, path)
    given = {key: value.strip() for key, value in (evidence or {}).items() if value and value.strip()}
    reason = (reason or "").strip() or None
    if outcome == "skipped":
        if not reason:
            raise RuleBroken("Say in a few words why this step is skipped. “Does not apply” is a good reason.")
        return Record(path, outcome, by, at, reason=reason, evidence=given)
    _check_evidence(here.step, given)
    if isinstance(here.step, TaskStep):
        if outcome != "done":
            raise RuleBroken("This step asks for something to be done; it has no answers.")
        return Record(path, outcome, by, at, reason=reason, evidence=given)
    chosen = _chosen(here.step, answer)
    if outcome != "answered" or chosen is None:
        answers = ", ".join(f"“{option.label}”" for option in here.step.options)
        raise RuleBroken(f"Choose one of the answers: {answers}.")
    sets = dict(chosen.sets)
    return Record(path, outcome, by, at, reason=reason, answer=chosen.label, evidence=given, sets=sets)


def back(walk: Walk, *, by: str, at: datetime) -> Record:
    """The record that reopens the step before the current one. Raises RuleBroken at the very beginning."""
    counted = walk.counted
    if not counted:
        raise RuleBroken("This is the first step; there is nothing to go back to.")
    return Record(counted[-1].path, "reopened", by, at)


def add(walk: Walk, record: Record) -> Walk:
    """The run with one more record."""
    return replace(walk, records=(*walk.records, record))


def overdue(walk: Walk, facts: Mapping[str, str], *, now: datetime) -> Overdue | None:
    """The current step when it has taken longer than it should."""
    here = current(walk, facts)
    if here is None or here.step.due is None:
        return None
    due_at = here.since + here.step.due
    return Overdue(here, due_at) if due_at <= now else None


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


def collected(walk: Walk) -> tuple[Collected, ...]:
    """Everything that was written down, in order; what was asked again counts as it was answered last."""
    found: dict[tuple[str, str], Collected] = {}
    for record in walk.counted:
        step = walk.step(record.path)
        asked = {item.id: item for item in getattr(step, "evidence", ())}
        for key, value in record.evidence.items():
            if (item := asked.get(key)) is not None:
                row = Collected(record.path, item.ask, value, item.pir_field, item.kind, record.by, record.at)
                found[record.path, key] = row
    return tuple(found.values())


def _chosen(step: DecisionStep, answer: str | None) -> Option | None:
    return next((option for option in step.options if option.label == answer), None)


def moved(walk: Walk, path: str) -> StepMoved:
    """What to raise for a step that is not the current one: it names what became of it."""
    record = next((one for one in reversed(walk.counted) if one.path == path), None)
    if record is None:
        return StepMoved("The playbook has moved on, and this is not its current step any more.", None)
    when = f"{record.at.astimezone(UTC):%H:%M} UTC"
    title = walk.step(path).title
    did = {"done": "done", "skipped": "skipped", "answered": f"answered with “{record.answer}”"}[record.outcome]
    return StepMoved(f"Somebody was faster: “{title}” was {did} at {when}.", record)


def _check_evidence(step: TaskStep | DecisionStep, given: Mapping[str, str]) -> None:
    asked = {item.id: item for item in step.evidence}
    for item in step.evidence:
        if item.required and item.id not in given:
            raise RuleBroken(f"Please write this down first: {item.ask}")
    for key, value in given.items():
        if key in asked and (wrong := _wrong(asked[key], value)):
            raise RuleBroken(f"{asked[key].ask} {wrong}")


def _wrong(item: Evidence, value: str) -> str | None:
    if item.kind == "choice" and value not in item.choices:
        return f"Choose one of: {', '.join(item.choices)}."
    if item.kind == "number" and not _NUMBER.fullmatch(value):
        return "Write a number."
    if item.kind == "link" and not value.startswith(("https://", "http://")):
        return "Write a link that starts with https://."
    return None


def time_left(walk: Walk, facts: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long the current step still has; negative once it is overdue, None when nothing is due."""
    here = current(walk, facts)
    return here.since + here.step.due - now if here and here.step.due else None
