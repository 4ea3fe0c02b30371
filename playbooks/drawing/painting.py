"""A laid-out playbook as a picture: a shape for each kind of step, a colour and a word for each phase, answers on
the ways they lead, and for a run the path taken so far."""

from collections.abc import Callable, Mapping
from typing import Final

from playbooks.drawing.boxes import (
    COLUMN,
    HEAD,
    HEAD_SIZE,
    NOTE_LINE,
    NOTE_SIZE,
    PAD,
    ROW_LINE,
    ROW_PAD,
    ROW_SIZE,
    TITLE_LINE,
    TITLE_SIZE,
    Box,
    Row,
    outline,
)
from playbooks.drawing.layout import Layout, Route, lay_out
from playbooks.drawing.legend import legend
from playbooks.drawing.palette import BACKGROUND, ENDING, FAINT, INK, LINE, LOOP, NOW, PHASES, QUIET, TAKEN, paler
from playbooks.drawing.picture import BOLD, Colour, Group, Item, Line, Picture, Point, Shape, Words
from playbooks.drawing.plan import Plan
from playbooks.drawing.said import said
from playbooks.drawing.taken import BEHIND, Mark, Taken
from playbooks.drawing.words import width, wrap

_MARGIN: Final = 12.0
_STATE: Final[Mapping[Mark, str]] = {
    "done": "done",
    "skipped": "skipped",
    "failed": "failed",
    "earlier": "done earlier",
    "passed-over": "did not apply",
    "here": "NOW",
}


def paint(plan: Plan, *, taken: Taken | None = None) -> Picture:
    """The picture of a plan; with `taken`, the path so far stands out and what was not taken steps back."""
    head = _head(plan, taken, 560.0)
    layout = lay_out(plan, top=head[1])
    if layout.width < 560:
        head = _head(plan, taken, layout.width - 2 * _MARGIN)
        layout = lay_out(plan, top=head[1])
    key = legend(layout.height + 26, layout.width, plan, with_path=taken is not None)
    groups = [head[0], Group(tuple(_routes(layout, taken)))]
    groups += [_box(plan, box, taken) for box in layout.boxes]
    groups.append(key.group)
    return Picture(
        width=round(layout.width),
        height=round(key.bottom + _MARGIN),
        title=plan.title,
        said=said(plan, taken),
        background=BACKGROUND,
        groups=tuple(groups),
    )


def _head(plan: Plan, taken: Taken | None, room: float) -> tuple[Group, float]:
    playbook = plan.pinned.playbook
    y, items = 14.0, list[Item]()
    for line in wrap(plan.title, 23, room):
        y += 27
        items.append(Words(_MARGIN, y - 5, line, 23, INK, BOLD))
    small = f"{playbook.id} {playbook.version}, owned by {playbook.owner}"
    below = wrap(said(plan, taken), 15, room) if taken else wrap(playbook.summary or "", 15, room)
    for line, colour in [(one, QUIET) for one in wrap(small, 14, room)] + [(one, INK) for one in below]:
        y += 20
        items.append(Words(_MARGIN, y - 4, line, 14 if colour == QUIET else 15, colour))
    return Group(tuple(items)), y + 22


def _routes(layout: Layout, taken: Taken | None) -> list[Item]:
    boxes = {box.node.path: box for box in layout.boxes}
    plain, above = [], list[Item]()
    for route in layout.routes:
        points = _to_outlines(route, boxes)
        if taken is not None and route.way in taken.ways:
            was_skipped = taken.marks.get(route.way.source) == "skipped"
            above.append(Line(points, TAKEN, 4.0, dashed=was_skipped, arrow=True))
            continue
        colour = LOOP if route.is_back else LINE
        if taken is not None and "not-taken" in {taken.marks[route.way.source], taken.marks[route.way.target]}:
            colour = paler(colour)
        plain.append(Line(points, colour, 1.6, arrow=True))
    faint = [line for line in plain if line.stroke not in {LINE, LOOP}]
    return [*faint, *(line for line in plain if line.stroke in {LINE, LOOP}), *above]


def _to_outlines(route: Route, boxes: Mapping[str, Box]) -> tuple[Point, ...]:
    """The ways of slanted boxes begin and end at their outline, not at the corner around it."""
    first, *middle, last = route.points
    if not middle:
        return route.points
    source, target = boxes[route.way.source], boxes[route.way.target]
    return (_at_side(source, first), *middle, _at_side(target, last))


def _at_side(box: Box, point: Point) -> Point:
    x, y = point
    corners = outline(box.node.step.kind, box)
    crossed = []
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if min(y1, y2) <= y <= max(y1, y2) and y1 != y2:
            crossed.append(x1 + (x2 - x1) * (y - y1) / (y2 - y1))
    if not crossed:
        return point
    return (max(crossed) if x > box.x + COLUMN / 2 else min(crossed), y)


