"""Where the steps of a pinned playbook lead: the next one after a record, what is passed over, how many remain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol, TypeVar

from playbooks.card import ModelCard
from playbooks.pinning import Pinned
from playbooks.steps import ActionStep, CheckStep, DecisionStep, EndStep, IncludeStep, Step
from playbooks.variables import with_variables

Outcome = Literal["done", "skipped", "answered", "passed", "failed", "waited", "told", "confirmed", "reopened"]
"""`passed` and `failed` are a check's, or an action's that gave up; `told` gives variables, `confirmed` criteria."""

BESIDE: Final = ("told", "confirmed")
"""What moves a run nowhere."""

_MOST_PASSED_OVER: Final = 500


@dataclass(frozen=True)
class Record:
    """What somebody did with a step. `path` is the step's id, inside an include 'first-15/confirm'.

    'reopened' takes the latest record that still counts back, so records are only ever added.
    """

    path: str
    outcome: Outcome
    by: str
    at: datetime
    reason: str | None = None
    answer: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)


class _Recorded(Protocol):
    @property
    def outcome(self) -> str: ...


R = TypeVar("R", bound=_Recorded)


def still_counting(records: Iterable[R]) -> list[R]:
    """Those that moved a run on and were not taken back, oldest first."""
    kept: list[R] = []
    for record in records:
        if record.outcome == "reopened":
            del kept[-1:]
        elif record.outcome not in BESIDE:
            kept.append(record)
    return kept


@dataclass(frozen=True)
class Walk:
    """One run of a playbook: what was pinned, what happened to its steps, who holds which step."""

    pinned: Pinned
    started_at: datetime
    records: tuple[Record, ...] = ()
    assignments: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, Record] = field(default_factory=dict)
    """'playbook/step' → what was done with it in an earlier run of the incident: an include asks nothing twice."""

    @property
    def counted(self) -> tuple[Record, ...]:
        """The records that moved the run on and still count, oldest first."""
        return tuple(still_counting(self.records))

    def step(self, path: str) -> Step:
        """The step at a path."""
        return self.pinned.find(path)[1]


def known_facts(card: ModelCard | None, incident: Mapping[str, str]) -> dict[str, str]:
    """What conditions and placeholders may ask: 'model.tier', 'incident.severity' …; `incident` has plain keys."""
    facts = {f"incident.{key}": value for key, value in incident.items()}
    if card is not None:
        facts |= {"model.name": card.name, "model.title": card.title}
        facts |= {f"model.{key}": fact.text for key, fact in card.facts.items() if fact.says_something}
    return facts


def standing_at(walk: Walk, facts: Mapping[str, str]) -> str | None:
    """The path of the step to do now, or of the end that the run arrived at."""
    facts = with_variables(walk, facts)
    counted = walk.counted
    came = _onward(walk.pinned, counted[-1].path, counted[-1]) if counted else walk.pinned.playbook.first
    path = settle(walk.pinned, came, facts, walk.earlier)
    if walk.earlier and path is not None and getattr(walk.step(path), "ends_run", False):
        # It was over then. Whoever starts a playbook again has a reason to ask again.
        return settle(walk.pinned, came, facts)
    return path


def _onward(pinned: Pinned, path: str, record: Record) -> str | None:
    return after(pinned, path, record.answer, failed=record.outcome == "failed")


def after(pinned: Pinned, path: str, answer: str | None = None, *, failed: bool = False) -> str | None:
    """The path written to come after a step; a decision that was skipped goes on as for 'cannot tell'."""
    step = pinned.find(path)[1]
    if failed and isinstance(step, CheckStep | ActionStep) and step.on_fail:
        return _join(path.rpartition("/")[0], step.on_fail)
    if isinstance(step, DecisionStep):
        chosen = next((option for option in step.options if option.label == answer), step.cannot_tell)
        return _join(path.rpartition("/")[0], chosen.goto)
    return beyond(pinned, path)


def beyond(pinned: Pinned, path: str) -> str | None:
    """The path that comes after a step which asks nothing, or does not apply; None when the run is over."""
    playbook, step = pinned.find(path)
    above = path.rpartition("/")[0]
    if isinstance(step, EndStep):
        return beyond(pinned, above) if above and not step.ends_run else None
    target = (step.otherwise if isinstance(step, DecisionStep) else step.next) or playbook.following(step.id)
    if target is not None:
        return _join(above, target)
    return beyond(pinned, above) if above else None


def settle(
    pinned: Pinned, path: str | None, facts: Mapping[str, str], earlier: Mapping[str, Record] | None = None
) -> str | None:
    """The first step at or after `path` that is to be walked, or the end where the run is over.

    Steps of an included playbook that `earlier` knows are passed over as they were answered then.
    """
    earlier = earlier or {}
    for _ in range(_MOST_PASSED_OVER):
        if path is None:
            return None
        playbook, step = pinned.find(path)
        known = earlier.get(f"{playbook.id}/{step.id}") if "/" in path else None
        if isinstance(step, EndStep):
            outside = beyond(pinned, path)
            if outside is None:
                return path
            path = outside
        elif not applies(step.when, facts):
            path = beyond(pinned, path)
        elif isinstance(step, IncludeStep):
            path = _join(path, pinned.included[step.playbook].first)
        elif known is not None:
            path = _onward(pinned, path, known)
        else:
            return path
    return None


def applies(when: Mapping[str, tuple[str, ...]], facts: Mapping[str, str]) -> bool:
    """Whether all conditions hold. What is not known never hides a step: better one step too many."""
    for key, values in when.items():
        known = {part.strip().lower() for part in facts.get(key, "").split(",") if part.strip()}
        if known and not known & {value.lower() for value in values}:
            return False
    return True


def steps_left(walk: Walk, path: str | None, facts: Mapping[str, str]) -> int:
    """How many steps are left, the one at `path` counted, if each decision is answered with its first answer.

    Authors write the usual answer first. No step is counted twice, so a loop is left by its next answer.
    """
    pinned, seen = walk.pinned, set[str]()
    while path is not None and path not in seen:
        step = pinned.find(path)[1]
        if isinstance(step, EndStep):
            break
        seen.add(path)
        answers = [option.label for option in step.options] if isinstance(step, DecisionStep) else [None]
        ways = [settle(pinned, after(pinned, path, answer), facts, walk.earlier) for answer in answers]
        path = next((way for way in ways if way not in seen), None)
    return len(seen)


def _join(above: str, step_id: str) -> str:
    return f"{above}/{step_id}" if above else step_id
