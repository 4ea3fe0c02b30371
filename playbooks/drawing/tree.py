"""A plan as a tree of words: every step once, its answers below it, side branches below the answer that leads there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from playbooks.drawing.plan import Node, Plan
from playbooks.drawing.ways import Way
from playbooks.drawing.words import clean
from playbooks.durations import say_duration, say_every
from playbooks.model import Playbook, Timer
from playbooks.steps import DecisionStep


@dataclass
class Limb:
    """A line of the tree, with what belongs to it in smaller words, and what hangs below it."""

    kind: Literal["step", "answer", "leads"]
    words: str
    beside: str = ""
    phase: str | None = None
    limbs: list[Limb] = field(default_factory=list)


@dataclass(frozen=True)
class Heading:
    """A few lines about the playbook as a whole."""

    title: str
    lines: tuple[str, ...]


def headings(playbook: Playbook) -> tuple[Heading, ...]:
    """What stands above the steps; only what the author wrote."""
    found = [
        Heading("Signals", tuple(playbook.signals)),
        Heading(
            "Asked for or read",
            tuple(
                f"{{vars.{name}}}: {one.ask}" + (f" Read from {one.from_}." if one.from_ else "")
                for name, one in playbook.vars.items()
            ),
        ),
        Heading("Reminders", tuple(_timer(timer) for timer in playbook.timers)),
        Heading("Over when", tuple(playbook.close_when)),
    ]
    return tuple(Heading(one.title, tuple(clean(line) for line in one.lines)) for one in found if one.lines)


def _timer(timer: Timer) -> str:
    parts = [f"after {say_duration(timer.after)}"]
    if timer.every:
        parts.append(f"then {say_every(timer.every)}")
    if timer.until:
        parts.append(f"until {timer.until}")
    return f"{', '.join(parts)}, to {timer.remind}: {timer.text}"


def tree(plan: Plan) -> list[Limb]:
    """The steps in reading order. What several answers lead to stands beside the decision, below it."""
    top: list[Limb] = []
    home: dict[str, list[Limb]] = {}
    branches: dict[Way, list[Limb]] = {}
    limbs: dict[str, Limb] = {}
    coming = _coming(plan)
    for node in plan.nodes:
        above = plan.order.above[node.path]
        row = top if above is None else home[above]
        if above is not None and _is_side_branch(plan, node, coming):
            row = branches[coming[node.path][0]]
        limb = limbs[node.path] = Limb("step", f"{node.number}. {node.title}", _beside(node), node.phase)
        home[node.path] = row
        row.append(limb)
        if len(node.ways) > 1:
            for way in node.ways:
                answer = Limb("answer", clean(way.said), _learns(node, way))
                branches[way] = answer.limbs
                limb.limbs.append(answer)
    for node in plan.nodes:
        _lead(plan, node, limbs[node.path], limbs, home[node.path])
    return top


def _lead(plan: Plan, node: Node, limb: Limb, limbs: dict[str, Limb], row: list[Limb]) -> None:
    """Say where each way leads, unless one reads on there anyway."""
    if len(node.ways) > 1:
        for way, answer in zip(node.ways, limb.limbs, strict=True):
            if not any(below is limbs[way.target] for below in answer.limbs):
                answer.words += f" → {_named(plan, way)}"
    elif node.ways:
        at = next(place for place, one in enumerate(row) if one is limb)
        follows = row[at + 1] if at + 1 < len(row) else None
        if follows is not limbs[node.ways[0].target]:
            limb.limbs.append(Limb("leads", f"→ {_named(plan, node.ways[0])}"))
    elif node.step.kind != "end":
        limb.limbs.append(Limb("leads", "→ the run is over"))


def _coming(plan: Plan) -> dict[str, list[Way]]:
    """The ways that lead on to each step."""
    coming: dict[str, list[Way]] = {}
    for node in plan.nodes:
        for way in node.ways:
            if not plan.is_back(way):
                coming.setdefault(way.target, []).append(way)
    return coming


def _is_side_branch(plan: Plan, node: Node, coming: dict[str, list[Way]]) -> bool:
    """Whether one answer alone leads here, and it is not how the walk usually goes on."""
    [first, *more] = coming[node.path]
    if more or len(plan.by_path[first.source].ways) < 2:
        return False
    return node.path not in plan.order.rest


def _named(plan: Plan, way: Way) -> str:
    node = plan.by_path[way.target]
    return f"{'back to ' if plan.is_back(way) else ''}{node.number}. {node.title}"


def _beside(node: Node) -> str:
    return " · ".join(part for part in (node.step.kind, node.phase, node.who, node.due, *node.notes) if part)


def _learns(node: Node, way: Way) -> str:
    if not isinstance(node.step, DecisionStep):
        return ""
    option = next((one for one in node.step.options if one.label == way.said), None)
    return "; ".join(f"sets {key} to {value}" for key, value in option.sets.items()) if option else ""