def _box(plan: Plan, box: Box, taken: Taken | None) -> Group:
    node, kind = box.node, box.node.step.kind
    mark: Mark = taken.marks[node.path] if taken else "ahead"
    shade = paler if mark in {"not-taken", "passed-over"} else _as_is
    phase = shade(PHASES[node.phase])
    corners = outline(kind, box)
    items: list[Item] = []
    if kind == "include":
        for shift in (8.0, 4.0):
            moved = tuple((x + shift, y + shift) for x, y in corners)
            items.append(Shape(moved, BACKGROUND, shade(FAINT), 1.2))
    if mark == "here":
        items.append(Shape(_grown(corners, box, 6), None, TAKEN, 3.0))
    items.append(Shape(corners, NOW if mark == "here" else ENDING if kind == "end" else "#ffffff"))
    items.append(Shape(_upper(corners, box.y + HEAD), phase))
    items += _writing(plan, box, taken, mark)
    came_by = mark == "here" or mark in BEHIND
    thick = 3.2 if came_by else 2.4 if kind == "action" else 1.4
    edge = TAKEN if came_by else phase
    items.append(Shape(corners, None, edge, thick, dashed=mark in {"skipped", "passed-over"}))
    if kind == "check":
        items.append(Shape(_grown(corners, box, -4), None, phase, 1.0))
    name = f"{node.number}. {node.title}" + (f" ({_STATE[mark]})" if taken and mark in _STATE else "")
    return Group(tuple(items), name)


def _writing(plan: Plan, box: Box, taken: Taken | None, mark: Mark) -> list[Item]:
    node, shade = box.node, paler if mark in {"not-taken", "passed-over"} else _as_is
    left, right = box.x + PAD, box.x + COLUMN - PAD
    phase = f"{node.phase.upper()} · " if node.phase else ""
    inset = 9 if node.step.kind in {"decision", "end", "wait"} else 0
    number, state = str(node.number), _STATE.get(mark, "") if taken else ""
    words = phase + node.step.kind
    if state and width(f"{number}  {words}  {state}", HEAD_SIZE) > COLUMN - 2 * PAD - 2 * inset - 30:
        words = node.phase.upper() if node.phase else words  # the shape says the kind
    items: list[Item] = [
        Words(left + inset, box.y + 19.5, number, TITLE_SIZE, "#ffffff", BOLD),
        Words(left + inset + 11 * len(number) + 7, box.y + 18.5, words, HEAD_SIZE, "#ffffff", BOLD),
    ]
    if state:
        if mark in {"done", "here"}:
            sign = _tick if mark == "done" else _pointer
            items += sign(right - inset - 8, box.y + HEAD / 2)
            items.append(Words(right - inset - 18, box.y + 18.5, state, HEAD_SIZE, "#ffffff", BOLD, "end"))
        else:
            items.append(Words(right - inset, box.y + 18.5, state, HEAD_SIZE, "#ffffff", BOLD, "end"))
    y = box.y + HEAD + 7
    for line in box.title:
        y += TITLE_LINE
        items.append(Words(left, y - 5, line, TITLE_SIZE, shade(INK), BOLD))
    y += 4
    for line in box.notes:
        y += NOTE_LINE
        items.append(Words(left, y - 4, line, NOTE_SIZE, shade(QUIET)))
    for row in box.rows:
        items += _row(plan, box, row, taken, shade)
    return items


def _row(plan: Plan, box: Box, row: Row, taken: Taken | None, shade: Callable[[Colour], Colour]) -> list[Item]:
    chosen = taken is not None and row.way in taken.ways
    top, left, right = box.y + row.top, box.x + PAD, box.x + COLUMN - PAD
    items: list[Item] = [Line(((box.x + 6, top), (box.x + COLUMN - 6, top)), shade(FAINT), 1.0)]
    colour = shade(LOOP if plan.is_back(row.way) else INK)
    for at, line in enumerate(row.lines, 1):
        y = top + ROW_PAD + at * ROW_LINE - 4
        items.append(Words(left, y, line, ROW_SIZE, shade(INK), BOLD if chosen else 400))
    y = top + ROW_PAD + ROW_LINE - 4
    number = row.leads.removeprefix("→ ")
    items.append(Words(right, y, number, ROW_SIZE, colour, BOLD, "end"))
    if number != row.leads:
        x = right - 9.6 * len(number) - 6
        items.append(Line(((x - 14, y - 5), (x, y - 5)), colour, 1.6, arrow=True))
    return items


def _as_is(colour: Colour) -> Colour:
    return colour


def _tick(x: float, y: float) -> list[Item]:
    return [Line(((x - 5, y), (x - 1.5, y + 4), (x + 6, y - 5)), "#ffffff", 2.4)]


def _pointer(x: float, y: float) -> list[Item]:
    return [Shape(((x + 5, y - 6), (x + 5, y + 6), (x - 5, y)), "#ffffff")]


def _upper(corners: tuple[Point, ...], y: float) -> tuple[Point, ...]:
    """The part of a convex outline above a line."""
    kept: list[Point] = []
    for one, other in zip(corners, (*corners[1:], corners[0]), strict=True):
        if one[1] <= y:
            kept.append(one)
        if (one[1] <= y) != (other[1] <= y):
            kept.append((one[0] + (other[0] - one[0]) * (y - one[1]) / (other[1] - one[1]), y))
    return tuple(kept)


def _grown(corners: tuple[Point, ...], box: Box, by: float) -> tuple[Point, ...]:
    """The outline a little larger, or smaller."""
    middle_x, middle_y = box.x + COLUMN / 2, box.y + box.height / 2
    wide, high = 1 + 2 * by / COLUMN, 1 + 2 * by / box.height
    return tuple((middle_x + (x - middle_x) * wide, middle_y + (y - middle_y) * high) for x, y in corners)
