"""Bringing the local catalogue up to date with the registries: one pass, with the network outside every transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.collecting import collect
from bot.effects import LookUpPerson, ResolveContact, owe
from bot.errors import log_with_reference
from bot.incidents import lineages
from bot.registries.protocol import Reading, Registry, RegistryDown
from playbooks.card import ModelCard
from storage import catalogue, listing, people, registries
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)
Row = TypeVar("Row")

ASK_AGAIN_AFTER: Final = timedelta(hours=24)
"""How long an answer of Slack about a person is good for."""
_AT_ONCE: Final = 50
"""Rows written in one transaction, which others wait for on SQLite."""


@dataclass
class Synced:
    """How a pass went."""

    models: int = 0
    """In the catalogue now."""
    problems: dict[str, str] = field(default_factory=dict)
    """Registry → a sentence with what to do."""
    vanished: list[str] = field(default_factory=list)
    """Models that no registry lists any more since this pass."""
    moved: int = 0
    """Aliases that point elsewhere than last seen."""
    asked: int = 0
    """People and contacts that Slack is asked about."""


def sync(storage: Storage, sources: Sequence[Registry], now: datetime) -> Synced:
    """Ask each registry by itself; what one that is down last said stays. Never raises for a registry's failure."""
    began, done = time.monotonic(), Synced()
    with storage.reading() as tx:
        before = registries.read_times(tx)
    for source in sources:  # one after the other: what a registry of thousands of models says is large
        _write(storage, source.name, _read(source, now), now, done)
    _merge(storage, [source.name for source in sources], before, now, done)
    _ask_about_people(storage, now, done)
    took = time.monotonic() - began
    log.info("read the registries in %.1f s: %d models, %d aliases moved", took, done.models, done.moved)
    return done


def bring_up_to_date(storage: Storage, sources: Sequence[Registry], now: datetime) -> None:
    """A pass, and the lineage of what it found ready before somebody asks who is affected."""
    with lineages.left_alone(storage):
        sync(storage, sources, now)
        lineages.warm(storage)
    collect()


def _read(source: Registry, now: datetime) -> Reading | str:
    try:
        return _worth(source.read(now))
    except RegistryDown as down:
        log.warning("registry %s: %s", source.name, down)
        return str(down)
    except Exception:  # a fault of ours or an answer nobody has seen before must not stop the other registries
        reference = log_with_reference(log, f"reading the registry {source.name}")
        return f"The registry {source.name} answered in a way that the bot does not understand (reference {reference})."


def _worth(reading: Reading) -> Reading:
    if reading.problem and not reading.cards and not reading.unreadable:
        raise RegistryDown(reading.problem)  # nothing at all, and a reason to doubt it: that takes no models away
    return reading


@contextmanager
def _writing(storage: Storage) -> Iterator[Transaction]:
    """A short transaction: whoever types a command goes first, and of two processes that sync one writes at a time."""
    with storage.transaction(patient=True) as tx:
        registries.take_turn(tx)
        yield tx


def _write(storage: Storage, name: str, reading: Reading | str, now: datetime, done: Synced) -> None:
    problem = reading if isinstance(reading, str) else reading.problem
    if problem:
        done.problems[name] = problem
    if isinstance(reading, str):
        with _writing(storage) as tx:
            registries.note_sync(tx, name, now=now, problem=problem)
        return
    if problem:
        log.warning("registry %s: %s", name, problem)
    with storage.reading() as tx:
        known = registries.digests(tx, name)
    cards = {card.name: card for card in reading.cards}
    for some in _batches(
        [card for card in cards.values() if known.get(card.name) != registries.digest(card, read_at=now)]
    ):
        with _writing(storage) as tx:
            registries.keep_cards(tx, name, some, now=now)
            pointers = {card.name: _pointers(card) for card in some}
            done.moved += len(registries.note_aliases(tx, name, pointers, now=now))
    for gone in _batches(sorted(known.keys() - cards.keys() - reading.unreadable)):
        with _writing(storage) as tx:
            registries.forget_cards(tx, name, gone)
            done.moved += len(registries.note_aliases(tx, name, {model: {} for model in gone}, now=now))
    spoilt = known.keys() & (reading.unreadable - cards.keys())
    for held in _batches(sorted(model for model in spoilt if not registries.is_held(known[model]))):
        with _writing(storage) as tx:
            registries.hold_cards(tx, name, held)
    with _writing(storage) as tx:  # last: until then what is known is as old as the reading before
        listed = len(reading.cards) + len(reading.unreadable)
        registries.note_sync(tx, name, now=now, models=listed, problem=problem)


def _pointers(card: ModelCard) -> dict[str, str]:
    """Alias → version; a registry without aliases says the same with its serving and rollback versions."""
    rows = card.records("aliases")
    if rows:
        return {row["alias"]: row["version"] for row in rows}
    said = {"champion": card.serving, "rollback": card.rollback}
    return {alias: version for alias, version in said.items() if version}


def _merge(storage: Storage, order: list[str], before: dict[str, datetime], now: datetime, done: Synced) -> None:
    """Write the cards again of which a part changed: in what a registry says, or in which registries are read."""
    with storage.reading() as tx:
        wanted, merged = registries.recipes(tx, order), catalogue.recipes(tx)
        # Before the first answer nothing is known to have vanished.
        answered = any(source in order for source in registries.read_times(tx))
        vanished = sorted(set(listing.names(tx)) - wanted.keys()) if answered else []
    for some in _batches(sorted(name for name, recipe in wanted.items() if merged.get(name) != recipe)):
        with _writing(storage) as tx:
            catalogue.keep_merged(tx, registries.said_of(tx, some, order), now=now)
    for gone in _batches(vanished):
        with _writing(storage) as tx:
            catalogue.mark_vanished(tx, gone, now=now, read=before)
    done.vanished, done.models = vanished, len(wanted)


def _ask_about_people(storage: Storage, now: datetime, done: Synced) -> None:
    """People are looked up now, so that nobody has to be while an incident opens."""
    before = now - ASK_AGAIN_AFTER
    with storage.reading() as tx:
        contacts = catalogue.contacts_to_ask(tx, before=before)
    for some in _batches(contacts):
        with _writing(storage) as tx:
            for contact in people.take_contacts_to_ask(tx, some, before=before, now=now):
                owe(tx, ResolveContact(contact=contact))
                done.asked += 1
    with _writing(storage) as tx:
        for user in people.take_people_to_ask(tx, before=before, now=now, limit=_AT_ONCE):
            owe(tx, LookUpPerson(user=user))
            done.asked += 1


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    return (list(rows[start : start + _AT_ONCE]) for start in range(0, len(rows), _AT_ONCE))
