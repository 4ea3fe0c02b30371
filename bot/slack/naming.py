"""Names of incident channels: derived from the incident, so that a repeat asks for the same one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 80
ROOM_FOR_SUFFIX = 5
LONGEST_MODEL = 32
MOST_SUFFIXES = 20


def channel_name(*, prefix: str, number: int, model: str, title: str) -> str:
    """`<prefix>-<number>-<model>-<slug>`, short enough for a suffix: `inc-12-fraud-scorer-scores-are-all-zero`."""
    parts = [prefix, str(number), slug(model, LONGEST_MODEL), slug(title, LONGEST)]
    return _cut("-".join(part for part in parts if part), LONGEST - ROOM_FOR_SUFFIX)


def candidates(name: str, *, last_resort: str) -> Iterator[str]:
    """The names to try in turn: as derived, then with -2, -3 …, then the last resort alike."""
    for stem in dict.fromkeys((name, last_resort)):
        yield stem
        yield from (f"{stem}-{number}" for number in range(2, MOST_SUFFIXES + 1))


def slug(text: str, longest: int) -> str:
    """Small letters, digits and hyphens; what has no plain letters becomes nothing."""
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"['’`]", "", plain)
    return _cut(re.sub(r"[^a-z0-9]+", "-", plain).strip("-"), longest)


def _cut(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    shorter = name[: longest + 1].rpartition("-")[0]
    # A word's end is a better place to cut, unless that would lose most of the name.
    return (shorter if len(shorter) > longest // 2 else name[:longest]).strip("-")
