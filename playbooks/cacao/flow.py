"""The way through a playbook as CACAO draws it: steps, branches, and where each branch ends.

CACAO has no “go to” out of a branch: a branch runs to an end, and its condition goes on from there. So where all
branches of a condition meet again and nothing else leads in or out, each gets an end of its own and the condition leads
on. Where they do not, the rest is walked inside the branch: steps that several reach are written once, not repeated,
and ways back stay ways back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from playbooks.model import Playbook
from playbooks.steps import ActionStep, CheckStep, DecisionStep, EndStep, IncludeStep, Step

START: Final = "<start>"
_OUT: Final = "<out>"
"""Stands behind all ends, so that everything comes together somewhere."""

Kind = Literal["start", "do", "include", "choose", "judge", "when", "end"]


@dataclass(frozen=True)
class Node:
    """A step of CACAO that comes of one of ours. `leads` has the keys of the next ones by the name of the way."""

    key: str
    kind: Kind
    step: Step | None
    leads: Mapping[str, str] = field(default_factory=dict)

    @property
    def branches(self) -> bool:
        """Whether it is a condition."""
        return self.kind in {"choose", "judge", "when"}


@dataclass(frozen=True)
class Flow:
    """All nodes by their keys; `after` has what a condition leads on to, once its branch has ended."""

    nodes: Mapping[str, Node]
    after: Mapping[str, str]


def flow(playbook: Playbook) -> Flow:
    """Every step that can be reached, each once, and an end for each way that comes to one."""
    nodes = {node.key: node for node in _nodes(playbook)}
    reached = _reached(nodes, START)
    nodes = {key: node for key, node in nodes.items() if key in reached}
    closed = _closed(nodes)
    return _with_ends(nodes, closed)


def _nodes(playbook: Playbook) -> Iterator[Node]:
    yield Node(START, "start", None, {"": _entry(playbook.step(playbook.first))})
    for step in playbook.steps:
        below = playbook.following(step.id)
        if isinstance(step, EndStep):
            yield Node(step.id, "end", step)
            continue
        passed_over = (step.otherwise if isinstance(step, DecisionStep) else step.next) or below
        onward = _entry(playbook.step(passed_over)) if passed_over else ""
        if step.when:
            yield Node(f"{step.id}!", "when", step, {"true": step.id, "false": onward})
        if isinstance(step, DecisionStep):
            yield Node(step.id, "do", step, {"": f"{step.id}?"})
            answers = {option.label: _entry(playbook.step(option.goto)) for option in step.options}
            yield Node(f"{step.id}?", "choose", step, answers)
        elif isinstance(step, CheckStep | ActionStep) and step.on_fail:
            yield Node(step.id, "do", step, {"": f"{step.id}?"})
            ways = {"true": onward, "false": _entry(playbook.step(step.on_fail))}
            yield Node(f"{step.id}?", "judge", step, ways)
        else:
            yield Node(step.id, "include" if isinstance(step, IncludeStep) else "do", step, {"": onward})


def _entry(step: Step) -> str:
    return step.id if isinstance(step, EndStep) or not step.when else f"{step.id}!"


def _reached(nodes: Mapping[str, Node], start: str, *, without: str = "") -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for key in nodes[waiting.pop()].leads.values():
            if key not in found and key != without:
                found.add(key)
                waiting.append(key)
    return found


def _closed(nodes: Mapping[str, Node]) -> dict[str, tuple[str, set[str]]]:
    """Conditions whose branches meet again, nothing leading in or out between: where they meet, and what is between."""
    meet = _meetings(nodes)
    before: dict[str, set[str]] = {key: set() for key in nodes}
    for node in nodes.values():
        for key in node.leads.values():
            before[key].add(node.key)
    found = {}
    for node in nodes.values():
        if not node.branches or meet[node.key] == _OUT:
            continue
        join = meet[node.key]
        inside = _reached(nodes, node.key, without=join) - {node.key}
        is_open = any(not before[key] <= inside | {node.key} for key in inside)
        leads_back = any(node.key in nodes[key].leads.values() for key in inside)
        if not is_open and not leads_back:
            found[node.key] = (join, inside)
    return found


def _meetings(nodes: Mapping[str, Node]) -> dict[str, str]:
    """For each node the first one that every way from it comes to."""
    leads = {key: set(node.leads.values()) or {_OUT} for key, node in nodes.items()}
    every = {*nodes, _OUT}
    passed = {**dict.fromkeys(nodes, every), _OUT: {_OUT}}
    order, changed = list(reversed(list(nodes))), True
    while changed:
        changed = False
        for key in order:
            now = {key} | set.intersection(*(passed[one] for one in leads[key]))
            changed = changed or now != passed[key]
            passed[key] = now
    # Of all that every way passes, the nearest is the one that passes most of the others itself.
    return {key: max(passed[key] - {key}, key=lambda one: len(passed[one])) for key in nodes}


def _with_ends(nodes: Mapping[str, Node], closed: Mapping[str, tuple[str, set[str]]]) -> Flow:
    made: dict[str, Node] = {}
    after: dict[str, str] = {}
    around = sorted(closed.values(), key=lambda one: len(one[1]))

    def lead(source: str, way: str, target: str, join: str | None) -> str:
        """The key to lead to: the target, or an end that nothing else leads to."""
        is_end = nodes[target].kind == "end"
        if not is_end and target != join:
            return target
        end = f"{source}>{way}"
        made[end] = Node(end, "end", nodes[target].step if is_end and target != join else None)
        return end

    for node in nodes.values():
        if node.kind == "end":
            continue
        outer = next((join for join, inside in around if node.key in inside), None)
        own = closed[node.key][0] if node.key in closed else outer
        leads = {way: lead(node.key, way, target, own) for way, target in node.leads.items()}
        made[node.key] = Node(node.key, node.kind, node.step, leads)
        if node.key in closed:
            after[node.key] = lead(node.key, "<after>", own or "", outer)
        elif node.branches:
            after[node.key] = f"{node.key}><after>"
            made[after[node.key]] = Node(after[node.key], "end", None)
    return Flow(made, after)
