"""What is wrong with a file, said so that a person can go there and mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend. Line and column count from 1; `field` reads like `steps[2].options[0].goto`."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        return place + (f"{self.field}: {self.message}" if self.field else self.message)


class FileBroken(Exception):
    """A file that cannot be used; carries every fault that was found in it, in reading order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def visible(text: str, limit: int) -> str:
    """The text as it may stand in one line of a terminal or a log: no line ends, no control characters, not endless."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


MOST_HINTS = 100
"""For so many faults of a kind in one file the closest name is looked for; a file made to be slow has thousands."""
_LONGEST_MEANT = 100


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that somebody who wrote `word` most likely meant."""
    if len(word) > _LONGEST_MEANT:
        return None
    found = get_close_matches(word.lower(), list(choices), n=1, cutoff=0.6)
    return found[0] if found else None


def not_one_of(word: str, choices: Iterable[str]) -> str:
    """'“sevv1” is not allowed here; did you mean “sev1”? Allowed: sev1, sev2.'"""
    allowed = sorted(choices)
    meant = closest(word, allowed)
    listed = ", ".join(allowed[:40]) + (" …" if len(allowed) > 40 else "")
    hint = f"; did you mean “{meant}”?" if meant else "."
    return f"“{word[:60]}” is not allowed here{hint} Allowed: {listed or 'nothing'}."
