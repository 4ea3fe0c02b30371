"""Where each step of a pinned playbook may lead, and with what words: the walk as a graph of paths."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from playbooks.pinning import Pinned
from playbooks.steps import ActionStep, CheckStep, DecisionStep, EndStep, IncludeStep, Step
from playbooks.walk import beyond

Sort = Literal["next", "answer", "cannot-tell", "passed", "failed", "not-for-us"]

HOLDS: Final = "It holds"
HOLDS_NOT: Final = "It does not"
DONE: Final = "It worked"
FAILED: Final = "It failed"
NOT_FOR_US: Final = "Does not apply"


@dataclass(frozen=True)
class Way:
    """One way on from a step. `said` are the words that lead there: an answer, or nothing for plainly the next."""

    source: str
    target: str
    sort: Sort
    said: str = ""


@dataclass(frozen=True)
class Found:
    """A step that can be reached, and where it leads."""

    path: str
    step: Step
    place: tuple[int, ...]
    """Where it is written: its number in its file, inside includes after the number of each include."""
    ways: tuple[Way, ...]


def reach(pinned: Pinned, *, opened: Collection[str] = (), depth: int = 0) -> dict[str, Found]:
    """Every step that a run can come to: path → where it leads, the first one first.

    Includes are one step each, except those less deep than `depth` and those whose path is in `opened`.
    """
    found: dict[str, Found] = {}
    waiting = [pinned.playbook.first]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        step = pinned.find(path)[1]
        is_open = path.count("/") < depth or path in opened
        ways = tuple(_ways(pinned, path, step, is_open=is_open))
        found[path] = Found(path, step, _place(pinned, path), ways)
        waiting += [way.target for way in ways]
    return found


def _ways(pinned: Pinned, path: str, step: Step, *, is_open: bool) -> list[Way]:
    onward = beyond(pinned, path)
    there = [Way(path, onward, "next")] if onward is not None else []
    passed_over = [Way(path, onward, "not-for-us", NOT_FOR_US)] if onward is not None and _may_not_apply(step) else []
    above = path.rpartition("/")[0]
    if isinstance(step, DecisionStep):
        answers = [
            Way(path, join(above, option.goto), "cannot-tell" if option.cannot_tell else "answer", option.label)
            for option in step.options
        ]
        return answers + passed_over
    if isinstance(step, CheckStep):
        held = [Way(path, onward, "passed", HOLDS)] if onward is not None else []
        return [*held, Way(path, join(above, step.on_fail), "failed", HOLDS_NOT)]
    if isinstance(step, ActionStep) and step.on_fail is not None:
        worked = [Way(path, onward, "passed", DONE)] if onward is not None else []
        return [*worked, Way(path, join(above, step.on_fail), "failed", FAILED)]
    if isinstance(step, IncludeStep) and is_open:
        inside = Way(path, join(path, pinned.included[step.playbook].first), "next")
        return [inside, *passed_over]
    return there


def _may_not_apply(step: Step) -> bool:
    return not isinstance(step, EndStep) and bool(step.when)


def _place(pinned: Pinned, path: str) -> tuple[int, ...]:
    playbook, place = pinned.playbook, []
    for part in path.split("/"):
        step = playbook.step(part)
        place.append(playbook.steps.index(step))
        if isinstance(step, IncludeStep):
            playbook = pinned.included[step.playbook]
    return tuple(place)


def inner_ends(pinned: Pinned, step: IncludeStep) -> tuple[str, ...]:
    """The titles of the ends inside an included playbook that end the whole run."""
    titles: list[str] = []
    for inner in pinned.included[step.playbook].steps:
        if isinstance(inner, EndStep) and inner.ends_run:
            titles.append(inner.title)
        elif isinstance(inner, IncludeStep):
            titles += inner_ends(pinned, inner)
    return tuple(dict.fromkeys(titles))


def inner_steps(pinned: Pinned, step: IncludeStep) -> int:
    """How many steps an included playbook has, those of its own includes counted in place of them."""
    inside = pinned.included[step.playbook].steps
    return sum(inner_steps(pinned, one) if isinstance(one, IncludeStep) else 1 for one in inside)


def join(above: str, step_id: str) -> str:
    """The path of a step beside others of the same include."""
    return f"{above}/{step_id}" if above else step_id
