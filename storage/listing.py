"""Which models there are, what they are called and whose they are, without a look at their cards.

The cards of ten thousand models are a second's work, and nobody who types a command waits that long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, case, func, select

from playbooks.alike import ALIKE, folded
from playbooks.alike import closest as alike
from playbooks.scores import Score
from storage import people
from storage.lineage import Mark, mark
from storage.models import CatalogueModel, OwnershipWord
from storage.transaction import Transaction

_spelt: WeakKeyDictionary[Any, tuple[Mark, list[Spelling]]] = WeakKeyDictionary()
_LISTED = CatalogueModel.missing_since.is_(None)
_UNKNOWN_TIER = 9
_TEAM = func.coalesce(CatalogueModel.team, "")
_ASKED, _LACKED = func.coalesce(CatalogueModel.asked, 0), func.coalesce(CatalogueModel.lacked, 0)
_BY_IMPORTANCE = (func.coalesce(CatalogueModel.tier, _UNKNOWN_TIER), CatalogueModel.name)


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a model is called."""

    name: str
    title: str
    is_listed: bool
    """Whether a registry lists it now."""
    folded: tuple[str, ...]
    """The name and then, where it is another one, the plain name, as they are compared."""


@dataclass(frozen=True, slots=True)
class Documented:
    """How well one model is documented."""

    name: str
    title: str
    tier: int | None
    team: str
    score: Score


# Built once: every opening asks them while the person waits.
_AMONG = select(CatalogueModel.name).where(
    CatalogueModel.name.in_(bindparam("names", expanding=True)), CatalogueModel.missing_since.is_(None)
)
_WITH_BLANKS = select(CatalogueModel.name).where(CatalogueModel.name.contains(" ")).limit(1)


def names(tx: Transaction) -> list[str]:
    """The models that a registry lists now, in order."""
    return sorted(tx.session.scalars(select(CatalogueModel.name).where(_LISTED)))


def among(tx: Transaction, names: Iterable[str]) -> set[str]:
    """Those of these names that a registry lists now."""
    return set(tx.session.scalars(_AMONG, {"names": list(names)}))


def has_blanks(tx: Transaction) -> bool:
    """Whether some model's name holds a blank, as some registries allow."""
    return tx.session.scalar(_WITH_BLANKS) is not None


def spellings(tx: Transaction) -> list[Spelling]:
    """Every model, also those that no registry lists any more, by name; read again when the catalogue moved."""
    engine, now = tx.session.get_bind(), mark(tx)
    there = _spelt.get(engine)
    if there is None or there[0] != now:
        asked = select(CatalogueModel.name, CatalogueModel.title, _LISTED)
        found = [
            _spelling(name, title or name, is_listed=bool(listed)) for name, title, listed in tx.session.execute(asked)
        ]
        there = _spelt[engine] = now, sorted(found, key=lambda row: row.name)
    return there[1]


def _spelling(name: str, title: str, *, is_listed: bool) -> Spelling:
    return Spelling(name, title, is_listed, tuple(dict.fromkeys((folded(name), folded(title)))))


def titles(tx: Transaction) -> list[tuple[str, str]]:
    """(name, plain name) of every model that a registry lists now, by name; the name twice where it has no other."""
    return [(row.name, row.title) for row in _now(tx)]


def closest(
    tx: Transaction, typed: str, *, limit: int = 3, least: float = ALIKE, longest: int | None = None
) -> list[str]:
    """The names that somebody who typed this most likely meant, best first; fewer where little is alike.

    Names of more than `longest` letters are left out.
    """
    known = [(row.name, row.folded) for row in _now(tx) if longest is None or len(row.name) <= longest]
    return alike(typed, known, limit=limit, least=least)


def matching(tx: Transaction, text: str, *, limit: int = 100) -> list[tuple[str, str]]:
    """(name, plain name) of models that hold what was typed so far, for a type-ahead; all for an empty text."""
    word = folded(text)
    found = [row for row in _now(tx) if any(word in one for one in row.folded)]
    best = sorted(found, key=lambda row: (not row.folded[0].startswith(word), row.name))[:limit]
    return [(row.name, row.title) for row in best]


def _now(tx: Transaction) -> list[Spelling]:
    return [row for row in spellings(tx) if row.is_listed]


def count(tx: Transaction) -> int:
    """How many models a registry lists now."""
    return tx.session.scalar(select(func.count()).select_from(CatalogueModel).where(_LISTED)) or 0


def foremost(tx: Transaction, *, limit: int) -> list[str]:
    """The most important models, by tier and name."""
    return list(tx.session.scalars(select(CatalogueModel.name).where(_LISTED).order_by(*_BY_IMPORTANCE).limit(limit)))


def of_people(tx: Transaction, contacts: Collection[str]) -> list[str]:
    """The models that name somebody who is called one of these, by tier and name; also where people said so since."""
    wanted = set(contacts)
    if not wanted:
        return []
    words = tx.session.execute(select(OwnershipWord.model, OwnershipWord.owner).where(OwnershipWord.owner.is_not(None)))
    said = {model for model, owner in words if people.key(owner or "") in wanted}
    rows = tx.session.execute(
        select(CatalogueModel.name, CatalogueModel.contacts).where(_LISTED).order_by(*_BY_IMPORTANCE)
    )
    return [name for name, there in rows if name in said or wanted.intersection(there or ())]


def teams(tx: Transaction) -> list[tuple[str, Score]]:
    """(team as cards spell it, how well its models are documented), by the first model's name; "" for no team."""
    sums = (func.count(), func.sum(_ASKED), func.sum(_LACKED))
    rows = tx.session.execute(
        select(_TEAM, *sums).where(_LISTED).group_by(_TEAM).order_by(func.min(CatalogueModel.name))
    )
    return [(team, Score(models=models, asked=asked, lacked=lacked)) for team, models, asked, lacked in rows]


def lacking(
    tx: Transaction,
    *,
    names: Collection[str] | None = None,
    teams: Collection[str] | None = None,
    limit: int | None = None,
) -> list[Documented]:
    """The models, of all or of these names or teams, that lack something: of tiers 0 and 1 first, and then by how much.

    One that was not read since an upgrade is not among them.
    """
    model = CatalogueModel
    asked = select(model.name, model.title, model.tier, _TEAM, _ASKED, _LACKED).where(_LISTED, _LACKED > 0)
    if names is not None:
        asked = asked.where(model.name.in_(names))
    if teams is not None:
        asked = asked.where(_TEAM.in_(teams))
    percent = 100 * (_ASKED - _LACKED) // _ASKED
    order = (case((model.tier.in_([0, 1]), 0), else_=1), percent, model.name)
    return [
        Documented(name, title or name, tier, team, Score(models=1, asked=of, lacked=lacked))
        for name, title, tier, team, of, lacked in tx.session.execute(asked.order_by(*order).limit(limit))
    ]
