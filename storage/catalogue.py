"""The local catalogue of models: the last known card of each, merged from the registries, read without a network."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import SequenceMatcher

from sqlalchemy import bindparam, select

from playbooks.card import ModelCard, from_json, to_json
from storage import ownership
from storage.models import CatalogueModel
from storage.transaction import Transaction


def card(tx: Transaction, name: str) -> ModelCard | None:
    """The last known card of the model that a person calls `name`: its name in any case, or its plain name.

    A model that no registry lists any more still has its last card; `entry` says since when it is missing.
    """
    found = entry(tx, name)
    return None if found is None else ownership.settled(tx, from_json(found.card))


def entry(tx: Transaction, name: str) -> CatalogueModel | None:
    """The catalogue's row behind `card`, with `synced_at` and `missing_since`."""
    exact = tx.session.get(CatalogueModel, name)
    if exact is not None:
        return exact
    word = _folded(name)
    rows = tx.session.scalars(select(CatalogueModel).order_by(CatalogueModel.name)).all()
    by_name = [row for row in rows if _folded(row.name) == word]
    by_title = [row for row in rows if row.missing_since is None and _folded(_title(row)) == word]
    return next(iter(by_name or (by_title if len(by_title) == 1 else [])), None)


# Built once: every opening asks them while the person waits.
_LISTED = select(CatalogueModel.name).where(
    CatalogueModel.name.in_(bindparam("names", expanding=True)), CatalogueModel.missing_since.is_(None)
)
_WITH_BLANKS = select(CatalogueModel.name).where(CatalogueModel.name.contains(" ")).limit(1)


def names(tx: Transaction) -> list[str]:
    """The models that a registry lists now, in order."""
    listed = select(CatalogueModel.name).where(CatalogueModel.missing_since.is_(None))
    return sorted(tx.session.scalars(listed))


def listed(tx: Transaction, names: Iterable[str]) -> set[str]:
    """Those of these names that a registry lists now."""
    return set(tx.session.scalars(_LISTED, {"names": list(names)}))


def has_blanks(tx: Transaction) -> bool:
    """Whether some model's name holds a blank, as some registries allow."""
    return tx.session.scalar(_WITH_BLANKS) is not None


def cards(tx: Transaction) -> list[ModelCard]:
    """The cards of the models that a registry lists now, by name, with what people said of their owners."""
    return ownership.all_settled(tx, [from_json(row.card) for row in entries(tx) if row.missing_since is None])


def entries(tx: Transaction) -> list[CatalogueModel]:
    """Every row of the catalogue, vanished models too, by name."""
    return sorted(tx.session.scalars(select(CatalogueModel)), key=lambda row: row.name)


def closest(tx: Transaction, text: str, *, limit: int = 3) -> list[str]:
    """The names that somebody who typed `text` most likely meant, best first; fewer where little is alike."""
    word = _folded(text)
    scored = [(max(_alike(word, _folded(row.name)), _alike(word, _folded(_title(row)))), row.name) for row in _now(tx)]
    return [name for score, name in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score >= 0.4][:limit]


def matching(tx: Transaction, text: str, *, limit: int = 100) -> list[tuple[str, str]]:
    """(name, plain name) of models that hold what was typed so far, for a type-ahead; all for an empty text."""
    word = _folded(text)
    found = [(row.name, _title(row)) for row in _now(tx) if word in _folded(row.name) or word in _folded(_title(row))]
    return sorted(found, key=lambda pair: (not _folded(pair[0]).startswith(word), pair))[:limit]


def keep(tx: Transaction, *cards: ModelCard, now: datetime) -> None:
    """Write down what the registries together say of these models at this moment."""
    known = {row.name: row for row in entries(tx)}
    for card in cards:
        row = known.get(card.name)
        if row is None:
            tx.session.add(CatalogueModel(name=card.name, card=to_json(card), synced_at=now))
        else:
            row.card, row.synced_at, row.missing_since = to_json(card), now, None
    tx.session.flush()


def mark_missing(tx: Transaction, listed: Iterable[str], *, now: datetime) -> list[str]:
    """Mark every model that is not among `listed` as missing since now; returns those that just vanished."""
    present = set(listed)
    vanished = [row for row in _now(tx) if row.name not in present]
    for row in vanished:
        row.missing_since = now
    tx.session.flush()
    return [row.name for row in vanished]


def _now(tx: Transaction) -> list[CatalogueModel]:
    return [row for row in entries(tx) if row.missing_since is None]


def _title(row: CatalogueModel) -> str:
    said = row.card["facts"].get("plain_name", {}).get("value")
    return said if isinstance(said, str) and said.strip() else row.name


def _folded(text: str) -> str:
    return " ".join(text.replace("-", " ").replace("_", " ").casefold().split())


def _alike(word: str, name: str) -> float:
    if not word or not name:
        return 0.0
    shared = len(set(word.split()) & set(name.split())) / len(name.split())
    inside = 0.9 if word in name or name in word else 0.0
    return max(SequenceMatcher(None, word, name).ratio(), 0.8 * shared, inside)
