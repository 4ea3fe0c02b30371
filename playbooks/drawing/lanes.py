"""One gutter between columns: which way runs in which of its lanes, so that few cross and none lie on each other."""

from dataclasses import dataclass, field
from typing import Final, Literal

from playbooks.drawing.ways import Way

PITCH: Final = 12.0
_EDGE: Final = 20.0
"""Between the boxes and the first lane: room for an arrow."""
_NARROW: Final = 10.0
_APART: Final = 7.0


@dataclass
class _Net:
    """All ways to one box through this gutter: they share a lane."""

    target: str
    leaves: list[tuple[Way, bool]] = field(default_factory=list)
    """A way, and whether it comes from the left."""
    on_right: bool = False
    lane: int = 0


class Lanes:
    """The ways of one gutter. First every `leave`, then every `enter`, then `settle`; then it can be asked."""

    def __init__(self) -> None:
        self._nets: dict[str, _Net] = {}
        self._left_at: dict[Way, float] = {}
        self._entered_at: dict[str, float] = {}
        self._taken: list[tuple[float, str]] = []
        self._count = 0
        self._outer: Literal["left", "right"] | None = None

    def leave(self, way: Way, y: float, *, from_left: bool) -> None:
        """A way leaves its box near `y`."""
        at = self._free(way.target, [y, y - 4, y + 4, y - 8, y + 8])
        self._left_at[way] = at
        self._nets.setdefault(way.target, _Net(way.target)).leaves.append((way, from_left))

    def enter(self, target: str, top: float, bottom: float, *, on_right: bool) -> None:
        """Its ways enter a box somewhere between its top and bottom, best beside its head."""
        first = top + 14
        steps = int(max(0.0, bottom - 12 - first) // 6)
        self._entered_at[target] = self._free(target, [first + 6 * step for step in range(steps + 1)])
        self._nets[target].on_right = on_right

    def _free(self, target: str, wanted: list[float]) -> float:
        for y in wanted:
            if all(abs(y - other) >= _APART or net == target for other, net in self._taken):
                break
        else:
            y = wanted[0]
        self._taken.append((y, target))
        return y

    def settle(self, *, outer: Literal["left", "right"] | None) -> None:
        """Give each its lane. `outer`: the side on which there are no boxes."""
        self._outer = outer
        placed: list[_Net] = []
        for net in sorted(self._nets.values(), key=lambda one: (self._span(one)[1] - self._span(one)[0], one.target)):
            free = [lane for lane in range(self._count + 1) if not self._is_taken(net, lane, placed)]
            net.lane = min(free, key=lambda lane: (self._crossings(net, lane, placed), lane))
            self._count = max(self._count, net.lane + 1)
            placed.append(net)

    def _span(self, net: _Net) -> tuple[float, float]:
        ys = [self._left_at[way] for way, _ in net.leaves] + [self._entered_at[net.target]]
        return min(ys), max(ys)

    def _is_taken(self, net: _Net, lane: int, placed: list[_Net]) -> bool:
        top, bottom = self._span(net)
        for other in placed:
            other_top, other_bottom = self._span(other)
            if other.lane == lane and top < other_bottom + _APART and other_top < bottom + _APART:
                return True
        return False

    def _crossings(self, net: _Net, lane: int, placed: list[_Net]) -> int:
        count = 0
        for other in placed:
            count += self._cut(net, lane, other, other.lane) + self._cut(other, other.lane, net, lane)
        return count

    def _cut(self, one: _Net, lane: int, other: _Net, other_lane: int) -> int:
        """How many level pieces of `one` cut the upright piece of `other`."""
        top, bottom = self._span(other)
        pieces = [(self._left_at[way], from_left) for way, from_left in one.leaves]
        pieces.append((self._entered_at[one.target], not one.on_right))
        return sum(
            top < y < bottom and (self._place(other_lane) < self._place(lane)) == on_left for y, on_left in pieces
        )

    def _place(self, lane: int) -> int:
        """Lanes are counted from the boxes outwards; left of the first column that is from right to left."""
        return -lane if self._outer == "left" else lane

    @property
    def width(self) -> float:
        """Room for all lanes."""
        if not self._count:
            return _NARROW if self._outer else 2 * _NARROW
        sides = _EDGE + (_NARROW if self._outer else _EDGE)
        return sides + (self._count - 1) * PITCH

    def x(self, target: str) -> float:
        """The lane of the ways to this box, from the gutter's left side."""
        lane = self._nets[target].lane * PITCH
        return self.width - _EDGE - lane if self._outer == "left" else _EDGE + lane

    def left_at(self, way: Way) -> float:
        """The y at which a way leaves its box."""
        return self._left_at[way]

    def entered_at(self, target: str) -> float:
        """The y at which the ways to this box enter it."""
        return self._entered_at[target]
