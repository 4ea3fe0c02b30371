"""What each registry last said, how asking it went, and how aliases moved over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select

from playbooks.card import ModelCard, from_json, to_json
from storage.models import AliasMove, RegistryCard, RegistrySync
from storage.transaction import Transaction


def take_turn(tx: Transaction) -> None:
    """Wait until no other process writes what registries say; on SQLite every writer waits for its turn anyway."""
    if tx.on_postgresql:
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("registries"))))


def keep_cards(tx: Transaction, source: str, cards: Iterable[ModelCard], *, now: datetime) -> None:
    """Write down what a registry says of each of these models."""
    known = {row.name: row for row in _rows(tx, source)}
    for card in cards:
        row = known.get(card.name)
        if row is None:
            tx.session.add(RegistryCard(source=source, name=card.name, card=to_json(card), fetched_at=now))
        else:
            row.card, row.fetched_at = to_json(card), now
    tx.session.flush()


def forget_cards(tx: Transaction, source: str, *, but: Iterable[str]) -> list[str]:
    """Forget what a registry said of models that it does not list any more; returns their names."""
    listed = set(but)
    gone = [row for row in _rows(tx, source) if row.name not in listed]
    for row in gone:
        tx.session.delete(row)
    tx.session.flush()
    return [row.name for row in gone]


def _rows(tx: Transaction, source: str) -> list[RegistryCard]:
    asked = select(RegistryCard).where(RegistryCard.source == source).order_by(RegistryCard.name)
    return list(tx.session.scalars(asked))


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


def note_aliases(
    tx: Transaction, source: str, aliases: Mapping[str, Mapping[str, str]], *, now: datetime
) -> list[AliasMove]:
    """Write down where the aliases (model → alias → version) point, as far as that is new; returns the moves.

    An alias that was seen before and is not there any more moves to None. Models that are not named stay as they are.
    """
    last = {(move.model, move.alias): move.version for move in _last_moves(tx, source) if move.model in aliases}
    seen: dict[tuple[str, str], str | None] = {pair: None for pair, version in last.items() if version is not None}
    seen |= {(model, alias): version for model, row in aliases.items() for alias, version in row.items()}
    moved = [
        AliasMove(source=source, model=model, alias=alias, version=version, at=now)
        for (model, alias), version in sorted(seen.items(), key=lambda pair: pair[0])
        if last.get((model, alias)) != version
    ]
    tx.session.add_all(moved)
    tx.session.flush()
    return moved


def _last_moves(tx: Transaction, source: str) -> list[AliasMove]:
    last = select(func.max(AliasMove.id)).where(AliasMove.source == source).group_by(AliasMove.model, AliasMove.alias)
    return list(tx.session.scalars(select(AliasMove).where(AliasMove.id.in_(last))))


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
