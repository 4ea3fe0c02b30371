"""What people said of the models that they own: the newest word of each model, and all of them over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Final, cast

from sqlalchemy import func, select

from playbooks.card import ModelCard
from playbooks.ownership import Kind, Said, with_said
from storage import registries
from storage.models import OwnershipWord
from storage.transaction import Transaction

WRITTEN_TO: Final = "mlflow"
"""The registry that may be told what people said."""
_MOST: Final = 50


def say(
    tx: Transaction,
    model: str,
    *,
    kind: Kind,
    by: str,
    by_name: str,
    registry_said: str,
    at: datetime,
    owner: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down what somebody said."""
    tx.session.add(
        OwnershipWord(
            model=model,
            kind=kind,
            said_by=by,
            said_by_name=by_name,
            owner=owner,
            registry_said=registry_said,
            reason=reason,
            at=at,
        )
    )
    tx.session.flush()


def take_turn(tx: Transaction, model: str) -> None:
    """Wait until nobody else says whose this model is, so that of two who take it one hears that it is taken."""
    if tx.on_postgresql:
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("ownership"), func.hashtext(model))))


def last(tx: Transaction, model: str) -> OwnershipWord | None:
    """The newest word on a model."""
    newest = select(OwnershipWord).where(OwnershipWord.model == model).order_by(OwnershipWord.id.desc()).limit(1)
    return tx.session.scalar(newest)


def word(tx: Transaction, ident: int) -> OwnershipWord | None:
    """One word."""
    return tx.session.get(OwnershipWord, ident)


def since_registry_changed(tx: Transaction, model: str) -> list[OwnershipWord]:
    """The words on a model while the registries named the same owner as at the newest one, the newest first."""
    asked = select(OwnershipWord).where(OwnershipWord.model == model).order_by(OwnershipWord.id.desc()).limit(_MOST)
    words = list(tx.session.scalars(asked))
    return list(takewhile(lambda one: one.registry_said == words[0].registry_said, words))


def declined_by(tx: Transaction, user: str, models: Iterable[str]) -> set[str]:
    """Those of the models of which this account said at any time that they are not theirs."""
    asked = select(OwnershipWord.model).where(OwnershipWord.kind == "declined", OwnershipWord.said_by == user)
    return set(models) & set(tx.session.scalars(asked))


def denials(tx: Transaction) -> list[OwnershipWord]:
    """Every word of somebody that a model is not theirs, oldest first."""
    asked = select(OwnershipWord).where(OwnershipWord.kind == "declined").order_by(OwnershipWord.id)
    return list(tx.session.scalars(asked))


def settled(tx: Transaction, card: ModelCard) -> ModelCard:
    """One card with what people said of it."""
    word = last(tx, card.name)
    read = _read_time(tx) if word is not None and word.written_at is not None else None
    return with_said(card, _said(card, word, read))


def all_settled(tx: Transaction, cards: Iterable[ModelCard]) -> list[ModelCard]:
    """The same for many, with one look at the database."""
    newest = select(func.max(OwnershipWord.id)).group_by(OwnershipWord.model)
    words = {row.model: row for row in tx.session.scalars(select(OwnershipWord).where(OwnershipWord.id.in_(newest)))}
    read = _read_time(tx) if any(word.written_at is not None for word in words.values()) else None
    return [with_said(card, _said(card, words.get(card.name), read)) for card in cards]


def _read_time(tx: Transaction) -> datetime | None:
    return registries.read_times(tx).get(WRITTEN_TO)


def _said(card: ModelCard, word: OwnershipWord | None, read: datetime | None) -> Said | None:
    if word is None:
        return None
    return Said(
        kind=cast("Kind", word.kind),
        by=word.said_by_name,
        at=word.at,
        owner=word.owner,
        registry_said=word.registry_said,
        is_old_news=word.written_at is not None and _was_read(card, word.written_at, read),
    )


def _was_read(card: ModelCard, since: datetime, read: datetime | None) -> bool:
    """Whether the card's owner is what the tags said after a word was written to them; another registry may rule it."""
    owner = card.fact("owner")
    if owner is None:
        return read is not None and read > since
    return owner.source == f"{WRITTEN_TO} tag" and owner.as_of > since
