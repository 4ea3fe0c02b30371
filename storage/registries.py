"""What each registry last said, how asking it went, and how aliases moved over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from playbooks.card import ModelCard, from_json, to_json
from storage.models import AliasMove, RegistryCard, RegistrySync
from storage.transaction import Transaction


def keep_cards(tx: Transaction, source: str, cards: Iterable[ModelCard], *, now: datetime) -> None:
    """Write down what a registry says of each of these models."""
    for card in cards:
        row = tx.session.get(RegistryCard, (source, card.name))
        if row is None:
            row = RegistryCard(source=source, name=card.name)
            tx.session.add(row)
        row.card, row.fetched_at = to_json(card), now
    tx.session.flush()


def forget_cards(tx: Transaction, source: str, *, but: Iterable[str]) -> None:
    """Forget what a registry said of models that it does not list any more."""
    gone = set(card_names(tx, source)) - set(but)
    tx.session.execute(delete(RegistryCard).where(RegistryCard.source == source, RegistryCard.name.in_(gone)))


def card_names(tx: Transaction, source: str) -> list[str]:
    """The models that a registry last spoke of."""
    return sorted(tx.session.scalars(select(RegistryCard.name).where(RegistryCard.source == source)))


def cards_by_model(tx: Transaction, sources: Iterable[str]) -> dict[str, list[ModelCard]]:
    """Model → what each registry last said of it, in the order of `sources`, ready to be merged."""
    order = {source: at for at, source in enumerate(sources)}
    rows = tx.session.scalars(select(RegistryCard).where(RegistryCard.source.in_(order))).all()
    found: dict[str, list[ModelCard]] = {}
    for row in sorted(rows, key=lambda row: (row.name, order[row.source])):
        found.setdefault(row.name, []).append(from_json(row.card))
    return found


def note_sync(
    tx: Transaction, source: str, *, now: datetime, models: int | None = None, problem: str | None = None
) -> None:
    """Write down how asking a registry went; `models` is None when it did not answer."""
    row = tx.session.get(RegistrySync, source)
    if row is None:
        row = RegistrySync(source=source, models=0)
        tx.session.add(row)
    row.tried_at, row.problem = now, problem
    if models is not None:
        row.succeeded_at, row.models = now, models
    tx.session.flush()


def syncs(tx: Transaction) -> list[RegistrySync]:
    """How the last sync of each registry went, by name."""
    return sorted(tx.session.scalars(select(RegistrySync)), key=lambda row: row.source)


def note_aliases(tx: Transaction, source: str, model: str, aliases: dict[str, str], *, now: datetime) -> int:
    """Write down every alias that points elsewhere than last seen, and those that are gone. Returns how many."""
    last = {move.alias: move.version for move in moves(tx, model) if move.source == source}
    seen: dict[str, str | None] = {alias: None for alias, version in last.items() if version is not None}
    seen.update(aliases)
    changed = {alias: version for alias, version in seen.items() if last.get(alias) != version}
    for alias, version in sorted(changed.items()):
        tx.session.add(AliasMove(source=source, model=model, alias=alias, version=version, at=now))
    tx.session.flush()
    return len(changed)


def moves(tx: Transaction, model: str, *, alias: str | None = None, until: datetime | None = None) -> list[AliasMove]:
    """The moves of a model's aliases as they were seen, oldest first."""
    asked = select(AliasMove).where(AliasMove.model == model)
    if alias is not None:
        asked = asked.where(AliasMove.alias == alias)
    if until is not None:
        asked = asked.where(AliasMove.at <= until)
    return list(tx.session.scalars(asked.order_by(AliasMove.at, AliasMove.id)))


def aliases_at(tx: Transaction, model: str, at: datetime) -> list[AliasMove]:
    """Where each alias of each registry pointed at that time, as far as it had been seen by then.

    The version of a move is None when the alias was gone. Empty when nothing was seen yet.
    """
    last = {(move.source, move.alias): move for move in moves(tx, model, until=at)}
    return [last[pair] for pair in sorted(last)]
