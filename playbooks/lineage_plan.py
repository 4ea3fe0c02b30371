"""What a picture of a lineage shows: columns from what is read to what is furthest downstream, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from playbooks.lineage import Affected, Lineage, Node
from playbooks.lineage_near import near

MOST_NODES: Final = 60
MOST_STEPS: Final = 3
"""How many columns there are downstream; the last one takes whatever is further away, too."""
TALLEST: Final = 20
"""How many boxes a part of a column has where not everything can be drawn: what is taller, nobody looks through."""
_MOST_NOTED: Final = 3


@dataclass(frozen=True)
class Place:
    """A box: a node, or what is not drawn one by one."""

    node: Node | None
    words: str
    """What people call it, or “and 40 more systems”."""
    notes: tuple[str, ...] = ()
    is_subject: bool = False


@dataclass(frozen=True)
class Column:
    """Boxes below each other, under a heading."""

    heading: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Shown:
    """What is drawn; a way is a pair of (column, row) and leads to the next column."""

    title: str
    said: str
    columns: tuple[Column, ...]
    ways: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@dataclass
class _Group:
    """Candidates for one part of a column, the most important first."""

    column: int
    nodes: list[Node]
    kept: list[Node] = field(default_factory=list)


def plan(
    lineage: Lineage,
    affected: Affected,
    *,
    owner_of: Callable[[Node], str | None] = lambda _: None,
    said: str,
    most: int = MOST_NODES,
) -> Shown:
    """Choose and place at most `most` nodes; what is over is counted by kind."""
    subject = affected.of
    groups = _groups(affected)
    _share_out(groups, most - 1)
    kept = {node for group in groups for node in group.kept}
    column_of = {node: group.column for group in groups for node in group.kept} | {subject: 1}
    far = {one.node: one.via for one in affected.downstream if one.steps > MOST_STEPS}
    columns: list[list[Place]] = [[] for _ in range(MOST_STEPS + 2)]
    at: dict[Node | None, tuple[int, int]] = {}
    columns[1].append(_place(lineage, subject, column_of, owner_of, far, is_subject=True))
    at[subject] = (1, 0)
    counted: list[tuple[tuple[int, int], list[Node]]] = []
    for group in groups:
        if group.column > 1:
            _untangle(lineage, group, affected, at)
        elif group.column == 1:
            group.kept = [one.node for one in affected.siblings if one.node in group.kept]
        for node in group.kept:
            at[node] = (group.column, len(columns[group.column]))
            columns[group.column].append(_place(lineage, node, column_of, owner_of, far))
        for words, hidden in _more([node for node in group.nodes if node not in kept]):
            counted.append(((group.column, len(columns[group.column])), hidden))
            columns[group.column].append(Place(None, words))
    ways = [(at[one], at[other]) for one in column_of for other in lineage.leads_to(one) if other in column_of]
    ways += _ways_to_counted(lineage, counted, at)
    return _without_empty(affected, said, columns, [way for way in ways if way[1][0] == way[0][0] + 1])


def _groups(affected: Affected) -> list[_Group]:
    """What stands in which column."""
    taken = {affected.of}
    groups: list[_Group] = []

    def take(column: int, nodes: Iterable[Node]) -> None:
        fresh = [node for node in dict.fromkeys(nodes) if node not in taken]
        taken.update(fresh)
        groups.append(_Group(column, fresh))

    for steps in range(1, MOST_STEPS):
        take(1 + steps, (one.node for one in affected.downstream if one.steps == steps))
    take(1 + MOST_STEPS, (one.node for one in affected.downstream if one.steps >= MOST_STEPS))
    shared = [node for one in affected.siblings for node in one.shares]
    take(0, [*(node for node, _ in Counter(shared).most_common()), *affected.reads])
    take(1, [one.node for one in (*near(affected).siblings, *affected.siblings)])
    return groups


def _share_out(groups: Sequence[_Group], room: int) -> None:
    """One for each group in turn, so that a very long one leaves room for the others."""
    waiting = [group for group in groups if group.nodes]
    tallest = room if sum(len(group.nodes) for group in groups) <= room else TALLEST
    while room > 0 and waiting:
        for group in waiting[:room]:
            group.kept.append(group.nodes[len(group.kept)])
            room -= 1
        waiting = [group for group in waiting if len(group.kept) < min(len(group.nodes), tallest)]


def _untangle(lineage: Lineage, group: _Group, affected: Affected, at: dict[Node | None, tuple[int, int]]) -> None:
    """Among equally important ones, whatever is reached from further up stands further up: so fewer ways cross."""
    tiers = {one.node: one.tier for one in affected.downstream}

    def place(node: Node) -> tuple[int, float]:
        rows = [at[before][1] for before in lineage.reads(node) if before in at and at[before][0] == group.column - 1]
        tier = tiers.get(node)
        return (9 if tier is None else tier), sum(rows) / len(rows) if rows else 0.0

    group.kept.sort(key=place)


def _place(
    lineage: Lineage,
    node: Node,
    column_of: dict[Node, int],
    owner_of: Callable[[Node], str | None],
    far: dict[Node, tuple[Node, ...]],
    *,
    is_subject: bool = False,
) -> Place:
    notes = [node.name] if node.known and node.title != node.name else []
    owner = owner_of(node) if node.known else None
    if owner:
        notes.append(f"Owner {owner}")
    # A way that is no step to the right is written down: drawn, it would run through boxes.
    if node in far:
        notes.append(f"Through {_some(far[node])}")
    back = [one for one in lineage.leads_to(node) if column_of.get(one, -9) not in {-9, column_of[node] + 1}]
    if back := [one for one in back if one not in far]:
        notes.append(f"Also feeds {_some(back)}")
    return Place(node, node.said if node.known else node.name, tuple(notes), is_subject)


def _some(nodes: Sequence[Node]) -> str:
    more = f" and {len(nodes) - _MOST_NOTED} more" if len(nodes) > _MOST_NOTED else ""
    return f"{', '.join(one.said for one in nodes[:_MOST_NOTED])}{more}"


def _more(hidden: Sequence[Node]) -> list[tuple[str, list[Node]]]:
    by_kind: dict[str, list[Node]] = {}
    for node in hidden:
        by_kind.setdefault(node.kind, []).append(node)
    return [(f"and {_kinds(len(nodes), kind)}", nodes) for kind, nodes in by_kind.items()]


def _kinds(number: int, kind: str) -> str:
    plural = "indexes" if kind == "index" else kind if kind.endswith("s") else f"{kind}s"
    return f"{number} more {kind if number == 1 else plural}"


def _ways_to_counted(
    lineage: Lineage, counted: Sequence[tuple[tuple[int, int], list[Node]]], at: dict[Node | None, tuple[int, int]]
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """One way from each box that leads to some of them, and to each box that they lead to."""
    ways: dict[tuple[tuple[int, int], tuple[int, int]], None] = {}
    for place, hidden in counted:
        for node in hidden:
            for before in lineage.reads(node):
                if before in at:
                    ways[at[before], place] = None
            for after in lineage.leads_to(node):
                if after in at:
                    ways[place, at[after]] = None
    return list(ways)


def _without_empty(
    affected: Affected,
    said: str,
    columns: Sequence[Sequence[Place]],
    ways: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> Shown:
    is_model = affected.of.kind == "model"
    second = "The model" if is_model else "Here it begins"
    if is_model and affected.siblings:
        second = "The model, and others that read the same"
    headings = ["Reads from" if is_model else "Comes from", second, "Directly downstream", "Two steps downstream"]
    headings += [f"{'Three' if MOST_STEPS == 3 else MOST_STEPS} steps and more"]
    numbers = [number for number, places in enumerate(columns) if places]
    new = {number: place for place, number in enumerate(numbers)}
    return Shown(
        title=f"Who is affected: {affected.of.said}",
        said=said,
        columns=tuple(Column(headings[number], tuple(columns[number])) for number in numbers),
        ways=tuple(sorted({((new[a], row), (new[b], other)) for (a, row), (b, other) in ways})),
    )
