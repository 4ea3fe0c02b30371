"""What each registry last said, how asking it went, and how aliases moved over time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from sqlalchemy import delete, func, select

from playbooks.card import ModelCard, from_json, to_json
from storage.models import AliasMove, RegistryCard, RegistrySync
from storage.transaction import Transaction
from storage.upserts import upsert

_HELD: Final = "held"
"""The digest of a card whose registry lists it in a way that cannot be used: anything that can be will differ."""


@dataclass(frozen=True)
class Said:
    """What one registry last said of one model."""

    source: str
    card: ModelCard
    as_of: datetime | None
    """The time of those facts that are seen again with every reading; None where none is."""
    digest: str


def take_turn(tx: Transaction) -> None:
    """Wait until no other process writes what registries say; on SQLite every writer waits for its turn anyway."""
    if tx.on_postgresql:
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("registries"))))


def digest(card: ModelCard, *, read_at: datetime) -> str:
    """A short text that is the same for what is said in the same words again, at a later reading."""
    facts = {
        key: [fact.value, fact.source] + ([] if fact.as_of == read_at else [fact.as_of.astimezone(UTC).isoformat()])
        for key, fact in card.facts.items()
    }
    return blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


def lists(tx: Transaction, source: str, model: str) -> bool:
    """Whether a registry listed this model when it was last read."""
    return (
        tx.session.scalar(select(RegistryCard.name).where(RegistryCard.source == source, RegistryCard.name == model))
        is not None
    )


def digests(tx: Transaction, source: str) -> dict[str, str | None]:
    """Model → the digest of what a registry last said of it."""
    asked = select(RegistryCard.name, RegistryCard.digest).where(RegistryCard.source == source)
    return {row.name: row.digest for row in tx.session.execute(asked)}


def is_held(said: str | None) -> bool:
    """Whether this digest is of a card that its registry lists in a way that cannot be used."""
    return said == _HELD


def keep_cards(tx: Transaction, source: str, cards: Iterable[ModelCard], *, now: datetime) -> None:
    """Write down what a registry says of each of these models, as read now."""
    rows = [
        {
            "source": source,
            "name": one.name,
            "card": to_json(one),
            "fetched_at": now,
            "digest": digest(one, read_at=now),
        }
        for one in cards
    ]
    upsert(tx, RegistryCard, rows)


def forget_cards(tx: Transaction, source: str, names: Sequence[str]) -> None:
    """Forget what a registry said of models that it does not list any more."""
    tx.session.execute(delete(RegistryCard).where(RegistryCard.source == source, RegistryCard.name.in_(names)))


def hold_cards(tx: Transaction, source: str, names: Sequence[str]) -> None:
    """Keep what was last known of models that a registry lists in a way that cannot be used, as old as it is now."""
    asked = select(RegistryCard).where(RegistryCard.source == source, RegistryCard.name.in_(names))
    read = read_times(tx).get(source)
    for row in tx.session.scalars(asked):
        row.card = to_json(from_json(refreshed(row.card, {source: read} if read else {}, at=row.fetched_at)))
        row.fetched_at, row.digest = read or row.fetched_at, _HELD
    tx.session.flush()


def refreshed(card: Mapping[str, object], read: Mapping[str, datetime], *, at: datetime) -> dict[str, object]:
    """A registry's card with the time of the last reading on the facts that are as old as the row."""
    newest = max([at, *read.values()]).astimezone(UTC).isoformat()
    written = at.astimezone(UTC).isoformat()
    facts = card["facts"]
    assert isinstance(facts, dict)  # noqa: S101
    return {
        **card,
        "facts": {key: {**fact, "as_of": newest} if fact["as_of"] == written else fact for key, fact in facts.items()},
    }


def recipes(tx: Transaction, sources: Sequence[str]) -> dict[str, str]:
    """Model → what its card is made of, when these registries are merged in this order."""
    order = {source: at for at, source in enumerate(sources)}
    asked = select(RegistryCard.name, RegistryCard.source, RegistryCard.digest).where(RegistryCard.source.in_(order))
    found: dict[str, list[tuple[int, str]]] = {}
    for name, source, said in tx.session.execute(asked):
        found.setdefault(name, []).append((order[source], f"{source} {said}"))
    return {name: _recipe(said for _, said in sorted(parts)) for name, parts in found.items()}


def recipe_of(said: Sequence[Said]) -> str:
    """The same for what was read of one model."""
    return _recipe(f"{one.source} {one.digest}" for one in said)


def _recipe(parts: Iterable[str]) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def said_of(tx: Transaction, names: Sequence[str], sources: Sequence[str]) -> dict[str, list[Said]]:
    """Model → what each registry last said of it, in the order of `sources`, ready to be merged."""
    order = {source: at for at, source in enumerate(sources)}
    asked = select(RegistryCard).where(RegistryCard.source.in_(order), RegistryCard.name.in_(names))
    found: dict[str, list[Said]] = {}
    for row in sorted(tx.session.scalars(asked), key=lambda row: (row.name, order[row.source])):
        at = None if is_held(row.digest) else row.fetched_at
        found.setdefault(row.name, []).append(Said(row.source, from_json(row.card), at, str(row.digest)))
        tx.session.expunge(row)
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


def read_times(tx: Transaction) -> dict[str, datetime]:
    """Registry → when it was last read."""
    asked = select(RegistrySync.source, RegistrySync.succeeded_at).where(RegistrySync.succeeded_at.is_not(None))
    return {source: at for source, at in tx.session.execute(asked) if at is not None}


def note_aliases(
    tx: Transaction, source: str, aliases: Mapping[str, Mapping[str, str]], *, now: datetime
) -> list[AliasMove]:
    """Write down where the aliases (model → alias → version) point, as far as that is new; returns the moves.

    An alias that was seen before and is not there any more moves to None. Models that are not named stay as they are.
    """
    last = {(move.model, move.alias): move.version for move in _last_moves(tx, source, list(aliases))}
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


def _last_moves(tx: Transaction, source: str, models: Sequence[str]) -> list[AliasMove]:
    of_them = select(func.max(AliasMove.id)).where(AliasMove.source == source, AliasMove.model.in_(models))
    last = of_them.group_by(AliasMove.model, AliasMove.alias)
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
