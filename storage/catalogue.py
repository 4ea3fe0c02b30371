"""The local catalogue of models: the last known card of each, merged from the registries, read without a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select, update

from playbooks.alike import folded
from playbooks.card import Fact, ModelCard, from_json, merge, to_json
from playbooks.components import contradicted
from playbooks.fields import field_for
from playbooks.scores import score_of
from storage import listing, ownership, people, registries
from storage.models import CatalogueModel
from storage.models import Contact as ContactRow
from storage.registries import Said
from storage.transaction import Transaction
from storage.upserts import upsert

_NEVER_IN_CONFLICT: Final = frozenset({"aliases"})
"""Each registry has aliases of its own."""
_AND: Final = ","
"""Between the registries of a fact that several of them say together: it is as old as the oldest reading of them."""
_LONGEST_OTHER: Final = 200


@dataclass(frozen=True)
class Other:
    """What another registry says of a field, where the card shows what the first one says."""

    value: str
    source: str


def card(tx: Transaction, name: str) -> ModelCard | None:
    """The last known card of the model that a person calls `name`: its name in any case, or its plain name.

    A model that no registry lists any more still has its last card; `entry` says since when it is missing.
    """
    found = entry(tx, name)
    return None if found is None else ownership.settled(tx, from_json(found.card))


def entry(tx: Transaction, name: str) -> CatalogueModel | None:
    """The catalogue's row behind `card`, with `synced_at` and `missing_since`; changing it changes nothing."""
    exact = tx.session.get(CatalogueModel, name)
    if exact is not None:
        return _as_read(tx, [exact])[0]
    word = folded(name)
    known = listing.spellings(tx)
    by_name = [row.name for row in known if row.folded[0] == word]
    by_title = [row.name for row in known if row.is_listed and row.folded[-1] == word]
    found = next(iter(by_name or (by_title if len(by_title) == 1 else [])), None)
    return None if found is None else entry(tx, found)


def conflicts(row: CatalogueModel, shown: ModelCard | None = None) -> dict[str, list[Other]]:
    """Field → what other registries say of it that is not what the card shows; `shown` has what people said of it."""
    said: Mapping[str, list[dict[str, str]]] = row.card.get("others") or {}
    found = {key: [Other(one["value"], one["source"]) for one in others] for key, others in said.items()}
    if shown is None:
        return found
    for key, fact in from_json(row.card).facts.items():
        if (instead := shown.facts.get(key)) is None or instead == fact:
            continue
        all_of = [Other(fact.text[:_LONGEST_OTHER], fact.source), *found.pop(key, [])]
        # The day of a word is newer than any that registries know; it contradicts none.
        if key == "owner" and (left := [one for one in all_of if not _is_same(key, one.value, instead, shown)]):
            found[key] = left
    return found


def _is_same(key: str, value: str, fact: Fact, card: ModelCard) -> bool:
    return _means(key, Fact(value, "", fact.as_of), card) == _means(key, fact, card)


def cards(tx: Transaction, names: Collection[str] | None = None) -> list[ModelCard]:
    """The cards of these models, or of all, that a registry lists now, by name; with what people said of their owners.

    All of ten thousand take a second: ask `storage.listing` where a few will do.
    """
    asked = select(CatalogueModel).where(CatalogueModel.missing_since.is_(None))
    if names is not None:
        asked = asked.where(CatalogueModel.name.in_(names))
    read = registries.read_times(tx)
    rows = tx.session.scalars(asked.execution_options(yield_per=200))  # of all at once, the rows alone are 100 MB
    found = [from_json(row.card) for some in rows.partitions() for row in _as_read(tx, list(some), read)]
    return ownership.all_settled(tx, sorted(found, key=lambda card: card.name))


def recipes(tx: Transaction) -> dict[str, str | None]:
    """Model → what its card was merged from; None for one that is missing, or was written by hand."""
    asked = select(CatalogueModel.name, CatalogueModel.recipe, CatalogueModel.missing_since)
    return {name: recipe if missing is None else None for name, recipe, missing in tx.session.execute(asked)}


def keep(tx: Transaction, *cards: ModelCard, now: datetime) -> None:
    """Write down what the registries together say of these models at this moment."""
    upsert(tx, CatalogueModel, _scored(tx, [(card, _row(card, to_json(card), None, now)) for card in cards]))


def keep_merged(tx: Transaction, said: Mapping[str, Sequence[Said]], *, now: datetime) -> None:
    """Write the cards of these models (model → what each registry says, the first wins), and where they disagree."""
    rows: list[tuple[ModelCard, dict[str, Any]]] = []
    for name, parts in said.items():
        card = _with_upstreams(merge(name, [one.card for one in parts]))
        data = to_json(card)
        for one in parts:
            for key, fact in one.card.facts.items():
                if fact is card.facts[key] and fact.as_of == one.as_of:
                    data["facts"][key]["registry"] = one.source
        if several := _merged_from(card, parts):
            data["facts"]["components"]["registry"] = several
        if card.facts.get("upstreams") is card.facts.get("trained_on", ...):
            data["facts"]["upstreams"] = data["facts"]["trained_on"]
        if others := _others(card, [one.card for one in parts]):
            data["others"] = others
        rows.append((card, _row(card, data, registries.recipe_of(parts), now)))
    upsert(tx, CatalogueModel, _scored(tx, rows))


def score_again(tx: Transaction, name: str) -> None:
    """Count anew what a model lacks, after somebody said something of its owner."""
    row = tx.session.get(CatalogueModel, name)
    if row is not None:
        row.lacked = score_of(ownership.settled(tx, from_json(row.card))).lacked
        tx.session.flush()


