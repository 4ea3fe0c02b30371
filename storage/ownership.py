"""What people said of the models that they own: the newest word of each model, and all of them over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import func, select

from playbooks.card import ModelCard
from playbooks.ownership import Kind, Said, with_said
from storage.models import OwnershipWord
from storage.transaction import Transaction


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


def last(tx: Transaction, model: str) -> OwnershipWord | None:
    """The newest word on a model."""
    newest = select(OwnershipWord).where(OwnershipWord.model == model).order_by(OwnershipWord.id.desc()).limit(1)
    return tx.session.scalar(newest)


def declined_by(tx: Transaction, user: str, models: Iterable[str]) -> set[str]:
    """Those of the models of which this account said at any time that they are not theirs."""
    asked = select(OwnershipWord.model).where(OwnershipWord.kind == "declined", OwnershipWord.said_by == user)
    return set(models) & set(tx.session.scalars(asked))


def settled(tx: Transaction, card: ModelCard) -> ModelCard:
    """One card with what people said of it."""
    return with_said(card, _said(last(tx, card.name)))


def all_settled(tx: Transaction, cards: Iterable[ModelCard]) -> list[ModelCard]:
    """The same for many, with one look at the database."""
    newest = select(func.max(OwnershipWord.id)).group_by(OwnershipWord.model)
    words = {row.model: row for row in tx.session.scalars(select(OwnershipWord).where(OwnershipWord.id.in_(newest)))}
    return [with_said(card, _said(words.get(card.name))) for card in cards]


def _said(word: OwnershipWord | None) -> Said | None:
    if word is None:
        return None
    return Said(
        kind=cast("Kind", word.kind),
        by=word.said_by_name,
        at=word.at,
        owner=word.owner,
        registry_said=word.registry_said,
    )
