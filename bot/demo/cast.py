"""Who plays in a rehearsal: a person for each contact on the operator's model cards, in whatever form it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.sandbox.client import Json
from playbooks.card import ModelCard
from playbooks.contacts import Contact
from playbooks.fields import FIELDS, field_for, field_title

YOU = "U00YOURSEL"
LONGEST_HANDLE = 60
LONGEST_TITLE = 120
_HANDLE = re.compile(r"[\w.-]+")
_EVERYBODY = frozenset({"here", "channel", "everyone"})
_FIRST = "Robin Alexis Noa Kai Sasha Jules Mika Charlie Ariel Toni Dana Remi Luca Kim Andrea Jona Sam Nikita Bo Eden"
_LAST = "Berg Costa Duval Engel Farkas Grant Hoshi Ivanov Jansen Kovac Lund Moreno Novak Okoye Petit Quinn Rossi Sato"


@dataclass
class Cast:
    """The people of the workspace by their ids, and its groups."""

    people: dict[str, Json]
    groups: dict[str, Json] = field(default_factory=dict)
    behind: dict[tuple[str, str], str] = field(default_factory=dict)
    """Kind and value of a contact → who it is."""

    def of(self, cards: Iterable[ModelCard]) -> list[str]:
        """Who is named on these cards, each once."""
        named = [self.behind.get(_key(contact)) for contact, _ in mentions(list(cards))]
        return list(dict.fromkeys(user_id for user_id in named if user_id is not None))


def choose_cast(cards: Sequence[ModelCard], *, zone: str, taken: Iterable[str] = ()) -> Cast:
    """You, whose clock is in `zone`, and a person for each contact that can be one. `taken` ids are the bot's."""
    you = {"name": "you", "real_name": "You", "email": "you@rehearsal.example.com"}
    cast = Cast(people={YOU: {**you, "tz": zone, "title": "On call"}})
    named = mentions(cards)
    contacts: dict[tuple[str, str], Contact] = {}
    for contact, part in named:
        key = _key(contact)
        if contact.kind == "slack-group":
            cast.groups.setdefault(contact.value, {"handle": _handle(part), "name": part[:80], "users": [YOU]})
        elif key not in contacts or ("@" in contacts[key].label and "@" not in contact.label):
            contacts[key] = contact  # where somebody wrote the name too, that is what they are called
    # Who has an address or an id comes first: a handle may be the handle of one of them.
    for key, contact in sorted(contacts.items(), key=lambda one: one[1].kind == "handle"):
        if contact.value not in taken and (user_id := _find_or_add(cast, contact)) is not None:
            cast.behind[key] = user_id
    _give_titles(cast, named)
    return cast


def _give_titles(cast: Cast, named: Sequence[tuple[Contact, str]]) -> None:
    """What each is, and for whom they stand in where the card says no name."""
    parts: dict[str, list[str]] = {}
    for contact, part in named:
        if (user_id := cast.behind.get(_key(contact))) is not None and user_id != YOU:
            parts.setdefault(user_id, []).append(part)
    slack_ids = {user_id for (kind, _), user_id in cast.behind.items() if kind == "slack-user"}
    for user_id, theirs in parts.items():
        more = len(set(theirs)) - 1
        stands_for = f"slack:{user_id} · " if user_id in slack_ids else ""
        title = f"{stands_for}{theirs[0]}" + (f" and {more} more" if more else "")
        cast.people[user_id]["title"] = title[:LONGEST_TITLE]


def mentions(cards: Sequence[ModelCard]) -> list[tuple[Contact, str]]:
    """Everybody on the cards with the part they have there, owners first."""
    order = [spec.key for spec in FIELDS]
    known = {key: spec for card in cards for key in card.facts if (spec := field_for(key)) is not None}
    keys = [key for key, spec in known.items() if spec.kind in ("person", "people")]
    keys.sort(key=lambda key: (order.index(known[key].key), key))
    return [
        (contact, f"{field_title(key)} of {card.title}")
        for key in keys
        for card in cards
        for contact in card.contacts(key)
    ]


def _key(contact: Contact) -> tuple[str, str]:
    return contact.kind, contact.value.lower() if contact.kind == "handle" else contact.value


def _find_or_add(cast: Cast, contact: Contact) -> str | None:
    """Who this is; None for somebody whom Slack could not find either."""
    if contact.kind == "handle":
        handle = contact.value.lower()
        if not _HANDLE.fullmatch(handle) or handle in _EVERYBODY:
            return None
        there = next((user_id for user_id, one in cast.people.items() if one["name"] == handle), None)
        return there or _add(cast, handle=handle, name=_spoken(handle))
    if contact.kind == "email":
        local = contact.value.split("@")[0]
        name = contact.label if "@" not in contact.label else _spoken(local)
        return _add(cast, handle=_free(cast, _handle(local)), name=name, email=contact.value)
    if contact.kind == "slack-user":
        if contact.value in cast.people:
            return contact.value
        name = _made_up(len(cast.people))
        return _add(cast, handle=_free(cast, _handle(name)), name=name, user_id=contact.value)
    return None


def _add(cast: Cast, *, handle: str, name: str, email: str = "", user_id: str = "") -> str:
    number = len(cast.people)
    if any(one["real_name"] == name for one in cast.people.values()):
        name = f"{name} ({handle})"  # whom you act as is chosen by name
    user_id = user_id or f"U{number:04}REHEARS"
    email = email or f"{handle}@rehearsal.example.com"
    cast.people[user_id] = {"name": handle, "real_name": name[:80], "email": email, "tz": "UTC", "title": ""}
    return user_id


def _handle(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text.lower()).strip("-._")[:LONGEST_HANDLE] or "somebody"


def _free(cast: Cast, handle: str) -> str:
    taken = {one["name"] for one in cast.people.values()}
    return next(name for n in range(1, len(taken) + 2) if (name := f"{handle}{n if n > 1 else ''}") not in taken)


def _spoken(handle: str) -> str:
    """max.m → Max M"""
    return " ".join(part.capitalize() for part in re.split(r"[\W_]+", handle) if part) or handle


def _made_up(number: int) -> str:
    """A name for somebody of whom the card says only an id; the same at each rehearsal."""
    first, last = _FIRST.split(), _LAST.split()
    return f"{first[number % len(first)]} {last[(number + number // len(first)) % len(last)]}"
