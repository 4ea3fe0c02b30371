"""A picture as PNG: painted in strips at twice its resolution, so that edges are smooth and little memory is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import pairwise
from typing import Final

from PIL import Image, ImageDraw

from bot.pictures.fonts import runs, shown
from playbooks.drawing.picture import Item, Line, Picture, Point, Shape, Words
from playbooks.drawing.svg import arrow

SCALE: Final = 2
TALLEST: Final = 16_000
"""Pixels. What would be taller is drawn smaller, so that any viewer opens it and little memory is used."""
_SMOOTH: Final = 2
_STRIP: Final = 256
_COLOURS: Final = 48
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}


def png(picture: Picture) -> bytes:
    """The file's bytes, the same for the same picture."""
    scale = min(float(SCALE), TALLEST / picture.height)
    width, height = round(picture.width * scale), round(picture.height * scale)
    items = [item for group in picture.groups for item in group.items]

    def strips() -> Iterator[tuple[int, Image.Image]]:
        for top in range(0, height, _STRIP):
            yield top, _strip(picture, items, scale, top=top, width=width, tall=min(_STRIP, height - top))

    palette = _palette(strip for _, strip in strips())
    whole = Image.new("P", (width, height))
    whole.putpalette(palette.getpalette() or [])
    for top, strip in strips():
        whole.paste(strip.quantize(palette=palette, dither=Image.Dither.NONE), (0, top))
    file = BytesIO()
    whole.save(file, "PNG")
    return file.getvalue()


def _palette(strips: Iterable[Image.Image]) -> Image.Image:
    """The commonest colours. Counted in a painting of its own, because a whole picture in full colour takes 80 MB."""
    counted: Counter[tuple[int, int, int]] = Counter()
    for strip in strips:
        for count, colour in strip.getcolors(strip.width * strip.height) or []:
            counted[colour] += count  # type: ignore[index]  # of an RGB picture these are three numbers
    common = sorted(counted, key=lambda colour: (-counted[colour], colour))[:_COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in common for part in colour])
    return palette


def _strip(picture: Picture, items: Iterable[Item], scale: float, *, top: int, width: int, tall: int) -> Image.Image:
    large = Image.new("RGB", (width * _SMOOTH, tall * _SMOOTH), picture.background)
    brush = _Brush(ImageDraw.Draw(large), scale * _SMOOTH, top * _SMOOTH)
    for item in items:
        upper, lower = _extent(item)
        if upper * scale <= top + tall and lower * scale >= top:
            brush.paint(item)
    return large.reduce(_SMOOTH)


def _extent(item: Item) -> tuple[float, float]:
    """The upper and lower y, rather too far apart."""
    if isinstance(item, Words):
        return item.y - 1.5 * item.size, item.y + item.size
    ys = [y for _, y in item.points]
    return min(ys) - item.thick - 10, max(ys) + item.thick + 10


class _Brush:
    """Paints items onto one strip."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: float, top: int) -> None:
        self._draw = draw
        self._scale = scale
        self._top = top

    def paint(self, item: Item) -> None:
        if isinstance(item, Words):
            self._words(item)
        elif isinstance(item, Shape):
            points = [self._at(point) for point in item.points]
            if item.fill:
                self._draw.polygon(points, fill=item.fill)
            if item.stroke:
                self._stroke((*points, points[0], points[1]), item.stroke, item.thick, dashed=item.dashed)
        else:
            self._line(item)

    def _words(self, item: Words) -> None:
        pieces = list(runs(shown(item.text), item.weight, round(item.size * self._scale)))
        x, y = self._at((item.x, item.y))
        if len(pieces) == 1:
            text, font = pieces[0]
            self._draw.text((x, y), text, item.fill, font, anchor=_ANCHORS[item.anchor])
            return
        wide = [font.getlength(text) for text, font in pieces]
        x -= {"start": 0.0, "middle": sum(wide) / 2, "end": sum(wide)}[item.anchor]
        for (text, font), width in zip(pieces, wide, strict=True):
            self._draw.text((x, y), text, item.fill, font, anchor="ls")
            x += width

    def _line(self, item: Line) -> None:
        points = list(item.points)
        if item.arrow:
            points[-1], head = arrow(points[-2], points[-1], item.thick)
            self._draw.polygon([self._at(point) for point in head], fill=item.stroke)
        self._stroke(tuple(self._at(point) for point in points), item.stroke, item.thick, dashed=item.dashed)

    def _stroke(self, points: tuple[Point, ...], colour: str, thick: float, *, dashed: bool) -> None:
        wide = max(1, round(thick * self._scale))
        if not dashed:
            self._draw.line(points, fill=colour, width=wide, joint="curve")
            return
        for piece in _dashes(points, 7 * self._scale, 5 * self._scale):
            self._draw.line(piece, fill=colour, width=wide)

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale - self._top


def _dashes(points: tuple[Point, ...], on: float, off: float) -> list[tuple[Point, Point]]:
    """The pieces of a dashed line; each straight part begins with one."""
    pieces = []
    for (x1, y1), (x2, y2) in pairwise(points):
        far = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        at = 0.0
        while at < far:
            end = min(at + on, far)
            start_at, end_at = at / far, end / far
            pieces.append((
                (x1 + (x2 - x1) * start_at, y1 + (y2 - y1) * start_at),
                (x1 + (x2 - x1) * end_at, y1 + (y2 - y1) * end_at),
            ))  # fmt: skip
            at = end + off
    return pieces
