"""Boxes in one or two columns, top to bottom, and ways in the gutters between them.

A way is either an arrow straight down to the box right below, or it leaves its box at the side, runs up or down in the
gutter there and enters the side of the box it leads to. So no way ever runs through a box, and whatever circles back
stays at the side. All ways to one box share one lane of a gutter.
"""

from dataclasses import dataclass
from typing import Final, Literal

from playbooks.drawing.boxes import COLUMN, HEAD, JUMP, Box, measure, with_jump
from playbooks.drawing.lanes import Lanes
from playbooks.drawing.plan import Plan
from playbooks.drawing.ways import Way

GAP: Final = 32.0
_ENTRY: Final = HEAD / 2
_FALL: Final = 16.0
"""How much lower than its beginning a way ends, at least, unless it circles back."""
_SIDEWAYS: Final = 40.0
_UNRELATED: Final = 60.0
_DEAD_END: Final = 500.0
_SPINE: Final = 250.0

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Route:
    """Where a way is drawn; an arrow stands at its last point."""

    way: Way
    points: Points
    is_back: bool


@dataclass(frozen=True)
class Layout:
    """The boxes in reading order, the routes between them, and how much room they take."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


def lay_out(plan: Plan, *, columns: Literal[1, 2] = 2, top: float = 0.0) -> Layout:
    """Place everything below `top`, from x 0 rightwards."""
    placing = _Placing(plan, columns, top)
    for node in plan.nodes:
        placing.place(measure(plan, node))
    return placing.finish()


class _Placing:
    """Boxes placed one by one, in reading order."""

    def __init__(self, plan: Plan, columns: int, top: float) -> None:
        self._plan = plan
        self._top = top
        self._columns: list[list[Box]] = [[] for _ in range(columns)]
        self._boxes: dict[str, Box] = {}
        self._leading_to: dict[str, list[Way]] = {}
        for node in plan.nodes:
            for way in node.ways:
                if not plan.is_back(way):
                    self._leading_to.setdefault(way.target, []).append(way)
        self._dead_ends = _dead_ends(plan)
        self._spine = _spine(plan)

    def place(self, box: Box) -> None:
        """Into the column where it stands highest, preferring one where it follows what it comes from."""
        best = min(range(len(self._columns)), key=lambda column: self._cost(box, column))
        below = self._last(best)
        if below is not None and box.node.path not in {way.target for way in below.node.ways}:
            self._jump(below)
        box.y = self._highest(box, best)
        box.column = best
        for way in self._leading_to.get(box.node.path, ()):
            source = self._boxes[way.source]
            if source is below and _leaves_below(source, way):
                source.straight.add(way.target)
            else:
                self._jump(source)
        if len(box.node.ways) == 1 and self._plan.is_back(box.node.ways[0]):
            self._jump(box)
        self._columns[best].append(box)
        self._boxes[box.node.path] = box

    def _last(self, column: int) -> Box | None:
        return self._columns[column][-1] if self._columns[column] else None

    def _jump(self, box: Box) -> None:
        if len(box.node.ways) == 1 and not box.rows and not box.straight:
            with_jump(self._plan, box)

    def _cost(self, box: Box, column: int) -> float:
        last = self._last(column)
        follows = last is not None and box.node.path in {way.target for way in last.node.ways}
        cost = self._highest(box, column) + column * _SIDEWAYS
        if not follows and last is not None:
            cost += _UNRELATED
        if follows and last is not None and len(last.node.ways) == 1:
            cost -= GAP  # one that does nothing but lead here
        if box.node.path in self._dead_ends and column == 0:
            cost += _DEAD_END
        if box.node.path in self._spine and column == 1:
            cost += _SPINE
        return cost

    def _highest(self, box: Box, column: int) -> float:
        last = self._last(column)
        y = self._top
        if last is not None:
            y = last.bottom + GAP
            jumps = len(last.node.ways) == 1 and not last.rows
            if jumps and last.node.ways[0].target != box.node.path:
                y += JUMP  # the row it is about to get
        for way in self._leading_to.get(box.node.path, ()):
            y = max(y, _exit(self._boxes[way.source], way) + _FALL - _ENTRY)
        return y

    def finish(self) -> Layout:
        """Give every way its lane, and only then the boxes their x: how wide a gutter is depends on its lanes."""
        used = [column for column in self._columns if column]
        boxes = [self._boxes[node.path] for node in self._plan.nodes]
        ways = [(box, way) for box in boxes for way in box.node.ways]
        gutters = {way: self._gutter(box, way, len(used)) for box, way in ways if not _is_straight(box, way)}
        lanes = self._lanes(gutters, len(used))
        starts = [sum(lane.width for lane in lanes[:at]) + at * COLUMN for at in range(len(lanes))]
        for box in boxes:
            box.x = starts[box.column] + lanes[box.column].width
        routes = []
        for box, way in ways:
            points: Points = ((box.x + COLUMN / 2, box.bottom), (box.x + COLUMN / 2, self._boxes[way.target].y))
            if way in gutters:
                points = self._sideways(box, way, gutters[way], lanes[gutters[way]], starts[gutters[way]])
            routes.append(Route(way, points, self._plan.is_back(way)))
        width = starts[-1] + lanes[-1].width
        return Layout(tuple(boxes), tuple(routes), width, max(box.bottom for box in boxes))

    def _lanes(self, gutters: dict[Way, int], columns: int) -> list[Lanes]:
        lanes = [Lanes() for _ in range(columns + 1)]
        for way, gutter in gutters.items():
            box = self._boxes[way.source]
            lanes[gutter].leave(way, _exit(box, way), from_left=box.column < gutter)
        for target in self._boxes.values():
            for gutter in sorted({gutter for way, gutter in gutters.items() if way.target == target.node.path}):
                on_right = target.column == gutter
                lanes[gutter].enter(target.node.path, target.y, target.bottom, on_right=on_right)
        for number, lane in enumerate(lanes):
            lane.settle(outer="left" if number == 0 else "right" if number == columns else None)
        return lanes

    def _sideways(self, box: Box, way: Way, gutter: int, lanes: Lanes, start: float) -> Points:
        target = self._boxes[way.target]
        lane = start + lanes.x(way.target)
        leave, enter = lanes.left_at(way), lanes.entered_at(way.target)
        out = box.x + (COLUMN if box.column < gutter else 0)
        into = target.x + (0 if target.column == gutter else COLUMN)
        return (out, leave), (lane, leave), (lane, enter), (into, enter)

    def _gutter(self, box: Box, way: Way, columns: int) -> int:
        """Left of its column is a gutter of the column's number, right of it the next one."""
        other = self._boxes[way.target].column
        if box.column != other:
            return max(box.column, other)
        if columns == 1:
            return 0 if self._plan.is_back(way) else 1
        return 0 if box.column == 0 else columns


