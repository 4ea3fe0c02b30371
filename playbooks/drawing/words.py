"""Words in a picture: what may be shown of them, how wide they are, and where their lines break."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_WIDTHS: Final = {
    0.27: "'",
    0.31: " ,.Iijl",
    0.36: "()-:;[]f",
    0.41: "!/\\t",
    0.46: '"r·•',
    0.52: "z",
    0.57: "*J_cksvxy|“”„",
    0.62: "$0123456789?FLT`abdegopq{}",
    0.66: "EPSVXYZhnu",
    0.71: "ABCKR",
    0.77: "&DHU–",
    0.83: "#+<=>GNOQ^w~",
    0.93: "%M…",
    0.97: "Wm",
    1.02: "@—→",
}
"""In ems, of the widest of the usual sans-serifs, semi-bold counted: no viewer's own font runs out of a box."""
_WIDTH: Final = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_OTHER: Final = 0.68
_BROAD: Final = 1.1
_BETWEEN: Final = "-_./:@"
# What XML cannot hold, what moves a terminal's cursor, and what turns the reading direction of its neighbours.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text on one line, without what cannot be seen."""
    return " ".join(_UNSEEN.sub("", text).split())


def width(text: str, size: float) -> float:
    """About how wide the text is, rather too wide than too narrow."""
    return size * sum(_letter(letter) for letter in text)


@lru_cache(maxsize=4096)
def _letter(letter: str) -> float:
    if letter in _WIDTH:
        return _WIDTH[letter]
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return _BROAD
    plain = unicodedata.normalize("NFD", letter)[0]
    return _WIDTH.get(plain, _OTHER)


def wrap(text: str, size: float, room: float) -> tuple[str, ...]:
    """The text in lines that fit; a word longer than a line is broken."""
    lines: list[str] = []
    line = ""
    for word in clean(text).split():
        longer = f"{line} {word}" if line else word
        if width(longer, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        pieces = _break(word, size, room)
        lines += pieces[:-1]
        line = pieces[-1]
    return (*lines, line) if line else tuple(lines)


def _break(word: str, size: float, room: float) -> list[str]:
    """In pieces that fit, behind a sign between the parts of a name where one stands in the second half of a line."""
    pieces, piece = list[str](), ""
    for letter in word:
        if piece and width(piece + letter, size) > room:
            end = max(piece.rfind(sign) for sign in _BETWEEN) + 1
            end = end if end > len(piece) / 2 else len(piece)
            pieces.append(piece[:end])
            piece = piece[end:]
        piece += letter
    return [*pieces, piece]
