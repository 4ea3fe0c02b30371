"""Who owns a component of Backstage: a person, or a group with its members and their e-mail addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.registries.calls import Calls, NotAllowed
from bot.registries.drafts import Draft, person
from bot.registries.shapes import Shape

MOST_MEMBERS: Final = 10
"""People of one owning group who are invited; a larger group is named, and nobody of it is."""
_AT_ONCE: Final = 100
_WANTED: Final = [
    *("kind", "metadata.name", "metadata.namespace", "metadata.title"),
    *("spec.profile.displayName", "spec.profile.email", "spec.type", "relations"),
]


def related(entity: Shape, kind: str) -> list[str]:
    """The entities that one names in its relations of a kind, as `kind:namespace/name`."""
    rows = [row for row in entity.at("relations").rows() if row.at("type").text() == kind]
    return list(dict.fromkeys(ref for row in rows if (ref := row.at("targetRef").text())))


def kind_of(ref: str) -> str:
    """`group` of `group:default/search-ranking`."""
    return ref.partition(":")[0].lower()


def short(ref: str) -> str:
    """A reference as people write it: no default namespace, and components by their name alone."""
    kind, _, rest = ref.rpartition(":")
    name = rest.removeprefix("default/")
    return name if kind.lower() in {"", "component"} else f"{kind}:{name}"


class Directory:
    """Entities by reference, each asked for once in a reading and many at a time."""

    def __init__(self, calls: Calls, odd: list[str]) -> None:
        self._calls, self._odd = calls, odd
        self._known: dict[str, Shape | None] = {}
        self.problem: str | None = None

    def fetch(self, refs: Iterable[str]) -> None:
        """Look up what is not known yet. Where the bot's account may not, they stay unknown, and `problem` says so."""
        wanted = [ref for ref in dict.fromkeys(refs) if ref not in self._known]
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            self._known.update(dict.fromkeys(some))
            try:
                answer = self._calls.post("entities/by-refs", {"entityRefs": some, "fields": _WANTED})
            except NotAllowed as refused:
                self.problem = f"Owners are shown without their members, and APIs without who calls them. {refused}"
                return
            found = Shape(answer, odd=self._odd).at("items")
            for at, ref in enumerate(some):
                item = found.value[at] if isinstance(found.value, list) and at < len(found.value) else None
                self._known[ref] = Shape(item, f"items[{at}]", self._odd) if item is not None else None
            if not isinstance(found.value, list):
                found.missed()

    def get(self, ref: str) -> Shape | None:
        """What was found, or None."""
        return self._known.get(ref)

    def say_owner(self, draft: Draft, refs: list[str]) -> None:
        """Owner and team of a model. A large group, and people without an address, are named and not reached."""
        groups = [ref for ref in refs if kind_of(ref) == "group"]
        for ref in groups[:1]:
            draft.say("team", self._title(ref), "backstage owner")
        draft.say("owner", self._contacts([ref for ref in refs if kind_of(ref) == "user"]), "backstage owner")
        for ref in groups[:1]:
            members = self.members(ref)
            found = self._contacts(members) if len(members) <= MOST_MEMBERS else []
            reached = [contact for contact in found if "@" in contact]
            draft.say("owner", reached or [f"backstage:{ref}"], f"backstage group {short(ref).removeprefix('group:')}")

    def members(self, ref: str) -> list[str]:
        """The people of a group."""
        group = self._known.get(ref)
        return related(group, "hasMember") if group is not None else []

    def _contacts(self, refs: list[str]) -> list[str]:
        said = []
        for ref in refs:
            user = self._known.get(ref)
            profile = user.at("spec", "profile") if user is not None else Shape(None)
            email = profile.at("email").text()
            said.append(person(profile.at("displayName").text(), email) if email else f"backstage:{ref}")
        return said

    def _title(self, ref: str) -> str:
        group = self._known.get(ref)
        if group is None:
            return short(ref).removeprefix("group:")
        titles = (group.at("spec", "profile", "displayName").text(), group.at("metadata", "title").text())
        return next((title for title in titles if title), short(ref).removeprefix("group:"))
