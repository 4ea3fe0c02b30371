"""Which of thousands of names somebody meant who wrote one of them wrongly."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from typing import Final

ALIKE: Final = 0.4
"""How much alike a name must be to be offered instead of what was written."""
_MOST_COMPARED: Final = 100


def folded(text: str) -> str:
    """The same text for all spellings of a name: in small letters, with single blanks for `-` and `_`."""
    return " ".join(text.replace("-", " ").replace("_", " ").casefold().split())


def closest(typed: str, names: Iterable[tuple[str, Collection[str]]], *, limit: int, least: float = ALIKE) -> list[str]:
    """The names most like `typed`, best first; each is given with its spellings, folded.

    None less alike than `least`, from 0 to 1.
    """
    word = folded(typed)
    # Letters side by side that both have are counted quickly; few names are worth more than that.
    pairs = {word[at : at + 2] for at in range(len(word) - 1)} or {word}
    rough = ((max([_shared(pairs, one) for one in spellings]), name, spellings) for name, spellings in names)
    scored = [
        (max(_score(word, one) for one in spellings), name)
        for _, name, spellings in nlargest(_MOST_COMPARED, rough, key=lambda found: found[0])
    ]
    return [name for score, name in sorted(scored, key=lambda one: (-one[0], one[1])) if score >= least][:limit]


def _shared(pairs: set[str], name: str) -> float:
    return sum([pair in name for pair in pairs]) / (len(pairs) + len(name))


def _score(word: str, name: str) -> float:
    if not word or not name:
        return 0.0
    shared = 0.8 * len(set(word.split()) & set(name.split())) / len(name.split())
    inside = 0.9 if word in name or name in word else 0.0
    return max(SequenceMatcher(None, word, name, autojunk=False).ratio(), shared, inside)
