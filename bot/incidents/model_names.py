"""What people call models: the name that a command's text begins with, in the catalogue's spelling."""

from __future__ import annotations

import re

from storage import catalogue
from storage.transaction import Transaction

LONGEST_MODEL = 150
_MOST_WORDS = 12
_QUOTED = re.compile(r"^[\"“”„«]([^\"“”„«»]{1,200})[\"“”»]\s*[:,]?\s*(.*)$", re.DOTALL)
_AROUND = "\"“”„«»':,"


def split_model(tx: Transaction, text: str) -> tuple[str, str, bool]:
    """(model, the words after it, whether the catalogue knows it) of what somebody typed after `open`.

    The longest name wins, because registries allow blanks in names. Unknown: the quoted or the first word.
    """
    if quoted := _QUOTED.match(text):
        name, rest = " ".join(quoted[1].split()), quoted[2].strip()
        known = known_model(tx, name)
        return known or name[:LONGEST_MODEL], rest, known is not None
    words = text.split()
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        if known := _named(catalogue.names(tx), " ".join(words[:count])):
            return known, " ".join(words[count:]), True
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        if known := _titled(tx, " ".join(words[:count])):
            return known, " ".join(words[count:]), True
    first = words[0].strip(_AROUND) or words[0]
    known = known_model(tx, first)
    return known or first[:LONGEST_MODEL], " ".join(words[1:]), known is not None


def known_model(tx: Transaction, name: str) -> str | None:
    """The catalogue's name for what a person calls a model, also when the registry dropped it since."""
    found = catalogue.entry(tx, name)
    return None if found is None else found.name


def _named(names: list[str], said: str) -> str | None:
    for form in (said, said.strip(_AROUND)):
        if form in names:
            return form
    alike = [name for name in names if _folded(name) == _folded(said.strip(_AROUND))]
    return alike[0] if len(alike) == 1 else None


def _titled(tx: Transaction, said: str) -> str | None:
    folded = _folded(said.strip(_AROUND))
    alike = [name for name, title in catalogue.matching(tx, folded) if _folded(title) == folded]
    return alike[0] if len(alike) == 1 else None


def _folded(text: str) -> str:
    return " ".join(text.replace("-", " ").replace("_", " ").casefold().split())