def _scored(tx: Transaction, rows: Sequence[tuple[ModelCard, dict[str, Any]]]) -> list[dict[str, Any]]:
    settled = ownership.all_settled(tx, [card for card, _ in rows])
    scores = [score_of(card) for card in settled]
    return [{**row, "asked": one.asked, "lacked": one.lacked} for (_, row), one in zip(rows, scores, strict=True)]


def _merged_from(card: ModelCard, parts: Sequence[Said]) -> str | None:
    """The registries whose components a card joins, if all of them see theirs again with every reading."""
    shown = card.facts.get("components")
    said = [(one, fact) for one in parts if (fact := one.card.fact("components")) is not None]
    if len(said) < 2 or any(fact is shown or fact.as_of != one.as_of for one, fact in said):
        return None
    return _AND.join(one.source for one, _ in said)


def _with_upstreams(card: ModelCard) -> ModelCard:
    """Where nobody names what a model reads, what it was trained on is the best that is known."""
    trained_on = card.fact("trained_on")
    if trained_on is None or card.fact("upstreams") is not None:
        return card
    return ModelCard(card.name, {**card.facts, "upstreams": trained_on})


def _row(card: ModelCard, data: dict[str, Any], recipe: str | None, now: datetime) -> dict[str, Any]:
    contacts = {people.key(one) for key in card.facts if _names_people(key) for one in card.contacts(key)}
    return {
        "name": card.name,
        "card": data,
        "synced_at": now,
        "missing_since": None,
        "title": card.title,
        "tier": card.tier,
        "team": card.text("team"),
        "contacts": sorted(contacts),
        "recipe": recipe,
    }


def _names_people(key: str) -> bool:
    return (spec := field_for(key)) is not None and spec.kind in {"person", "people"}


def _others(card: ModelCard, parts: Sequence[ModelCard]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for part in parts:
        for key, fact in part.facts.items():
            shown = card.facts[key]
            if fact is shown or not fact.says_something or key in _NEVER_IN_CONFLICT:
                continue
            if key == "components":
                if words := contradicted(card.records(key), part.records(key)):
                    said = {"value": ", ".join(words)[:_LONGEST_OTHER], "source": fact.source}
                    found.setdefault(key, []).append(said)
            elif _means(key, fact, card) != _means(key, shown, card):
                said = {"value": fact.text[:_LONGEST_OTHER], "source": fact.source}
                found.setdefault(key, []).append(said)
    return found


def _means(key: str, fact: Fact, card: ModelCard) -> object:
    """What two registries have to say alike to be of one mind: not the spelling, and not the order of a list."""
    spec, alone = field_for(key), ModelCard(card.name, {key: fact})
    if _names_people(key):
        return {people.key(one).casefold() for one in alone.contacts(key)}
    if spec is not None and spec.kind == "list":
        return {item.casefold() for item in alone.items(key)}
    return " ".join(fact.text.casefold().split())


def mark_vanished(
    tx: Transaction, vanished: Sequence[str], *, now: datetime, read: Mapping[str, datetime] | None = None
) -> None:
    """Mark these models as missing since now; their last cards stay, as old as they were when they were `read`."""
    gone = select(CatalogueModel).where(CatalogueModel.name.in_(vanished), CatalogueModel.missing_since.is_(None))
    rows = []
    for row in tx.session.scalars(gone):
        facts = {key: _frozen(fact, read or {}) for key, fact in row.card["facts"].items()}
        rows.append({"name": row.name, "card": {**row.card, "facts": facts}, "missing_since": now})
    if rows:
        tx.session.execute(update(CatalogueModel), rows)
        tx.session.expire_all()


def _frozen(fact: dict[str, Any], read: Mapping[str, datetime]) -> dict[str, Any]:
    times = [read.get(source) for source in fact.get("registry", "").split(_AND)]
    at = min((time for time in times if time), default=None) if all(times) else None
    newest = max(fact["as_of"], at.astimezone(UTC).isoformat()) if at else fact["as_of"]
    return {"value": fact["value"], "source": fact["source"], "as_of": newest}


def contacts_to_ask(tx: Transaction, *, before: datetime) -> list[str]:
    """The people on the cards of listed models whom Slack was not asked about since."""
    listed = tx.session.scalars(select(CatalogueModel.contacts).where(CatalogueModel.missing_since.is_(None)))
    named = {contact for row in listed for contact in row or () if people.can_be_asked(contact)}
    return sorted(
        named.difference(tx.session.scalars(select(ContactRow.contact).where(ContactRow.checked_at > before)))
    )


def _as_read(
    tx: Transaction, rows: list[CatalogueModel], read: Mapping[str, datetime] | None = None
) -> list[CatalogueModel]:
    """The same rows out of the session, with the time of the last reading on what every reading sees again."""
    read = registries.read_times(tx) if read is None else read
    texts = {source: at.astimezone(UTC).isoformat() for source, at in read.items()}
    for row in rows:
        tx.session.expunge(row)
        seen = set()
        for fact in row.card["facts"].values():
            if (source := fact.get("registry")) in texts:
                fact["as_of"] = max(fact["as_of"], texts[source])
                seen.add(source)
            elif source and texts.keys() >= (several := set(source.split(_AND))):
                fact["as_of"] = max(fact["as_of"], min(texts[one] for one in several))
        if row.missing_since is None:
            row.synced_at = max([row.synced_at, *(read[source] for source in seen)])
    return rows
