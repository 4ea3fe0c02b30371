"""A playbook laid out for reading: its steps numbered in order, each with what stands beside it in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from playbooks.asking import AliasCheck, AliasMove, HttpCall, PrometheusCheck, ServingCheck
from playbooks.drawing.order import Order, arrange
from playbooks.drawing.ways import Way, inner_ends, inner_steps, reach
from playbooks.drawing.words import clean
from playbooks.durations import say_duration
from playbooks.fields import POC_TEAMS
from playbooks.lifecycle import Role
from playbooks.pinning import Pinned
from playbooks.steps import ActionStep, CheckStep, EndStep, IncludeStep, Step, WaitStep

_REVERSIBLE: Final = {
    "at-once": "taken back at once",
    "minutes": "taken back in minutes",
    "hours": "taken back in hours",
    "never": "cannot be taken back",
}


@dataclass(frozen=True)
class Node:
    """A step in its place."""

    path: str
    number: int
    step: Step
    title: str
    who: str | None
    """The role that does it, in words."""
    due: str | None
    notes: tuple[str, ...]
    """What else there is to know: whom it asks, how long it waits, when it applies."""
    ways: tuple[Way, ...]

    @property
    def phase(self) -> str | None:
        """The phase, where the author named one."""
        return self.step.phase


@dataclass(frozen=True)
class Plan:
    """What there is to draw."""

    pinned: Pinned
    title: str
    nodes: tuple[Node, ...]
    order: Order
    by_path: Mapping[str, Node]

    def is_back(self, way: Way) -> bool:
        """Whether this way goes round to a step from before."""
        return (way.source, way.target) in self.order.back


def plan(
    pinned: Pinned,
    *,
    depth: int = 0,
    opened: Collection[str] = (),
    say: Callable[[str], str] = lambda text: text,
) -> Plan:
    """The steps that can be reached, in reading order. `say` fills placeholders of titles and answers, for a run.

    Included playbooks are one step, but for the outermost `depth` of them and those with a path in `opened`.
    """
    found = reach(pinned, opened=opened, depth=depth)
    targets = {path: [way.target for way in one.ways] for path, one in found.items()}
    order = arrange(pinned.playbook.first, targets, {path: one.place for path, one in found.items()})
    nodes = []
    for number, path in enumerate(order.paths, 1):
        one = found[path]
        due = getattr(one.step, "due", None)
        node = Node(
            path=path,
            number=number,
            step=one.step,
            title=clean(say(one.step.title)),
            who=role_in_words(one.step.role),
            due=f"within {say_duration(due)}" if due else None,
            notes=tuple(clean(say(note)) for note in _notes(pinned, one.step, is_open=_is_open(one.ways))),
            ways=one.ways,
        )
        nodes.append(node)
    return Plan(pinned, clean(pinned.playbook.title), tuple(nodes), order, {node.path: node for node in nodes})


def _is_open(ways: tuple[Way, ...]) -> bool:
    return bool(ways) and ways[0].target.startswith(f"{ways[0].source}/")


def role_in_words(role: str | None) -> str | None:
    """'Commander', 'Product contact'."""
    if role is None:
        return None
    if role.startswith("poc:"):
        team = role.removeprefix("poc:")
        return f"{clean(POC_TEAMS.get(team, team))} contact"
    return Role(role).label


def _notes(pinned: Pinned, step: Step, *, is_open: bool) -> list[str]:
    notes = []
    if isinstance(step, CheckStep):
        notes.append(_asks(step.question))
        if step.for_:
            notes.append(f"Must hold for {say_duration(step.for_)}")
    elif isinstance(step, ActionStep):
        agreed = " or ".join("anyone" if one == "anyone" else str(role_in_words(one)).lower() for one in step.approval)
        notes += [_does(step.call), f"Agreed by {agreed}; {_REVERSIBLE[step.reversible]}"]
    elif isinstance(step, WaitStep):
        notes.append(f"Waits {say_duration(step.for_)}, then goes on by itself")
    elif isinstance(step, IncludeStep):
        notes += _inside(pinned, step, is_open=is_open)
    elif isinstance(step, EndStep) and step.ends_run:
        notes.append("Ends the whole run")
    if not isinstance(step, EndStep) and step.when:
        asked = " and ".join(f"{key} is {' or '.join(values)}" for key, values in step.when.items())
        notes.append(f"Only if {asked}")
    return notes


def _asks(question: HttpCall | AliasCheck | ServingCheck | PrometheusCheck) -> str:
    if isinstance(question, AliasCheck):
        return f"The bot asks {question.connection} where the alias points"
    if isinstance(question, ServingCheck):
        return "The bot asks the serving endpoint for its version"
    return f"The bot asks {question.connection}"


def _does(call: HttpCall | AliasMove) -> str:
    if isinstance(call, AliasMove):
        return f"The bot points the alias in {call.connection} at {call.to}"
    return f"The bot sends a request to {call.connection}"


def _inside(pinned: Pinned, step: IncludeStep, *, is_open: bool) -> list[str]:
    included = pinned.included[step.playbook]
    if is_open:
        return [f"“{included.title}” begins here"]
    count = inner_steps(pinned, step)
    notes = [f"Walks “{included.title}” ({included.id}), {count} step{'' if count == 1 else 's'}"]
    if ends := inner_ends(pinned, step):
        notes.append(f"May end the run: {'; '.join(ends)}")
    return notes
