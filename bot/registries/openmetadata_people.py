"""Who owns a model in OpenMetadata: people, or teams with their members, and where to write to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from bot.registries.calls import MOST_PAGES, Calls, NotAllowed, NotThere
from bot.registries.drafts import Draft, person
from bot.registries.shapes import Shape, listed

MOST_MEMBERS: Final = 10
"""People of one owning team who are invited; a larger team is named, and nobody of it is."""
_PAGE: Final = 500


class People:
    """Teams by id and people's addresses by id, each looked up once in a reading."""

    def __init__(self, calls: Calls, odd: list[str]) -> None:
        self._calls, self._odd = calls, odd
        self._teams: dict[str, list[Shape]] = {}
        self._emails: dict[str, str] = {}
        self.problem: str | None = None

    def fetch(self, owners: Sequence[Shape]) -> None:
        """Look up all owners. Where the bot's account may not, they stay names, and `problem` says so."""
        try:
            for team in dict.fromkeys(owner.at("id").exact() for owner in owners if _is_team(owner)):
                if team:
                    self._teams[team] = self._members(team)
            members = [one for some in self._teams.values() if len(some) <= MOST_MEMBERS for one in some]
            people = {one.at("id").exact() for one in [*owners, *members] if not _is_team(one)} - {""}
            if people:
                self._find(people)
        except NotAllowed as refused:
            self.problem = f"Owners are shown without their addresses. {refused}"

    def say_owner(self, draft: Draft, owners: Sequence[Shape]) -> None:
        """Owner and team of a model. A large team, and people without an address, are named and not reached."""
        people = [self._contact(owner) for owner in owners if not _is_team(owner)]
        draft.say("owner", [one for one in people if one], "openmetadata owner")
        for team in [owner for owner in owners if _is_team(owner)][:1]:
            title = _title(team)
            draft.say("team", title, "openmetadata owner")
            members = self._teams.get(team.at("id").exact(), [])
            found = [self._contact(one) for one in members] if len(members) <= MOST_MEMBERS else []
            reached = [contact for contact in found if "@" in contact]
            draft.say("owner", reached or [person(title, "")], f"openmetadata team {title}")

    def _contact(self, ref: Shape) -> str:
        return person(_title(ref), self._emails.get(ref.at("id").exact(), ""))

    def _members(self, team: str) -> list[Shape]:
        try:
            answer = self._calls.get(f"teams/{quote(team, safe='')}", {"fields": "users"})
        except NotThere:
            return []
        rows = Shape(answer, "team", self._odd).at("users").rows()
        return [row for row in rows if row.at("deleted").value is not True]

    def _find(self, wanted: set[str]) -> None:
        asked = {"limit": str(_PAGE), "isBot": "false"}
        for _ in range(MOST_PAGES):
            answer = Shape(self._calls.get("users", asked), "users", self._odd)
            for user in listed(answer, self._calls, "data"):
                email = user.at("email").text()
                # An address that may not be seen comes with stars in it.
                if (one := user.at("id").exact()) in wanted and "*" not in email:
                    self._emails[one] = email
                wanted.discard(one)
            after = answer.at("paging", "after").exact()
            if not after or not wanted:
                return
            asked["after"] = after
        raise self._calls.endless()


def _is_team(owner: Shape) -> bool:
    return owner.at("type").text() == "team"


def _title(ref: Shape) -> str:
    return ref.at("displayName").text() or ref.at("name").text()
