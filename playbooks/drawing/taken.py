"""The path that a run has taken so far, as far as a plan shows it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from playbooks.drawing.plan import Plan
from playbooks.drawing.ways import Way, join
from playbooks.pinning import Pinned
from playbooks.steps import EndStep, IncludeStep
from playbooks.walk import Walk, after, beyond, standing_at

Mark = Literal["done", "skipped", "failed", "passed-over", "here", "ahead", "not-taken"]
_MARKS: Final[Mapping[str, Mark]] = {"skipped": "skipped", "failed": "failed"}
_FARTHEST: Final = 500


@dataclass(frozen=True)
class Taken:
    """What became of each step, which ways were taken, and where the run stands now."""

    marks: Mapping[str, Mark]
    ways: Collection[Way]
    here: str | None
    """The step drawn where the run stands; None where it is over without an end of its own."""
    inside: str | None
    """The title of the step within it, where an include is drawn as one."""
    is_over: bool
    answers: Collection[Way] = ()
    """Those of the ways that a person chose."""

    @property
    def done(self) -> int:
        """How many of the steps drawn are behind."""
        return sum(mark in {"done", "skipped", "failed"} for mark in self.marks.values())


def opened_for(walk: Walk, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The includes to draw step by step: those the run stands in, so that one sees where."""
    standing = standing_at(walk, facts)
    above = standing.rpartition("/")[0] if standing else ""
    parts = above.split("/") if above else []
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


def trace(walk: Walk, facts: Mapping[str, str], plan: Plan, *, ended: bool = False) -> Taken:
    """The path taken. `ended`: the run was ended from outside, and stands nowhere."""
    marks: dict[str, Mark] = {}
    ways: dict[Way, None] = {}
    answers: dict[Way, None] = {}
    standing = standing_at(walk, facts)
    counted = walk.counted
    come_from: str | None = None
    towards: str | None = walk.pinned.playbook.first
    for record in (*counted, None):
        path = record.path if record else standing
        if path is not None and towards is not None:
            for source, target in _between(walk.pinned, come_from, towards, path):
                _take(plan, source, target, ways, marks)
        if record is None:
            break
        shown = _shown(plan, record.path)
        marks[shown] = _MARKS.get(record.outcome, "done") if shown == record.path else "done"
        towards = after(walk.pinned, record.path, record.answer, failed=record.outcome == "failed")
        come_from = record.path
        for way in plan.by_path[shown].ways if record.answer is not None and shown == record.path else ():
            if way.said == record.answer:
                answers[way], ways[way] = None, None
        if record.outcome in {"passed", "failed"} and shown == record.path:
            ways.update({way: None for way in plan.by_path[shown].ways if way.sort == record.outcome})
    here = _shown(plan, standing) if standing is not None and not ended else None
    is_over = ended or standing is None or isinstance(plan.pinned.find(standing)[1], EndStep)
    inside = walk.step(standing).title if standing is not None and here not in {None, standing} else None
    if here is not None:
        marks[here] = "done" if is_over else "here"
    possible = _ahead(plan, here) if here is not None and not is_over else set()
    for node in plan.nodes:
        marks.setdefault(node.path, "ahead" if node.path in possible else "not-taken")
    return Taken(marks, tuple(ways), here, inside, is_over, tuple(answers))


def _between(pinned: Pinned, come_from: str | None, towards: str, path: str) -> list[tuple[str, str]]:
    """The steps passed on the way from one that was taken to the next, as pairs; what did not apply is passed too."""
    pairs: list[tuple[str, str]] = []
    at: str | None = towards
    last = come_from
    for _ in range(_FARTHEST):
        if at is None:
            break
        if last is not None:
            pairs.append((last, at))
        if at == path:
            return pairs
        last, step = at, pinned.find(at)[1]
        if isinstance(step, IncludeStep) and path.startswith(f"{at}/"):
            at = join(at, pinned.included[step.playbook].first)
        else:
            at = beyond(pinned, at)
    return []


def _take(plan: Plan, source: str, target: str, ways: dict[Way, None], marks: dict[str, Mark]) -> None:
    source, target = _shown(plan, source), _shown(plan, target)
    leading = [way for way in plan.by_path[source].ways if way.target == target and source != target]
    unasked = [way for way in leading if way.sort in {"next", "not-for-us"}]
    if unasked or len(leading) == 1:  # of several answers that lead there, the record tells which it was
        ways[(unasked or leading)[0]] = None
    if source not in marks:
        marks[source] = "done" if isinstance(plan.by_path[source].step, IncludeStep | EndStep) else "passed-over"


def _shown(plan: Plan, path: str) -> str:
    """The step itself, or the folded include that it is in."""
    while path not in plan.by_path and "/" in path:
        path = path.rpartition("/")[0]
    return path


def _ahead(plan: Plan, here: str) -> set[str]:
    found, waiting = {here}, [here]
    while waiting:
        for way in plan.by_path[waiting.pop()].ways:
            if way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return found
