"""The letters of a picture: Open Sans, and for what it lacks whatever font this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from PIL import ImageFont, features
from ttf_opensans import opensans

from playbooks.drawing.picture import Picture, Words

# Open Sans has letters for Latin, Greek and Cyrillic; these signs it lacks can be said with others.
_INSTEAD: Final = str.maketrans({
    "→": "->", "←": "<-", "↑": "^", "↓": "v", "⇒": "=>", "✓": "v", "✔": "v", "✗": "x", "✘": "x", "▶": ">", "▸": ">",
    "‑": "-", "−": "-", "\u00a0": " ",
})  # fmt: skip
_OTHERS: Final = (
    "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "DroidSansFallbackFull.ttf", "wqy-microhei.ttc",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "DejaVuSans.ttf", "unifont.otf", "unifont.ttf",
    "Arial Unicode.ttf", "msyh.ttc", "msgothic.ttc", "segoeui.ttf",
)  # fmt: skip
"""Names under which Linux, macOS and Windows keep fonts for the other scripts; the first that has a letter draws it."""
_NOWHERE: Final = "\U0010fffd"
_SAMPLE: Final = 24


def shown(text: str) -> str:
    """The text with signs that every font has."""
    return text.translate(_INSTEAD)


@lru_cache(maxsize=64)
def letters(weight: int, size: int) -> ImageFont.FreeTypeFont:
    """Open Sans of a weight, in pixels."""
    # BASIC, so that the same picture is the same bytes wherever a richer layout engine may be installed.
    path = opensans(font_weight=weight).path
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def runs(text: str, weight: int, size: int) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The text in pieces, each with the font that draws it."""
    for name, piece in groupby(text, key=_font_for):
        yield "".join(piece), (letters(weight, size) if name is None else _other(name, size))


def lacking(picture: Picture) -> set[str]:
    """The letters of a picture for which this machine has no font: they are drawn as empty boxes."""
    words = [item.text for group in picture.groups for item in group.items if isinstance(item, Words)]
    return {letter for text in words for letter in shown(text) if _font_for(letter) is None and not _has(None, letter)}


@lru_cache(maxsize=8192)
def _font_for(letter: str) -> str | None:
    """The other font that has a letter; None for Open Sans, which also draws what no font has."""
    if letter.isascii() or _has(None, letter):
        return None
    return next((name for name in _OTHERS if _is_there(name) and _has(name, letter)), None)


def _has(name: str | None, letter: str) -> bool:
    font = letters(400, _SAMPLE) if name is None else _other(name, _SAMPLE)
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(_NOWHERE))


@lru_cache(maxsize=64)
def _is_there(name: str) -> bool:
    try:
        _other(name, _SAMPLE)
    except OSError:
        return False
    return True


@lru_cache(maxsize=64)
def _other(name: str, size: int) -> ImageFont.FreeTypeFont:
    # Arabic or Thai letters take their form from their neighbours, which the basic engine does not do.
    rich = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(name, size, layout_engine=rich)
