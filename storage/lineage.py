"""What the catalogue holds of what reads what: those facts of each model, and a mark that tells when they moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import case, func, select

from playbooks.card import Fact, ModelCard, from_json
from storage import ownership
from storage.models import CatalogueModel
from storage.transaction import Transaction

Mark = tuple[int, datetime | None, int, int, datetime | None]

_READ: Final = ("plain_name", "tier", "upstreams", "consumers", "features", "components", "experiments")
_NOT_SHOWN: Final = datetime.min.replace(tzinfo=UTC)


def mark(tx: Transaction) -> Mark:
    """Another one after each change of the catalogue: how many models, the newest and how many are so, the vanished."""
    newest = select(func.max(CatalogueModel.synced_at)).scalar_subquery()
    counted = select(
        func.count(),
        func.max(CatalogueModel.synced_at),
        # One reading is written in several transactions that bear the same time.
        func.count(case((CatalogueModel.synced_at == newest, 1))),
        func.count(CatalogueModel.missing_since),
        func.max(CatalogueModel.missing_since),
    )
    models, synced_at, new, missing, missing_since = tx.session.execute(counted.select_from(CatalogueModel)).one()
    return models, synced_at, new, missing, missing_since


def cards(tx: Transaction) -> list[ModelCard]:
    """The cards of all models that a registry lists now, with nothing on them but what a lineage is made of."""
    rows = tx.session.execute(
        select(CatalogueModel.name, CatalogueModel.card)
        .where(CatalogueModel.missing_since.is_(None))
        .execution_options(yield_per=200)  # ten thousand cards at once would be a hundred megabytes
    )
    found = []
    for name, card in rows:
        facts = {key: card["facts"][key] for key in _READ if key in card["facts"]}
        read = {key: Fact(fact["value"], fact["source"], _NOT_SHOWN) for key, fact in facts.items()}
        found.append(ModelCard(name, read))
    return found


def whole_cards(tx: Transaction, names: Iterable[str]) -> dict[str, ModelCard]:
    """The whole cards of a few models, with what people said of their owners."""
    rows = tx.session.scalars(select(CatalogueModel).where(CatalogueModel.name.in_(list(names))))
    return {card.name: card for card in ownership.all_settled(tx, [from_json(row.card) for row in rows])}
