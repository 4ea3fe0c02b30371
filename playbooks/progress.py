"""Following a playbook: the step to do now, doing it, going back, and what is late. Pure; the time is an argument."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from playbooks.evidence import Collected, check_evidence, collected, evidence_for, evidence_of
from playbooks.lifecycle import RuleBroken
from playbooks.placeholders import fill
from playbooks.steps import (
    ActionStep,
    CheckStep,
    DecisionStep,
    EndStep,
    Evidence,
    Option,
    TaskStep,
    WaitStep,
    Walked,
)
from playbooks.variables import unknown_variables, variables_of, with_variables
from playbooks.walk import BESIDE, Outcome, Record, Walk, known_facts, standing_at, steps_left

__all__ = [
    "Collected", "Current", "Outcome", "Record", "StepMoved", "Walk",
    "add", "apply", "back", "closing", "collected", "confirm", "current", "ending", "known_facts", "moved",
    "tell", "unknown_variables",
]  # fmt: skip


class StepMoved(RuleBroken):
    """Somebody was faster. `record` is what they did, so that the caller can name them."""

    def __init__(self, message: str, record: Record | None) -> None:
        super().__init__(message)
        self.record = record


@dataclass(frozen=True)
class Current:
    """The step to do now. `total` is an estimate; texts have their placeholders filled."""

    path: str
    step: Walked
    done: int
    total: int
    holder: str | None
    since: datetime
    title: str
    do: str | None
    why: str | None
    ask: str | None
    done_when: str | None
    manual: str | None

    @property
    def due(self) -> timedelta | None:
        """How long the step may take before somebody is reminded."""
        return None if isinstance(self.step, WaitStep) else self.step.due

    @property
    def waits_until(self) -> datetime | None:
        """When the run goes on by itself, for a wait."""
        return self.since + self.step.for_ if isinstance(self.step, WaitStep) else None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What is to be written down with it."""
        return evidence_of(self.step)

    @property
    def progress(self) -> str:
        """'3/9'."""
        return f"{self.done}/{self.total}"

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers of a decision, in order; none for a task."""
        return self.step.options if isinstance(self.step, DecisionStep) else ()


def current(walk: Walk, facts: Mapping[str, str]) -> Current | None:
    """The step to do now, or None when the run has ended."""
    path = standing_at(walk, facts)
    if path is None:
        return None
    step = walk.step(path)
    if not isinstance(step, Walked):
        return None
    facts = with_variables(walk, facts)
    done = len(walk.counted)
    return Current(
        path=path,
        step=step,
        done=done,
        total=done + steps_left(walk, path, facts),
        holder=walk.assignments.get(path),
        since=_since(walk),
        title=fill(step.title, facts),
        do=fill(words, facts) if (words := getattr(step, "do", None)) else None,
        why=fill(step.why, facts) if step.why else None,
        ask=fill(step.ask, facts) if isinstance(step, DecisionStep) else None,
        done_when=fill(step.done_when, facts) if isinstance(step, TaskStep) and step.done_when else None,
        manual=fill(step.manual, facts) if isinstance(step, CheckStep | ActionStep) else None,
    )


def _since(walk: Walk) -> datetime:
    """When the run came to where it stands; what is told on the way does not move it."""
    moves = [record.at for record in walk.records if record.outcome not in BESIDE]
    return moves[-1] if moves else walk.started_at


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
    outcome: Outcome,
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
    check_evidence(evidence_of(here.step), given)
    if not isinstance(here.step, DecisionStep):
        if outcome not in _OUTCOMES[here.step.kind]:
            raise RuleBroken(_NOT_THIS[here.step.kind])
        return Record(path, outcome, by, at, reason=reason, evidence=given)
    chosen = _chosen(here.step, answer)
    if outcome != "answered" or chosen is None:
        answers = ", ".join(f"“{option.label}”" for option in here.step.options)
        raise RuleBroken(f"Choose one of the answers: {answers}.")
    sets = dict(chosen.sets)
    return Record(path, outcome, by, at, reason=reason, answer=chosen.label, evidence=given, sets=sets)


_OUTCOMES: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "task": ("done",),
    "check": ("passed", "failed"),
    "action": ("done", "failed"),
    "wait": ("waited",),
}
_NOT_THIS: Final[Mapping[str, str]] = {
    "task": "This step asks for something to be done; it has no answers.",
    "check": "This step asks whether something holds: it passed, or it failed.",
    "action": "This step does something: it is done, or it failed.",
    "wait": "This step waits; it goes on by itself.",
}


def tell(walk: Walk, *, path: str, by: str, at: datetime, variables: Mapping[str, str]) -> Record:
    """The record of somebody saying what a playbook's variables are; it moves nothing. Raises RuleBroken."""
    known = variables_of(walk)
    given = {name: value.strip() for name, value in variables.items() if value and value.strip()}
    check_evidence([evidence_for(name, known[name]) for name in given if name in known], given)
    return Record(path, "told", by, at, evidence=given)


def back(walk: Walk, *, by: str, at: datetime) -> Record:
    """The record that reopens the step before the current one. Raises RuleBroken at the very beginning."""
    counted = walk.counted
    if not counted:
        raise RuleBroken("This is the first step; there is nothing to go back to.")
    return Record(counted[-1].path, "reopened", by, at)


def confirm(walk: Walk, *, by: str, at: datetime, criteria: Collection[str]) -> Record:
    """The record of somebody seeing that closing criteria hold, once the run has come to its end. Raises RuleBroken."""
    open_ones = [one for one, confirmed in closing(walk) if confirmed is None]
    seen = [one for one in open_ones if one in criteria]
    if not seen:
        raise RuleBroken("Choose what you have seen to hold; what somebody has confirmed already needs nobody else.")
    last = walk.counted[-1].path if walk.counted else walk.pinned.playbook.first
    return Record(last, "confirmed", by, at, evidence={f"closing-{number}": one for number, one in enumerate(seen)})


def closing(walk: Walk) -> tuple[tuple[str, Record | None], ...]:
    """The playbook's closing criteria, each with the record that confirmed it since the run last came to its end."""
    found: dict[str, Record] = {}
    for record in walk.records:
        if record.outcome == "reopened":
            found.clear()
        elif record.outcome == "confirmed":
            found |= dict.fromkeys(record.evidence.values(), record)
    return tuple((one, found.get(one)) for one in walk.pinned.playbook.close_when)


def add(walk: Walk, record: Record) -> Walk:
    """The run with one more record."""
    return replace(walk, records=(*walk.records, record))


def _chosen(step: DecisionStep, answer: str | None) -> Option | None:
    return next((option for option in step.options if option.label == answer), None)


def moved(walk: Walk, path: str) -> StepMoved:
    """What to raise for a step that is not the current one: it names what became of it."""
    record = next((one for one in reversed(walk.counted) if one.path == path), None)
    if record is None:
        return StepMoved("The playbook has moved on, and this is not its current step any more.", None)
    when = f"{record.at.astimezone(UTC):%H:%M} UTC"
    title = walk.step(path).title
    did = f"answered with “{record.answer}”" if record.outcome == "answered" else record.outcome
    return StepMoved(f"Somebody was faster: “{title}” was {did} at {when}.", record)
