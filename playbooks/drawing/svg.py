"""A picture as SVG: one file without scripts, fonts or links, with words that can be selected and read aloud."""

from math import hypot
from typing import Final

from playbooks.drawing.picture import Group, Item, Line, Picture, Point, Shape, Words

_FONTS: Final = "'Open Sans', 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, sans-serif"
_QUOTED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def svg(picture: Picture) -> str:
    """The file's text, the same for the same picture."""
    size = f'width="{picture.width}" height="{picture.height}" viewBox="0 0 {picture.width} {picture.height}"'
    read_as = 'role="graphics-document" aria-labelledby="title desc"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {read_as} font-family="{_FONTS}">',
        f'<title id="title">{quoted(picture.title)}</title>',
        f'<desc id="desc">{quoted(picture.said)}</desc>',
        f'<rect width="100%" height="100%" fill="{picture.background}"/>',
    ]
    for group in picture.groups:
        lines += _group(group)
    return "\n".join([*lines, "</svg>", ""])


def quoted(text: str) -> str:
    """Text that is nothing but text in XML, inside an attribute too."""
    return "".join(_QUOTED.get(letter, letter) for letter in text)


def _group(group: Group) -> list[str]:
    name = [f"<title>{quoted(group.name)}</title>"] if group.name else []
    return ["<g>", *name, *(_item(item) for item in group.items), "</g>"]


def _item(item: Item) -> str:
    if isinstance(item, Words):
        return _words(item)
    if isinstance(item, Shape):
        points = " ".join(f"{_short(x)},{_short(y)}" for x, y in item.points)
        stroke = f' stroke="{item.stroke}" stroke-width="{_short(item.thick)}"' if item.stroke else ""
        dash = ' stroke-dasharray="7 5"' if item.dashed else ""
        return f'<polygon points="{points}" fill="{item.fill or "none"}"{stroke}{dash}/>'
    return _line(item)


def _words(item: Words) -> str:
    weight = f' font-weight="{item.weight}"' if item.weight != 400 else ""
    anchor = f' text-anchor="{item.anchor}"' if item.anchor != "start" else ""
    place = f'x="{_short(item.x)}" y="{_short(item.y)}" font-size="{_short(item.size)}"'
    return f'<text {place} fill="{item.fill}"{weight}{anchor}>{quoted(item.text)}</text>'


def _line(item: Line) -> str:
    points = list(item.points)
    head = ""
    if item.arrow:
        points[-1], corners = arrow(points[-2], points[-1], item.thick)
        head = f'<polygon points="{" ".join(f"{_short(x)},{_short(y)}" for x, y in corners)}" fill="{item.stroke}"/>'
    dash = ' stroke-dasharray="7 5"' if item.dashed else ""
    drawn = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    look = f'fill="none" stroke="{item.stroke}" stroke-width="{_short(item.thick)}" stroke-linejoin="round"'
    return f'<polyline points="{drawn}" {look}{dash}/>{head}'


def arrow(before: Point, tip: Point, thick: float) -> tuple[Point, tuple[Point, Point, Point]]:
    """Where a line that ends in an arrow stops, and the corners of the arrow's head."""
    long, half = 7 + 1.2 * thick, 3.2 + 0.9 * thick
    far = hypot(tip[0] - before[0], tip[1] - before[1]) or 1.0
    along = ((tip[0] - before[0]) / far, (tip[1] - before[1]) / far)
    neck = (tip[0] - along[0] * long, tip[1] - along[1] * long)
    left = (neck[0] - along[1] * half, neck[1] + along[0] * half)
    right = (neck[0] + along[1] * half, neck[1] - along[0] * half)
    return (tip[0] - along[0] * long * 0.8, tip[1] - along[1] * long * 0.8), (left, tip, right)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
