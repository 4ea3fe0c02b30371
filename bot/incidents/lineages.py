"""The lineage of the whole catalogue, built once for each state of it, and the few cards of it that are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from playbooks.card import Fact, FactValue, ModelCard
from playbooks.contacts import Contact
from playbooks.lineage import Lineage, Node
from playbooks.lineage_names import components_in
from storage import lineage as stored
from storage import people
from storage.transaction import Storage, Transaction


@dataclass(frozen=True)
class _Built:
    mark: stored.Mark
    lineage: Lineage


_MOST_READ: Final = 20
"""Readers of an upstream whose cards are looked into while somebody waits, the most important first."""
_built: WeakKeyDictionary[Any, _Built] = WeakKeyDictionary()
_left_alone: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
_building, _counting = Lock(), Lock()


def whole(tx: Transaction) -> Lineage:
    """What reads what in the catalogue: as it now stands, or stood before the reading that is under way."""
    engine = tx.session.get_bind()
    there = _built.get(engine)
    if there is not None and _left_alone.get(engine):
        return there.lineage
    return _as_it_stands(tx)


def _as_it_stands(tx: Transaction) -> Lineage:
    engine = tx.session.get_bind()
    with _building:  # of several who ask at once one builds it
        there, mark = _built.get(engine), stored.mark(tx)
        if there is None or there.mark != mark:
            there = _built[engine] = _Built(mark, Lineage(stored.cards(tx)))
    return there.lineage


@contextmanager
def left_alone(storage: Storage) -> Iterator[None]:
    """While the cards of thousands of models are written, whoever asks gets the lineage of before, at once."""
    engine = storage.engine
    with _counting:
        _left_alone[engine] = _left_alone.get(engine, 0) + 1
    try:
        yield
    finally:
        with _counting:
            _left_alone[engine] -= 1


def warm(storage: Storage) -> None:
    """Build it before somebody asks, where no transaction that writes has to wait for it."""
    with storage.reading() as tx:
        _as_it_stands(tx)


def owners(tx: Transaction, nodes: Iterable[Node]) -> dict[str, str]:
    """Model → who owns it, in words that ping nobody; nothing for those whom nobody owns."""
    cards = stored.whole_cards(tx, [node.name for node in nodes if node.known])
    found = {name: card.contacts("owner")[:2] for name, card in cards.items()}
    asked = list(dict.fromkeys(contact for contacts in found.values() for contact in contacts))
    gone = {
        contact
        for contact, (user, problem) in zip(asked, people.who_are(tx, asked), strict=True)
        if user and problem and (account := people.person(tx, user)) is not None and account.deactivated
    }
    said = {contact: called(tx, contact) + (", deactivated" if contact in gone else "") for contact in asked}
    return {name: ", ".join(said[one] for one in contacts) for name, contacts in found.items() if contacts}


def called(tx: Transaction, contact: Contact) -> str:
    """How people call somebody: the account's name where the registry has none."""
    if contact.label not in {contact.value, f"@{contact.value}"} and contact.kind != "slack-user":
        return contact.label
    user_id, _ = people.who(tx, contact)
    account = people.person(tx, user_id) if user_id else None
    return account.name if account is not None else contact.label


def upstream(tx: Transaction, name: str) -> Node | None:
    """The upstream that somebody means by this, where something reads it; never a model."""
    lineage = whole(tx)
    node = lineage.find(name)
    if node is None or node.kind == "model" or not lineage.leads_to(node):
        return None
    return node


def _as_component(tx: Transaction, node: Node, readers: Sequence[str]) -> list[dict[str, str]]:
    """What the models that are made of it say of it: which version, the one before, how it goes back; each once."""
    lineage = whole(tx)
    found: dict[str, dict[str, str]] = {}
    cards = stored.whole_cards(tx, readers[:_MOST_READ])
    for name in readers[:_MOST_READ]:
        for part in cards[name].records("components") if name in cards else ():
            if any(lineage.find(text) == node for text in components_in([part])):
                found.setdefault(
                    part.get("version", ""), {cell: said for cell, said in part.items() if cell != "source"}
                )
    return list(found.values())


def upstream_card(tx: Transaction, name: str, *, now: datetime) -> ModelCard | None:
    """A card for an upstream: as important as the most important model that reads it; None for anything else."""
    node = upstream(tx, name)
    if node is None:
        return None
    readers = [one.node for one in whole(tx).affected(node).downstream if one.steps == 1]
    facts: dict[str, FactValue] = {
        "purpose": "Not a model, but something that models read",
        "consumers": [one.name for one in readers],
    }
    if tiers := [one.tier for one in readers if one.tier is not None]:
        facts["tier"] = str(min(tiers))
    if parts := _as_component(tx, node, [one.name for one in readers if one.known]):
        facts["components"] = parts
    return ModelCard(node.spelled, {key: Fact(value, "cards of its readers", now) for key, value in facts.items()})
