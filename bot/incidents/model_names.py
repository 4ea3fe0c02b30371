"""Names: the model that a command's text begins with, and the channel of an incident."""

from __future__ import annotations

import re
import unicodedata

from playbooks.policy import Policy
from storage import catalogue
from storage.transaction import Transaction

LONGEST_MODEL = 150
LONGEST_CHANNEL = 74
"""Slack takes 80 characters; the rest is for a suffix when the name is taken."""
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


def channel_name(number: int, model: str, title: str, policy: Policy) -> str:
    """inc-12-fraud-scorer-scores-are-zero, with room for a suffix."""
    start = f"{policy.channel_prefix}-{number}"
    parts = [start, _slug(model, 30), _slug(title, 40)]
    return "-".join(part for part in parts if part)[:LONGEST_CHANNEL].rstrip("-_")


def _slug(text: str, limit: int) -> str:
    ascii_only = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if len(slug) <= limit:
        return slug
    shorter, _, _ = slug[: limit + 1].rpartition("-")
    return shorter or slug[:limit]
