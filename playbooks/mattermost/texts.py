"""Texts of strangers made to fit: cleaned, split where they are too long for Slack, and turned into ids."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Final

_DROPPED: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
_BREAKS: Final = frozenset({"Zl", "Zp"})
_BRACED: Final = re.compile(r"\{(?=[A-Za-z_][A-Za-z0-9_.-]*\})")
_ID_LENGTH: Final = 60


def clean(text: str) -> str:
    """The text without what YAML or Slack cannot show, and with no word in braces that would be taken for ours."""
    kept = "".join(_letter(letter) for letter in text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [line.rstrip() for line in kept.split("\n")]
    # “{name}” would be a placeholder of ours; with a space after the brace it is only text.
    return _BRACED.sub("{ ", "\n".join(lines)).strip()


def _letter(letter: str) -> str:
    if letter == "\n" or " " < letter < "\x7f":
        return letter
    kind = unicodedata.category(letter)
    if letter == "\t" or kind == "Zs":
        return " "
    if kind in _BREAKS:
        return "\n"
    return "" if kind in _DROPPED or letter == "\ufeff" else letter


def as_in_slack(text: str) -> str:
    """Mattermost's Markdown as Slack shows it: bold, headings and links are written differently there."""
    text = re.sub(r"\*\*(?=\S)([^*\n]+)\*\*", r"*\1*", text)
    text = re.sub(r"^#{1,6} +([^*\n]+)$", r"*\1*", text, flags=re.MULTILINE)
    return re.sub(r"\[([^\]\[\n]+)\]\((https?://[^\s()]+)\)", r"\1 (\2)", text)


def on_one_line(text: str) -> str:
    """The same with single spaces in place of line breaks."""
    return " ".join(clean(text).split())


def size(text: str) -> int:
    """How long Slack takes it to be, which counts what it escapes."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def shortened(text: str, limit: int) -> str:
    """The text, or as many of its words as fit with “…” after them."""
    if size(text) <= limit:
        return text
    return next(pieces(text, limit - 2)).rstrip(" .,;:") + " …"


def pieces(text: str, limit: int) -> Iterator[str]:
    """All of the text in parts that fit, broken between paragraphs, else lines, else words, else anywhere."""
    rest = text.strip()
    while rest:
        end = _fitting(rest, limit)
        if end < len(rest):
            end = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, end // 3, end + 1)) > 0), end)
        yield rest[:end].strip()
        rest = rest[end:].strip()


def _fitting(text: str, limit: int) -> int:
    taken = 0
    for at, letter in enumerate(text):
        taken += size(letter)
        if taken > limit:
            return max(at, 1)
    return len(text)


def new_id(text: str, taken: Collection[str], *, otherwise: str, length: int = _ID_LENGTH, joint: str = "-") -> str:
    """An id made of the words, that is not among those taken."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)
    start = words[: length - 4].rstrip(joint) or otherwise
    if joint == "_" and not start[0].isalpha():
        start = f"{otherwise}_{start}"[: length - 4]
    numbered = (f"{start}{joint}{number}" for number in range(2, len(taken) + 3))
    return start if start not in taken else next(one for one in numbered if one not in taken)
