"""A lineage as a picture: columns of boxes from left to right, a colour and a word for each kind, ways in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from playbooks.drawing.boxes import HEAD, HEAD_SIZE, NOTE_LINE, NOTE_SIZE, PAD, TITLE_LINE, TITLE_SIZE
from playbooks.drawing.lanes import Lanes
from playbooks.drawing.palette import BACKGROUND, FAINT, INK, LINE, NOW, PHASES, QUIET, TAKEN
from playbooks.drawing.picture import BOLD, Colour, Group, Item, Line, Picture, Point, Shape, Words
from playbooks.drawing.ways import Way
from playbooks.drawing.words import width, wrap
from playbooks.lineage_plan import Place, Shown

COLUMN: Final = 210.0
"""Narrow, because a phone shows the whole width at once: what is wide is small there."""
ROOM: Final = COLUMN - 2 * PAD
_MARGIN: Final = 12.0
_GAP: Final = 14.0
_GUTTER: Final = 48.0
_LEAST: Final = 480.0
_FOOT: Final = 9.0
_BESIDE_HEAD: Final = 14.0
"""Where a gutter lets a way enter, so that one between neighbours is straight."""
_MOST_LINES: Final = 3
_SHORT: Final = 6
_COLOURS: Final[Mapping[str, Colour]] = {
    "model": PHASES["diagnose"],
    "system": PHASES["triage"],
    "table": PHASES["remediate"],
    "topic": PHASES["contain"],
    "feature": PHASES["verify"],
}

At = tuple[int, int]


@dataclass
class _Box:
    """A place, measured; `x` and `y` are its left upper corner."""

    place: Place
    title: tuple[str, ...]
    notes: tuple[str, ...]
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def bottom(self) -> float:
        return self.y + self.height


def paint(shown: Shown) -> Picture:
    """The picture, with the words that say the same."""
    boxes = {
        (column, row): _measure(place)
        for column, one in enumerate(shown.columns)
        for row, place in enumerate(one.places)
    }
    room = max(_LEAST, len(shown.columns) * COLUMN + (len(shown.columns) - 1) * _GUTTER)
    head, top = _head(shown, room)
    headings = [wrap(column.heading, 15, COLUMN) for column in shown.columns]
    below = top + max(map(len, headings), default=0) * 20 + 10
    _stack(boxes, below)
    gutters = [_Gutter(shown, boxes, number) for number in range(len(shown.columns) - 1)]
    x = _MARGIN
    starts = []
    for number in range(len(shown.columns)):
        starts.append(x)
        for (column, _), box in boxes.items():
            if column == number:
                box.x = x
        x += COLUMN + (gutters[number].width if number < len(gutters) else 0)
    ways = [Line(points, LINE, 1.6, arrow=True) for gutter in gutters for points in gutter.ways(starts)]
    titles: list[Item] = []
    for start, lines in zip(starts, headings, strict=True):
        titles += [Words(start, top + 20 * (at + 1) - 5, line, 15, QUIET, BOLD) for at, line in enumerate(lines)]
    return Picture(
        width=round(max(x, room) + _MARGIN),
        height=round(max(box.bottom for box in boxes.values()) + 2 * _MARGIN),
        title=shown.title,
        said=shown.said,
        background=BACKGROUND,
        groups=(head, Group(tuple(titles)), Group(tuple(ways)), *(_box(box) for box in boxes.values())),
    )


def _head(shown: Shown, room: float) -> tuple[Group, float]:
    y, items = 16.0, list[Item]()
    for line in _cut(wrap(shown.title, 23, room), 23, room):
        y += 27
        items.append(Words(_MARGIN, y - 5, line, 23, INK, BOLD))
    note = "An arrow leads from what is read to what reads it. The most important is at the top."
    for line in wrap(note, 14, room):
        y += 20
        items.append(Words(_MARGIN, y - 4, line, 14, QUIET))
    return Group(tuple(items)), y + 18


def _measure(place: Place) -> _Box:
    title = _cut(wrap(place.words, TITLE_SIZE, ROOM), TITLE_SIZE, ROOM)
    notes = tuple(line for note in place.notes for line in _cut(wrap(note, NOTE_SIZE, ROOM), NOTE_SIZE, ROOM))
    head = HEAD if place.node is not None else 0
    height = head + 7 + len(title) * TITLE_LINE + (4 + len(notes) * NOTE_LINE if notes else 0) + _FOOT
    return _Box(place, title, notes, height)


def _cut(lines: tuple[str, ...], size: float, room: float) -> tuple[str, ...]:
    """Three lines at most; names are often told apart by their ends, so the end is kept."""
    if len(lines) <= _MOST_LINES:
        return lines
    end = lines[-1] if len(lines[-1]) > _SHORT else lines[-2] + lines[-1]
    while width(f"…{end}", size) > room:
        end = end[1:]
    return (*lines[: _MOST_LINES - 1], f"…{end}")


def _stack(boxes: Mapping[At, _Box], top: float) -> None:
    bottoms: dict[int, float] = {}
    for (column, _), box in boxes.items():
        box.y = bottoms.get(column, top - _GAP) + _GAP
        bottoms[column] = box.bottom


class _Gutter:
    """The ways between one column and the next; those of one box share a lane, on the side where boxes are fewer."""

    def __init__(self, shown: Shown, boxes: Mapping[At, _Box], number: int) -> None:
        self._number = number
        self._pairs = [pair for pair in shown.ways if pair[0][0] == number]
        sources, targets = {one for one, _ in self._pairs}, {other for _, other in self._pairs}
        self._turned = len(sources) < len(targets)
        self._lanes = Lanes()
        for one, other in self._pairs:
            far = other if self._turned else one
            self._lanes.leave(self._way(one, other), _middle(boxes[far]), from_left=not self._turned)
        for near in sorted(sources if self._turned else targets):
            box = boxes[near]
            self._lanes.enter(str(near), box.y, box.bottom, on_right=not self._turned)
        self._lanes.settle(outer=None)

    def _way(self, one: At, other: At) -> Way:
        return Way(str(other), str(one), "next") if self._turned else Way(str(one), str(other), "next")

    @property
    def width(self) -> float:
        return max(self._lanes.width, _GUTTER)

    def ways(self, starts: list[float]) -> list[tuple[Point, ...]]:
        """The points of each way, an arrow at the last."""
        left, right = starts[self._number] + COLUMN, starts[self._number + 1]
        found = []
        for one, other in self._pairs:
            way, near = self._way(one, other), str(one if self._turned else other)
            lane = left + self._lanes.x(near)
            at, shared = self._lanes.left_at(way), self._lanes.entered_at(near)
            leaves, enters = (shared, at) if self._turned else (at, shared)
            points: tuple[Point, ...] = ((left, leaves), (lane, leaves), (lane, enters), (right, enters))
            found.append(points)
        return found


def _middle(box: _Box) -> float:
    return box.y + min(_BESIDE_HEAD, box.height / 2)


def _box(box: _Box) -> Group:
    place, node = box.place, box.place.node
    left, top, right, bottom = box.x, box.y, box.x + COLUMN, box.bottom
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    if node is None:
        items: list[Item] = [Shape(corners, BACKGROUND, FAINT, 1.4, dashed=True)]
        y = top + 7
        colour = QUIET
    else:
        colour = _COLOURS.get(node.kind, PHASES[None])
        tier = f" · TIER {node.tier}" if node.tier is not None else " · TIER UNKNOWN" if node.known else ""
        head = wrap(f"{node.kind.upper()}{tier}", HEAD_SIZE, ROOM)[0]
        items = [
            Shape(corners, NOW if place.is_subject else "#ffffff"),
            Shape((corners[0], corners[1], (right, top + HEAD), (left, top + HEAD)), colour),
            Words(left + PAD, top + 18.5, head, HEAD_SIZE, "#ffffff", BOLD),
            Shape(corners, None, TAKEN if place.is_subject else colour, 3.2 if place.is_subject else 1.4),
        ]
        y = top + HEAD + 7
        colour = INK
    for line in box.title:
        y += TITLE_LINE
        items.append(Words(left + PAD, y - 5, line, TITLE_SIZE, colour, BOLD))
    y += 4
    for line in box.notes:
        y += NOTE_LINE
        items.append(Words(left + PAD, y - 4, line, NOTE_SIZE, QUIET))
    return Group(tuple(items), f"{node.kind} {place.words}" if node is not None else place.words)
