"""What another package's registry says, as far as it is what a registry may say: the rest is left out and named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from bot.registries.drafts import MOST
from bot.registries.entries import RECORDS
from bot.registries.file import wrong_name
from bot.registries.protocol import Reading
from bot.registries.shapes import one_line
from playbooks.card import Fact, FactValue, ModelCard

_KEY: Final = re.compile(r"[a-z][a-z0-9_.-]{0,80}")
_NAMED: Final = 3


def proper(reading: Reading, now: datetime, package: str) -> Reading:
    """The same with cleaned texts. Of two cards with one name neither is used, for nobody can say which is meant."""
    odd: list[str] = []
    found = [card for card in reading.cards if _is_card(card, odd)]
    times = Counter(card.name for card in found)
    twice = sorted(name for name, count in times.items() if count > 1)
    cards = tuple(_card(card, now, package, odd) for card in found if times[card.name] == 1)
    problems = [
        one_line(str(reading.problem)) if reading.problem else "",
        f"{package} names several models alike ({_some(twice)}); what was last known of them stays." if twice else "",
        f"{package} says what is no text and no list of texts, so that is left out: {_some(odd)}." if odd else "",
    ]
    said = " ".join(problem for problem in problems if problem)
    if said and (twice or odd):
        said += " Mend or update that package."
    unreadable = {one_line(str(name)) for name in reading.unreadable} | set(twice)
    return Reading(cards=cards, unreadable=frozenset(unreadable), problem=said or None)


def _is_card(card: object, odd: list[str]) -> bool:
    if isinstance(card, ModelCard) and isinstance(card.name, str) and wrong_name(card.name) is None:
        return True
    odd.append(f"a model called {one_line(repr(getattr(card, 'name', card)))[:60]}")
    return False


def _card(card: ModelCard, now: datetime, package: str, odd: list[str]) -> ModelCard:
    facts = {}
    for key, fact in card.facts.items():
        value = (
            _value(key, fact.value) if isinstance(fact, Fact) and isinstance(key, str) and _KEY.fullmatch(key) else None
        )
        if value is None:
            odd.append(f"{card.name}.{one_line(str(key))[:60]}")
            continue
        source = one_line(fact.source)[:120] if isinstance(fact.source, str) and fact.source.strip() else package
        is_time = isinstance(fact.as_of, datetime) and fact.as_of.tzinfo is not None and fact.as_of <= now
        facts[key] = Fact(value, source, fact.as_of if is_time else now)
    return ModelCard(card.name, facts)


def _value(key: str, value: object) -> FactValue | None:
    """A number is meant as text; None for what cannot be shown."""
    if isinstance(value, list | tuple):
        if any(isinstance(item, dict) for item in value):
            return _rows(key, value)
        texts = [_text(item) for item in value[:MOST]]
        return None if None in texts else [text for text in texts if text]
    return _text(value)


def _rows(key: str, value: Iterable[object]) -> FactValue | None:
    _, needed = RECORDS.get(key, ({}, ()))
    rows = []
    for item in list(value)[:MOST]:
        cells = {str(cell): _text(text) for cell, text in item.items()} if isinstance(item, dict) else {}
        row = {cell: text for cell, text in cells.items() if text}
        if not row or None in cells.values() or not all(row.get(cell) for cell in needed):
            return None
        rows.append(row)
    return rows


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return one_line(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _some(names: list[str]) -> str:
    return f"{', '.join(names[:_NAMED])}{' …' if len(names) > _NAMED else ''}"