def _is_straight(box: Box, way: Way) -> bool:
    return way.target in box.straight and _leaves_below(box, way)


def _leaves_below(box: Box, way: Way) -> bool:
    """A way can leave through the bottom when it is the only one, or the last answer."""
    return box.node.ways[-1] is way


def _exit(box: Box, way: Way) -> float:
    """The y at which a way leaves the side of its box."""
    row = next((row for row in box.rows if row.way is way), None)
    return box.y + (row.middle if row else box.height + JUMP / 2)


def _dead_ends(plan: Plan) -> frozenset[str]:
    """Steps of branches that never come back to the rest, other than the longest one: the walk's own end."""
    onward: dict[str, set[str]] = {}
    for node in reversed(plan.nodes):
        targets = {way.target for way in node.ways if not plan.is_back(way)}
        onward[node.path] = targets.union(*(onward[target] for target in targets))
    ends = {node.path for node in plan.nodes if not onward[node.path]}
    leading = {end: [path for path in onward if end in onward[path] or path == end] for end in ends}
    main = max(ends, key=lambda end: (len(leading[end]), -plan.by_path[end].number))
    kept = {path for path in onward if main in onward[path] or path == main}
    return frozenset(onward) - kept


def _spine(plan: Plan) -> frozenset[str]:
    """The steps that most of the others hang below, one after the other."""
    weight = dict.fromkeys(plan.order.paths, 1)
    for path in reversed(plan.order.paths):
        if (above := plan.order.above[path]) is not None:
            weight[above] += weight[path]
    spine = list(plan.order.below(None))
    while below := plan.order.below(spine[-1]):
        spine.append(max(below, key=lambda one: weight[one]))
    return frozenset(spine)
