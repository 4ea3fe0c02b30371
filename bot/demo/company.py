"""A workspace for a rehearsal: the people and channels that the operator's own model cards name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from bot.sandbox.client import Json
from bot.sandbox.workspace import COMPANY
from playbooks.card import ModelCard
from playbooks.contacts import Contact
from playbooks.fields import FIELDS

YOU = "U00YOURSEL"
LONGEST_HANDLE = 60


def write_company(cards: Sequence[ModelCard], *, channels: Iterable[str], into: Path) -> Path:
    """A company file (JSON is YAML) with you, everybody whom the cards name, and their channels."""
    people: dict[str, Json] = {
        YOU: {"name": "you", "real_name": "You", "email": "you@example.com", "tz": "UTC", "title": "On-call engineer"}
    }
    handles, groups = {"you"}, {}
    for card in cards:
        for title, contact in _named(card):
            if contact.kind == "slack-group":
                groups[contact.value] = {"handle": contact.value.lower(), "name": contact.value, "users": [YOU]}
            elif (known := _known(people, contact)) is not None:
                people[known]["title"] = people[known]["title"] or title
            elif contact.kind in ("email", "handle", "slack-user"):
                one = _person(contact, title=title, taken=handles)
                handles.add(one["name"])
                people[_id(contact, len(people))] = one
    company = {
        "team": {"id": "T00REHEARS", "name": "Rehearsal", "url": "https://rehearsal.example.com/"},
        "bot": YAML(typ="safe", pure=True).load(COMPANY.read_text("utf-8"))["bot"],
        "people": people,
        "usergroups": groups,
        "channels": _channels(cards, channels),
    }
    into.write_text(json.dumps(company), "utf-8")
    return into


def _named(card: ModelCard) -> Iterable[tuple[str, Contact]]:
    """Everybody on a card, with what they are there."""
    for spec in FIELDS:
        if spec.kind not in ("person", "people"):
            continue
        for key in sorted(card.facts):
            if spec.covers(key):
                team = f" {key.removeprefix(spec.key[:-1])}" if spec.is_pattern else ""
                yield from ((f"{spec.title}{team} of {card.title}", contact) for contact in card.contacts(key))


def _known(people: dict[str, Json], contact: Contact) -> str | None:
    for user_id, one in people.items():
        if contact.value in (user_id, one["email"]) or (contact.kind == "handle" and contact.value == one["name"]):
            return user_id
    return None


def _person(contact: Contact, *, title: str, taken: set[str]) -> Json:
    local = contact.value.split("@")[0].lower() if contact.kind != "slack-user" else contact.value.lower()
    name, number = local[:LONGEST_HANDLE], 1
    while name in taken:
        number += 1
        name = f"{local[:LONGEST_HANDLE]}{number}"
    label = contact.label if contact.kind == "email" and "@" not in contact.label else ""
    real = label or " ".join(part.capitalize() for part in local.replace("_", ".").replace("-", ".").split(".") if part)
    email = contact.value if contact.kind == "email" else f"{name}@example.com"
    return {"name": name, "real_name": real or name, "email": email, "tz": "UTC", "title": title}


def _id(contact: Contact, number: int) -> str:
    return contact.value if contact.kind == "slack-user" else f"U{number:03}REHEARS"


def _channels(cards: Sequence[ModelCard], named: Iterable[str]) -> Json:
    """#general, the bot's own, and those of the cards. Nobody but you is in those of the cards."""
    found: Json = {"C01GENERAL": {"name": "general", "members": "everyone", "bot": True, "general": True}}
    for place in [*named, *(card.text("channel") or "" for card in cards)]:
        name = place.strip().removeprefix("#").lower()
        if name and name not in {one["name"] for one in found.values()}:
            ours = place in named
            members = "everyone" if ours else [YOU]
            found[f"C{len(found) + 1:03}REHEARS"] = {"name": name, "members": members, "bot": ours}
    return found
