"""Which models there are, and whose, without a look at every card: ten thousand of those are a second's work."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from playbooks.card import ModelCard
from storage import catalogue, people
from storage.models import CatalogueModel, OwnershipWord
from storage.transaction import Transaction

_LISTED = CatalogueModel.missing_since.is_(None)
_UNKNOWN_TIER = 9


def count(tx: Transaction) -> int:
    """How many models a registry lists now."""
    return tx.session.scalar(select(func.count()).select_from(CatalogueModel).where(_LISTED)) or 0


def foremost(tx: Transaction, *, limit: int) -> list[ModelCard]:
    """The cards of the most important models, by tier and name."""
    order = (func.coalesce(CatalogueModel.tier, _UNKNOWN_TIER), CatalogueModel.name)
    return _cards(
        tx, tx.session.scalars(select(CatalogueModel.name).where(_LISTED).order_by(*order).limit(limit)).all()
    )


def of_people(tx: Transaction, contacts: Collection[str]) -> list[ModelCard]:
    """The cards that name somebody who is called one of these, by tier and name; also where people said so since."""
    wanted = set(contacts)
    if not wanted:
        return []
    rows = tx.session.execute(select(CatalogueModel.name, CatalogueModel.contacts).where(_LISTED))
    named = {name for name, there in rows if wanted.intersection(there or ())}
    words = tx.session.execute(select(OwnershipWord.model, OwnershipWord.owner).where(OwnershipWord.owner.is_not(None)))
    named |= {model for model, owner in words if people.key(owner or "") in wanted}
    return _cards(tx, named)


def _cards(tx: Transaction, names: Collection[str]) -> list[ModelCard]:
    found = catalogue.cards(tx, names)
    return sorted(found, key=lambda card: (_UNKNOWN_TIER if card.tier is None else card.tier, card.name))
