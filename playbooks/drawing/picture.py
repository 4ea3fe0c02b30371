"""A picture as plain shapes, lines and words: what a renderer needs to know, and no more."""

from dataclasses import dataclass, field
from typing import Final, Literal

Point = tuple[float, float]
Colour = str
"""As #rrggbb."""

REGULAR: Final = 400
BOLD: Final = 600


@dataclass(frozen=True)
class Shape:
    """A filled outline."""

    points: tuple[Point, ...]
    fill: Colour | None
    stroke: Colour | None = None
    thick: float = 1.0
    dashed: bool = False


@dataclass(frozen=True)
class Line:
    """Straight pieces one after the other, corners rounded, perhaps with an arrow at the end."""

    points: tuple[Point, ...]
    stroke: Colour
    thick: float = 1.5
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Words:
    """Words on one line; `y` is the line they stand on."""

    x: float
    y: float
    text: str
    size: float
    fill: Colour
    weight: int = REGULAR
    anchor: Literal["start", "middle", "end"] = "start"


Item = Shape | Line | Words


@dataclass(frozen=True)
class Group:
    """What belongs together, with a name of its own for those who do not see it."""

    items: tuple[Item, ...]
    name: str = ""


@dataclass(frozen=True)
class Picture:
    """Everything, painted in this order. `said` is what the picture shows, in words."""

    width: int
    height: int
    title: str
    said: str
    background: Colour
    groups: tuple[Group, ...] = field(default_factory=tuple)
