"""Bringing the local catalogue up to date with the registries: one pass, with the network outside every transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.effects import LookUpPerson, ResolveContact, owe
from bot.errors import log_with_reference
from bot.registries.protocol import Reading, Registry, RegistryDown
from playbooks.card import ModelCard, merge
from playbooks.contacts import Contact
from playbooks.fields import field_for
from storage import catalogue, people, registries
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER: Final = timedelta(hours=24)
"""How long an answer of Slack about a person is good for."""
_AT_ONCE: Final = 50
"""Look-ups owed in one transaction, which others wait for on SQLite."""


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
    readings: dict[str, Reading | str] = {source.name: _read(source, now) for source in sources}
    done = Synced()
    for name, reading in readings.items():  # a transaction each: whoever types a command waits for none of them long
        with storage.transaction() as tx:
            registries.take_turn(tx)
            _write(tx, name, reading, now, done)
    with storage.transaction() as tx:
        registries.take_turn(tx)
        merged = _merge(tx, list(readings), now, done)
    _ask_about_people(storage, merged, now, done)
    return done


def _read(source: Registry, now: datetime) -> Reading | str:
    try:
        return source.read(now)
    except RegistryDown as down:
        log.warning("registry %s: %s", source.name, down)
        return str(down)
    except Exception:  # a fault of ours or an answer nobody has seen before must not stop the other registries
        reference = log_with_reference(log, f"reading the registry {source.name}")
        return f"The registry {source.name} answered in a way that the bot does not understand (reference {reference})."


def _write(tx: Transaction, name: str, reading: Reading | str, now: datetime, done: Synced) -> None:
    if isinstance(reading, str):
        done.problems[name] = reading
        registries.note_sync(tx, name, now=now, problem=reading)
        return
    registries.keep_cards(tx, name, reading.cards, now=now)
    gone = registries.forget_cards(tx, name, but={card.name for card in reading.cards} | reading.unreadable)
    pointers = {card.name: _pointers(card) for card in reading.cards} | {model: {} for model in gone}
    done.moved += len(registries.note_aliases(tx, name, pointers, now=now))
    listed = len(reading.cards) + len(reading.unreadable)
    registries.note_sync(tx, name, now=now, models=listed, problem=reading.problem)
    if reading.problem:
        done.problems[name] = reading.problem
        log.warning("registry %s: %s", name, reading.problem)


def _pointers(card: ModelCard) -> dict[str, str]:
    """Alias → version; a registry without aliases says the same with its serving and rollback versions."""
    rows = card.records("aliases")
    if rows:
        return {row["alias"]: row["version"] for row in rows}
    said = {"champion": card.serving, "rollback": card.rollback}
    return {alias: version for alias, version in said.items() if version}


def _merge(tx: Transaction, order: list[str], now: datetime, done: Synced) -> list[ModelCard]:
    merged = [merge(name, cards) for name, cards in registries.cards_by_model(tx, order).items()]
    catalogue.keep(tx, *merged, now=now)
    if any(row.succeeded_at is not None for row in registries.syncs(tx) if row.source in order):
        # Before the first answer nothing is known to have vanished.
        done.vanished = catalogue.mark_missing(tx, [card.name for card in merged], now=now)
    done.models = len(merged)
    return merged


def _ask_about_people(storage: Storage, cards: list[ModelCard], now: datetime, done: Synced) -> None:
    """People are looked up now, so that nobody has to be while an incident opens."""
    contacts = sorted({people.key(contact) for card in cards for contact in _contacts(card)})
    before = now - ASK_AGAIN_AFTER
    for start in range(0, len(contacts), _AT_ONCE):
        with storage.transaction() as tx:
            registries.take_turn(tx)
            some = contacts[start : start + _AT_ONCE]
            for contact in people.take_contacts_to_ask(tx, some, before=before, now=now):
                owe(tx, ResolveContact(contact=contact))
                done.asked += 1
    with storage.transaction() as tx:
        registries.take_turn(tx)
        for user in people.take_people_to_ask(tx, before=before, now=now, limit=_AT_ONCE):
            owe(tx, LookUpPerson(user=user))
            done.asked += 1


def _contacts(card: ModelCard) -> list[Contact]:
    keys = [key for key in card.facts if (spec := field_for(key)) is not None and spec.kind in {"person", "people"}]
    return [contact for key in keys for contact in card.contacts(key)]
