"""DataHub's typed owners as the people of a card."""

from __future__ import annotations

import re
from typing import Final

from bot.registries.drafts import Draft, person, team_of
from bot.registries.shapes import Shape
from playbooks.contacts import parse_contact
from playbooks.fields import FIELDS

_SYSTEM: Final = "urn:li:ownershipType:__system__"
_ROLES: Final = {
    "technical_owner": "owner",
    "dataowner": "owner",
    "developer": "owner",
    "none": "owner",
    "": "owner",
    "business_owner": "poc.product",
    "stakeholder": "stakeholders",
}
"""Types that DataHub ships, the older names too. A data steward is a team of its own: no other field means that."""
_TITLES: Final = {spec.title.lower(): spec.key for spec in FIELDS if spec.kind in {"person", "people"}}
_SLACK_ID: Final = re.compile(r"[UW][A-Z0-9]{2,}")


def say_owners(draft: Draft, owners: Shape) -> None:
    """People by the type of their ownership; groups are named, and the owning one is the team."""
    people: dict[str, list[str]] = {}
    groups: dict[str, list[Shape]] = {}
    for row in owners.rows():
        owner, key = row.at("owner"), _key(row)
        if not isinstance(owner.value, dict):
            owner.missed()
        elif owner.at("username").value is not None:
            people.setdefault(key, []).append(_contact(owner))
        else:
            groups.setdefault(key, []).append(owner)
    for key, contacts in people.items():
        draft.say(key, contacts, "datahub owner")
    for key, some in groups.items():
        titles = [person(_title(group), "") for group in some]
        if key == "owner":
            draft.say("team", next((title for title in titles if title), ""), "datahub owner")
            channel = next((said for group in some if (said := group.at("properties", "slack").text())), "")
            draft.say("channel", channel if channel.startswith("#") else "", "datahub group")
        draft.say(key, titles, "datahub group")


def _key(row: Shape) -> str:
    """The field for a type of ownership: that of a custom type is called like the type."""
    kind = row.at("ownershipType")
    urn, title = kind.at("urn").exact(), kind.at("info", "name").text()
    role = urn.removeprefix(_SYSTEM) if urn.startswith(_SYSTEM) else title or row.at("type").text()
    found = _ROLES.get(role.lower()) or _TITLES.get(role.lower())
    slug = team_of(role)
    return found or (f"poc.{slug}" if slug else "owner")


def _contact(user: Shape) -> str:
    name = user.at("editableProperties", "displayName").text() or user.at("properties", "displayName").text()
    username = user.at("username").text()
    for place in ("properties", "editableProperties"):
        if parse_contact(email := user.at(place, "email").text()).kind == "email":
            return person(name, email)
    slack = user.at("editableProperties", "slack").text().removeprefix("@")
    if _SLACK_ID.fullmatch(slack):
        return f"slack:{slack}"
    if slack and not re.search(r"[\s@,<>]", slack):
        return f"@{slack}"
    return person(name, username) or person(username, "")


def _title(group: Shape) -> str:
    return group.at("properties", "displayName").text() or group.at("name").text()
