"""What people call models: the name that a command's text begins with, in the catalogue's spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playbooks.alike import folded
from playbooks.card import ModelCard
from storage import catalogue, listing
from storage.transaction import Transaction

LONGEST_MODEL = 150
LONGEST_OFFERED = 250
_MOST_WORDS = 12
_QUOTED = re.compile(r"^[\"“”„«]([^\"“”„«»]{1,200})[\"“”»]\s*[:,]?\s*(.*)$", re.DOTALL)
_AROUND = "\"“”„«»':,"


def split_model(tx: Transaction, text: str) -> tuple[str, str, bool]:
    """(model, the words after it, whether the catalogue knows it) of what somebody typed after `open`.

    The longest name wins, because registries allow blanks in names. Unknown: the quoted or the first word.
    """
    if quoted := _QUOTED.match(text):
        name, rest = " ".join(quoted[1].split()), quoted[2].strip()
        called = known_model(tx, name)
        return called or name[:LONGEST_MODEL], rest, called is not None
    words = text.split()
    begins = [" ".join(words[:count]) for count in range(min(len(words), _MOST_WORDS), 0, -1)]
    known = _spelled(tx, begins) or _alike(listing.titles(tx), begins)
    if known is not None:
        name, count = known
        return name, " ".join(words[count:]), True
    first = words[0].strip(_AROUND) or words[0]
    found = known_model(tx, first)
    return found or first[:LONGEST_MODEL], " ".join(words[1:]), found is not None


def known_model(tx: Transaction, name: str) -> str | None:
    """The catalogue's name for what a person calls a model, also when the registry dropped it since."""
    found = catalogue.entry(tx, name)
    return None if found is None else found.name


def closest(tx: Transaction, typed: str, *, limit: int) -> list[ModelCard]:
    """The models whose names come closest, best first; the catalogue's few best even where little is alike."""
    names = listing.closest(tx, typed, limit=limit, least=0.0, longest=LONGEST_OFFERED)
    cards = [catalogue.card(tx, name) for name in names]
    return [card for card in cards if card is not None]


def _spelled(tx: Transaction, begins: list[str]) -> tuple[str, int] | None:
    """(name, how many words it takes) of one that is spelled as in the catalogue, without a look at every name.

    None where names may hold blanks: a longer one that is only alike would win over it.
    """
    if listing.has_blanks(tx):
        return None
    forms = {form: len(begin.split()) for begin in begins for form in (begin, begin.strip(_AROUND))}
    found = listing.among(tx, forms)
    return next(((form, count) for form, count in forms.items() if form in found), None)


def _alike(titles: list[tuple[str, str]], begins: list[str]) -> tuple[str, int] | None:
    return _named([name for name, _ in titles], begins) or _titled(
        [pair for pair in titles if len(set(pair)) > 1], begins
    )


def _named(names: list[str], begins: list[str]) -> tuple[str, int] | None:
    """(name, how many words of the text it takes); as it is spelled, else the one that is alike."""
    exact, alike = set(names), _by_spelling((name, name) for name in names)
    for begin in begins:
        count = len(begin.split())
        for form in (begin, begin.strip(_AROUND)):
            if form in exact:
                return form, count
        if len(found := alike.get(folded(begin.strip(_AROUND)), [])) == 1:
            return found[0], count
    return None


def _titled(titles: list[tuple[str, str]], begins: list[str]) -> tuple[str, int] | None:
    by_title = _by_spelling((title, name) for name, title in titles)
    for begin in begins:
        if len(found := by_title.get(folded(begin.strip(_AROUND)), [])) == 1:
            return found[0], len(begin.split())
    return None


def _by_spelling(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for said, name in pairs:
        found.setdefault(folded(said), []).append(name)
    return found
