"""Asking the catalogue: whose a model is, what is known of it and what is not, and which models there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.incidents import on_call, owning
from bot.incidents.desk import Answer, Click, Command, Desk, Feature
from bot.incidents.lineages import upstream
from bot.incidents.people import label_of
from bot.incidents.wording import words
from bot.requests import Models, Who
from bot.views import models as views
from bot.views.blocks import context
from bot.views.ids import Catalogue
from bot.views.impact import is_read
from bot.views.owning import orphan_buttons, owner_buttons
from bot.views.text import Block, esc
from playbooks.card import ModelCard, from_json
from playbooks.contacts import Contact
from playbooks.fields import field_for, field_title
from storage import catalogue, listing, ownership, people, registries
from storage.models import CatalogueModel
from storage.transaction import Transaction

AROUND = " `'\"“”„«»"
"""What people write around a name."""
_MOST_TO_CONFIRM = 10


def who(desk: Desk, request: Who, _command: Command) -> Answer:
    """Everything about one model, or the models that may have been meant."""
    return show(desk, words(desk, request.model, 200))


def show(desk: Desk, name: str) -> Answer:
    """The same for a model that was named in another way."""
    name = name.strip(AROUND) or name
    row = catalogue.entry(desk.tx, name)
    if row is None:
        if (node := upstream(desk.tx, name)) is not None:
            text, blocks = is_read(node)
            return Answer(text=text, blocks=blocks)
        close = [(found, _title(desk.tx, found)) for found in listing.closest(desk.tx, name)]
        text, blocks = views.unknown(name, close)
        return _with_troubles(desk, Answer(text=text, blocks=blocks))
    known = _known(desk, row)
    text, blocks = views.who(known, desk.now)
    return Answer(text=text, blocks=[*blocks, *_owning(desk, known.card)])


def _owning(desk: Desk, card: ModelCard) -> list[Block]:
    """What the asker may say of whose it is."""
    if owning.owns(desk, card):
        return [owner_buttons(card.name)]
    return [orphan_buttons(card.name)] if _may_take(desk, card) else []


def _may_take(desk: Desk, card: ModelCard) -> bool:
    """Whether the owner is gone and it is for the asker to say who comes next: the lead, the backup, else anybody."""
    if not owning.is_gone(desk, card, "owner"):
        return False
    return owning.leads(desk, card) or owning.is_gone(desk, card, "owner.backup", "team.lead")


def show_clicked(desk: Desk, click: Click) -> Answer:
    """Everything about the model whose button was clicked."""
    return show(desk, click.value)


def models(desk: Desk, request: Models, _command: Command) -> Answer:
    """The models of the catalogue, the most important first, or those that the asker has to do with."""
    theirs = {*people.contacts_of(desk.tx, desk.by), f"slack:{desk.by}"}
    if request.mine:
        theirs |= on_call.held_by(desk.tx, theirs, desk.now)
        cards = [card for card in _foremost(desk, listing.of_people(desk.tx, theirs)) if _to_them(card, theirs)]
        first, total, rest = cards[: views.MOST_SHOWN], len(cards), [card.name for card in cards[views.MOST_SHOWN :]]
    else:
        first = _foremost(desk, listing.foremost(desk.tx, limit=views.MOST_SHOWN))
        total, rest = listing.count(desk.tx), []
    if not first:
        return _with_troubles(desk, Answer(text=_nothing(mine=request.mine)))
    owners = _people(desk.tx, [contact for card in first for contact in card.contacts("owner")])
    shown = [
        views.Known(
            card=card,
            named={"owner": tuple(owners[contact] for contact in card.contacts("owner"))},
            synced_at=desk.now,
            mine=_to_them(card, theirs),
        )
        for card in first
    ]
    buttons = {card.name: row for card in first if request.mine for row in _owning(desk, card)}
    text, blocks = views.listing(
        shown,
        total=total,
        mine=request.mine,
        troubles=_troubles(desk.tx),
        buttons=dict(list(buttons.items())[:_MOST_TO_CONFIRM]),
        rest=rest,
    )
    return Answer(text=text, blocks=blocks)


def _foremost(desk: Desk, names: Sequence[str]) -> list[ModelCard]:
    cards = {card.name: card for card in catalogue.cards(desk.tx, names)}
    return [cards[name] for name in names if name in cards]


def _nothing(*, mine: bool) -> str:
    if mine:
        return "No model names you as owner, backup, lead or point of contact. `/ml-incident models` lists all."
    return (
        "The catalogue is empty: no registry has listed a model yet. Whoever runs this bot can see why with "
        "`ml-incident registry sync`."
    )


def _with_troubles(desk: Desk, answer: Answer) -> Answer:
    said = [esc(trouble, 500) for trouble in _troubles(desk.tx)]
    if not said:
        return answer
    blocks = answer.blocks
    if blocks is not None:
        blocks = [*blocks, context(*said[:10])]
    return Answer(text="\n".join([answer.text, *said]), blocks=blocks)


def _known(desk: Desk, row: CatalogueModel) -> views.Known:
    card = ownership.settled(desk.tx, from_json(row.card))
    on_duty = on_call.known(desk.tx, card.contacts(on_call.KEY), desk.now)
    named = _people(
        desk.tx,
        [
            *(contact for key in _people_fields(card) for contact in card.contacts(key)),
            *(one.contact for one in on_duty),
        ],
    )
    return views.Known(
        card=card,
        named={key: tuple(named[contact] for contact in card.contacts(key)) for key in _people_fields(card)},
        on_call=tuple(_on_duty(one, named[one.contact]) for one in on_duty),
        others={key: [(one.value, one.source) for one in said] for key, said in catalogue.conflicts(row, card).items()},
        declined=_declined(desk.tx, card),
        synced_at=row.synced_at,
        missing_since=row.missing_since,
        troubles=_troubles(desk.tx),
    )


def _declined(tx: Transaction, card: ModelCard) -> tuple[str, datetime, str | None] | None:
    word = ownership.last(tx, card.name) if card.owner is None else None
    return (word.said_by_name, word.at, word.reason) if word is not None and word.kind == "declined" else None


def _people_fields(card: ModelCard) -> list[str]:
    return [key for key in card.facts if (spec := field_for(key)) is not None and spec.kind in {"person", "people"}]


def _to_them(card: ModelCard, theirs: set[str]) -> tuple[str, ...]:
    """What somebody with these contacts, and whose turn it is in these schedules, is to the model: Owner, On call …"""
    said = []
    for key in _people_fields(card):
        named = [contact for contact in card.contacts(key) if people.key(contact) in theirs]
        if named and (key == on_call.KEY or not all(contact.is_schedule for contact in named)):
            now = " now" if all(contact.is_schedule for contact in named) else ""
            said.append(field_title(key) + now)
    return tuple(said)


def _people(tx: Transaction, contacts: Sequence[Contact]) -> dict[Contact, views.Named]:
    """How to show each of these, with one look at the database, and one more for each that is written as an id."""
    contacts = list(dict.fromkeys(contacts))
    found = people.who_are(tx, contacts)
    return {
        contact: views.Named(label=label_of(tx, contact, user_id), user_id=user_id, problem=problem)
        for contact, (user_id, problem) in zip(contacts, found, strict=True)
    }


def _on_duty(found: on_call.Named, named: views.Named) -> views.OnCall:
    is_unknown = found.problem is not None
    return views.OnCall(
        named=views.Named(label=found.contact.label, problem=found.problem) if is_unknown else named,
        source=found.source,
        until=found.until,
        answered_at=found.answered_at,
        since_then=found.since_then,
        is_unknown=is_unknown,
    )


def _troubles(tx: Transaction) -> tuple[str, ...]:
    return tuple(f"Registry “{row.source}”: {row.problem}" for row in registries.syncs(tx) if row.problem)


def _title(tx: Transaction, name: str) -> str:
    card: ModelCard | None = catalogue.card(tx, name)
    return card.title if card is not None else name


FEATURE = Feature(commands={Who: who, Models: models}, clicks={Catalogue.WHO: show_clicked})
