"""How tall a step's box is and what stands where in it, measured before anything is placed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from playbooks.drawing.plan import Node, Plan
from playbooks.drawing.ways import Way
from playbooks.drawing.words import width, wrap

COLUMN: Final = 264.0
PAD: Final = 13.0
HEAD: Final = 27.0
HEAD_SIZE: Final = 13.0
TITLE_SIZE, TITLE_LINE = 17.0, 21.0
NOTE_SIZE, NOTE_LINE = 13.5, 17.0
ROW_SIZE, ROW_LINE, ROW_PAD = 15.0, 18.0, 5.0
JUMP: Final = 28.0
"""By how much a box grows when it gets a row for its only way on."""
_FOOT: Final = 7.0
ROOM: Final = COLUMN - 2 * PAD


@dataclass(frozen=True)
class Row:
    """An answer in a box: its words, the number they lead to, and how far below the box's top it stands."""

    way: Way
    lines: tuple[str, ...]
    leads: str
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Where its way leaves the box."""
        return self.top + self.height / 2


@dataclass
class Box:
    """A step, placed. `x` and `y` are its left upper corner."""

    node: Node
    title: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[Row, ...]
    height: float
    x: float = 0.0
    y: float = 0.0
    column: int = 0
    straight: set[str] = field(default_factory=set)
    """Targets that stand right below, reached by an arrow from the middle of its bottom."""

    @property
    def bottom(self) -> float:
        """The y of its lower side."""
        return self.y + self.height


def measure(plan: Plan, node: Node) -> Box:
    """The box of a step, not placed yet. A single way on needs no row, unless it jumps: see `with_jump`."""
    title = wrap(node.title, TITLE_SIZE, ROOM)
    notes = tuple(line for note in _beside(node) for line in wrap(note, NOTE_SIZE, ROOM))
    top = HEAD + 7 + len(title) * TITLE_LINE + (4 + len(notes) * NOTE_LINE if notes else 0) + 8
    rows = []
    if len(node.ways) > 1:
        for way in node.ways:
            row = _row(plan, way, way.said, top)
            rows.append(row)
            top += row.height
    return Box(node, title, notes, tuple(rows), top + (_FOOT if rows else 0))


def with_jump(plan: Plan, box: Box) -> None:
    """Give a box a row for its only way on, because the step it leads to stands somewhere else."""
    row = _row(plan, box.node.ways[0], "then", box.height - 3)
    box.rows, box.height = (row,), row.top + row.height + 3


def _row(plan: Plan, way: Way, said: str, top: float) -> Row:
    number = plan.by_path[way.target].number
    leads = f"back to {number}" if plan.is_back(way) else f"→ {number}"
    lines = wrap(said, ROW_SIZE, ROOM - width(leads, ROW_SIZE) - 8)
    return Row(way, lines, leads, top, len(lines) * ROW_LINE + 2 * ROW_PAD)


def _beside(node: Node) -> list[str]:
    who = ", ".join(part for part in (node.who, node.due) if part)
    return [note for note in (who[:1].upper() + who[1:], *node.notes) if note]


def outline(kind: str, box: Box) -> tuple[tuple[float, float], ...]:
    """The corners of the shape that is this kind's own, clockwise; always convex."""
    left, top, right, bottom = box.x, box.y, box.x + COLUMN, box.bottom
    cut = _CUTS.get(kind, 0.0)
    if kind == "decision":
        return (
            (left + cut, top), (right - cut, top), (right, top + cut), (right, bottom - cut),
            (right - cut, bottom), (left + cut, bottom), (left, bottom - cut), (left, top + cut),
        )  # fmt: skip
    if kind == "action":
        middle = (top + bottom) / 2
        return (left, top), (right - cut, top), (right, middle), (right - cut, bottom), (left, bottom)
    if kind == "wait":
        return (left + cut, top), (right, top), (right - cut, bottom), (left, bottom)
    return _rounded(left, top, right, bottom, _ROUND.get(kind, 3.0))


_CUTS: Final[Mapping[str, float]] = {"decision": 18.0, "action": 13.0, "wait": 7.0}
_ROUND: Final[Mapping[str, float]] = {"task": 8.0, "end": 26.0, "include": 3.0, "check": 3.0}
_QUARTER: Final = ((0.0, 1.0), (0.076, 0.617), (0.293, 0.293), (0.617, 0.076), (1.0, 0.0))
"""A quarter of a circle of radius 1 between two sides, as distances from its corner."""


def _rounded(left: float, top: float, right: float, bottom: float, r: float) -> tuple[tuple[float, float], ...]:
    r = min(r, (bottom - top) / 2)
    upper = [(left + r * a, top + r * b) for a, b in _QUARTER] + [(right - r * b, top + r * a) for a, b in _QUARTER]
    lower = [(right - r * a, bottom - r * b) for a, b in _QUARTER] + [
        (left + r * b, bottom - r * a) for a, b in _QUARTER
    ]
    return (*upper, *lower)
