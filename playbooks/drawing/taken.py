"""The path that a run has taken so far, as far as a plan shows it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from playbooks.drawing.plan import Plan
from playbooks.drawing.ways import Way, join
from playbooks.steps import EndStep, IncludeStep
from playbooks.walk import Record, Walk, after, beyond, standing_at

Mark = Literal["done", "skipped", "failed", "earlier", "passed-over", "here", "ahead", "not-taken"]
BEHIND: Final[Collection[Mark]] = ("done", "skipped", "failed", "earlier")
_FARTHEST: Final = 500


@dataclass(frozen=True)
class Taken:
    """What became of each step, which ways were taken, and where the run stands now."""

    marks: Mapping[str, Mark]
    ways: Collection[Way]
    here: str | None
    """The step drawn where the run stands, or the end that it came to; None where it was ended from outside."""
    inside: str | None
    """The title of the step within it, where an include is drawn as one."""
    is_over: bool
    counts: Mapping[Mark, int]
    """How many steps were done, skipped and so on, those inside folded includes counted."""


@dataclass(frozen=True)
class _Passed:
    """A step that the run came by. `record` is None for one that was passed over, or only led on."""

    path: str
    mark: Mark
    record: Record | None = None


def opened_for(walk: Walk, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The includes to draw step by step: those the run stands in, so that one sees where."""
    standing = standing_at(walk, facts)
    above = standing.rpartition("/")[0] if standing else ""
    parts = above.split("/") if above else []
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


def trace(walk: Walk, facts: Mapping[str, str], plan: Plan, *, ended: bool = False) -> Taken:
    """The path taken. `ended`: the run was ended from outside, and stands nowhere."""
    standing = None if ended else standing_at(walk, facts)
    trail = _trail(walk, standing)
    marks: dict[str, Mark] = {}
    for one in trail:
        shown = _shown(plan, one.path)
        marks[shown] = one.mark if shown == one.path else "done"
    here = _shown(plan, standing) if standing is not None else None
    is_over = standing is None or isinstance(walk.step(standing), EndStep)
    if here is not None:
        marks[here] = "done" if is_over else "here"
    possible = _ahead(plan, here) if here is not None and not is_over else set()
    for node in plan.nodes:
        marks.setdefault(node.path, "ahead" if node.path in possible else "not-taken")
    ways = [way for one, other in pairwise(trail) if (way := _way(plan, one, other.path)) is not None]
    return Taken(
        marks=marks,
        ways=tuple(dict.fromkeys(ways)),
        here=here,
        inside=walk.step(standing).title if standing is not None and standing != here else None,
        is_over=is_over,
        counts={mark: len({one.path for one in trail if one.record and one.mark == mark}) for mark in BEHIND},
    )


def _trail(walk: Walk, standing: str | None) -> list[_Passed]:
    """Everything that the run came by, oldest first, where it stands last."""
    trail: list[_Passed] = []
    towards: str | None = walk.pinned.playbook.first
    for record in walk.counted:
        trail += _between(walk, towards, record.path)
        mark: Mark = "skipped" if record.outcome == "skipped" else "failed" if record.outcome == "failed" else "done"
        trail.append(_Passed(record.path, mark, record))
        towards = _onward(walk, record)
    if standing is not None:
        trail += [*_between(walk, towards, standing), _Passed(standing, "here")]
    return trail


def _between(walk: Walk, towards: str | None, goal: str) -> list[_Passed]:
    """The steps that ask nothing, do not apply or were answered before, on the way to a step; none if it is no way."""
    passed: list[_Passed] = []
    at = towards
    for _ in range(_FARTHEST):
        if at is None or at == goal:
            break
        playbook, step = walk.pinned.find(at)
        known = walk.earlier.get(f"{playbook.id}/{step.id}") if "/" in at else None
        if isinstance(step, IncludeStep) and (goal.startswith(f"{at}/") or _known_inside(walk, step)):
            passed.append(_Passed(at, "done"))
            at = join(at, walk.pinned.included[step.playbook].first)
        elif known is not None:
            passed.append(_Passed(at, "earlier", known))
            at = after(walk.pinned, at, known.answer, failed=known.outcome == "failed")
        else:
            passed.append(_Passed(at, "done" if isinstance(step, EndStep | IncludeStep) else "passed-over"))
            at = beyond(walk.pinned, at)
    return passed if at == goal else []


def _known_inside(walk: Walk, step: IncludeStep) -> bool:
    """Whether an earlier run has answered some of it, so that this one was led through without being asked."""
    return any(name.startswith(f"{step.playbook}/") for name in walk.earlier)


def _onward(walk: Walk, record: Record) -> str | None:
    return after(walk.pinned, record.path, record.answer, failed=record.outcome == "failed")


def _way(plan: Plan, passed: _Passed, to: str) -> Way | None:
    """The way drawn for a move; where several answers lead to the same step, the one that was given."""
    source, target = _shown(plan, passed.path), _shown(plan, to)
    leading = [way for way in plan.by_path[source].ways if way.target == target]
    if source == target or not leading:
        return None
    if passed.record is None:
        fitting = [way for way in leading if way.sort in {"next", "not-for-us"}]
    elif passed.record.outcome == "skipped":
        fitting = [way for way in leading if way.sort in {"next", "passed", "cannot-tell"}]
    else:
        fitting = [way for way in leading if way.said == passed.record.answer or way.sort == passed.record.outcome]
    return (fitting or leading)[0]


def _shown(plan: Plan, path: str) -> str:
    """The step itself, or the folded include that it is in."""
    return next(one for one in _upwards(path) if one in plan.by_path)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _ahead(plan: Plan, here: str) -> set[str]:
    found, waiting = {here}, [here]
    while waiting:
        for way in plan.by_path[waiting.pop()].ways:
            if way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return found
