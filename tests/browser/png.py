"""Screenshots made small: a page has few colours, so each pixel names one of 256 in place of spelling it out."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COMMON, _RARE = 192, 64
Colour = tuple[int, int, int]


def shrink(png: bytes) -> bytes:
    """An RGB picture with a palette: exact for its commonest colours, the nearest of them for the rest.

    Raises ValueError for what is no 8-bit RGB picture without interlacing, which is all that Chromium makes.
    """
    chunks = list(_chunks(png))
    width, height, *kind = struct.unpack(">IIBBBBB", chunks[0][1])
    if kind != [8, 2, 0, 0, 0]:
        raise ValueError(f"not an 8-bit RGB picture: {kind}")
    rows = [_pixels(row) for row in _rows(zlib.decompress(b"".join(d for n, d in chunks if n == b"IDAT")), width)]
    palette, places = _palette(Counter(colour for row in rows for colour in row))
    data = b"".join(b"\0" + bytes(places[colour] for colour in row) for row in rows)
    return _SIGNATURE + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(bytes(colour) for colour in palette)),
            (b"IDAT", zlib.compress(data, 9)),
            (b"IEND", b""),
        )
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not png.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _pixels(row: bytearray) -> list[Colour]:
    return list(zip(row[0::3], row[1::3], row[2::3], strict=True))


def _rows(raw: bytes, width: int) -> Iterator[bytearray]:
    """The rows as they were before each was written as its difference from its neighbours."""
    size = width * 3
    above = bytearray(size)
    for start in range(0, len(raw), size + 1):
        row = bytearray(raw[start + 1 : start + 1 + size])
        _undo(raw[start], row, above)
        yield row
        above = row


def _undo(kind: int, row: bytearray, above: bytearray) -> None:
    if kind == 0:
        return
    for at in range(len(row)):
        left = row[at - 3] if at > 2 else 0
        if kind == 1:
            by = left
        elif kind == 2:
            by = above[at]
        elif kind == 3:
            by = (left + above[at]) >> 1
        else:
            by = _paeth(left, above[at], above[at - 3] if at > 2 else 0)
        row[at] = (row[at] + by) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


def _palette(colours: Counter[Colour]) -> tuple[list[Colour], dict[Colour, int]]:
    """The commonest colours and those most unlike them, as of an emoji; and the place that each colour gets."""
    palette = [colour for colour, _ in colours.most_common(_COMMON)]
    nearest = {colour: _nearest(palette, colour) for colour in colours}
    for _ in range(min(_RARE, len(colours) - len(palette))):
        worst = max(colours, key=lambda colour: colours[colour] * nearest[colour][0])
        palette.append(worst)
        for colour, (apart, _) in nearest.items():
            if (closer := _apart(worst, colour)) < apart:
                nearest[colour] = closer, len(palette) - 1
    return palette, {colour: place for colour, (_, place) in nearest.items()}


def _nearest(palette: list[Colour], colour: Colour) -> tuple[int, int]:
    """How far away the nearest colour is, and its place."""
    return min((_apart(other, colour), place) for place, other in enumerate(palette))


def _apart(one: Colour, other: Colour) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
