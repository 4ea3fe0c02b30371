"""A model card while a registry is being read: what each place says, cleaned; the first that says something stays."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bot.registries.protocol import Reading
from bot.registries.shapes import one_line
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.contacts import parse_contact
from playbooks.fields import POC_TEAMS, field_for

MOST: Final = 100
"""Items of one list that are kept."""
_KEY: Final = re.compile(r"[a-z_]+(\.[a-z0-9][a-z0-9-]{0,30})?")
_LINKS: Final = {
    "runbook": {"runbook"},
    "dashboard": {"dashboard"},
    "flow": {"flow", "lineage"},
    "docs": {"docs", "documentation"},
}


def known_key(text: str, prefix: str = "") -> str | None:
    """The field that a tag or property stands for, or None: most of them are about something else."""
    if not text.startswith(prefix):
        return None
    key = text.removeprefix(prefix)
    spec = field_for(key) if _KEY.fullmatch(key) else None
    return key if spec is not None and spec.kind != "records" else None


def person(name: str, email: str) -> str:
    """Somebody as a contact: `Ana Moreau <ana@example.com>`, or the half of it that is there."""
    label = " ".join(re.sub(r"[,<>@\"|]", " ", name).split())[:120]
    address = one_line(email)
    if parse_contact(address).kind != "email":
        return label
    return f"{label} <{address}>" if label and label.lower() != address.lower() else address


def team_of(role: str) -> str:
    """A role's name as the last part of `poc.…`; the usual teams are known by key and by title."""
    slug = re.sub(r"[^a-z0-9]+", "-", role.lower()).strip("-")[:31].strip("-")
    titled = {re.sub(r"[^a-z0-9]+", "-", title.lower()): team for team, title in POC_TEAMS.items()}
    return titled.get(slug, slug)


def link(text: str) -> str:
    """A web address that may be shown; empty for anything else, a password in it above all."""
    said = one_line(text)
    try:
        parts = urlsplit(said)
        shown = parts.scheme in {"http", "https"} and parts.hostname and not (parts.username or parts.password)
    except ValueError:
        return ""
    return said if shown and " " not in said else ""


@dataclass
class Draft:
    """The card of one model, being written."""

    name: str
    now: datetime
    identity: str = ""
    """What tells it from another model of the same name, where names are not enough."""
    facts: dict[str, Fact] = field(default_factory=dict)

    def say(self, key: str, value: str | Sequence[str], source: str) -> None:
        """Add a fact unless it says nothing, or another place has said it."""
        said: FactValue = self._worth(key, value) if isinstance(value, str) else self._several(value)
        if said and key not in self.facts:
            # the same few sources, a hundred thousand times
            self.facts[key] = Fact(said, sys.intern(one_line(source)[:120]), self.now)

    def add(self, key: str, values: Iterable[str], source: str) -> None:
        """Add to a list, each item once."""
        before = self.facts.pop(key, None)
        kept = before.value if before is not None and isinstance(before.value, list) else []
        items = [item for item in kept if isinstance(item, str)]
        self.say(key, [*items, *values], before.source if before is not None else source)

    def link(self, title: str, address: str, source: str) -> None:
        """File a link under the field that its title names; a title that names none is left out."""
        words = set(re.findall(r"[a-z]+", title.lower()))
        for key, names in _LINKS.items():
            if words & names:
                self.say(key, link(address), source)
                return

    def card(self) -> ModelCard:
        """What is known."""
        return ModelCard(one_line(self.name), self.facts)

    def _worth(self, key: str, value: str) -> str:
        said, spec = one_line(value), field_for(key)
        has_secret = spec is not None and spec.kind == "link" and "://" in said and "@" in said and not link(said)
        return "" if has_secret else said

    def _several(self, values: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(said for value in values if (said := one_line(value))))[:MOST]


def reading(
    place: str, drafts: Sequence[Draft], problems: Iterable[str | None], *, unreadable: Iterable[str] = ()
) -> Reading:
    """All cards; of two models with one name neither is used, for nobody can say which one is meant."""
    # The same model may be on two pages, when another was added between them.
    cards = [draft.card() for draft in {(draft.name, draft.identity): draft for draft in drafts}.values()]
    twice = {name for name, count in Counter(card.name for card in cards).items() if count > 1}
    said = [problem for problem in problems if problem]
    if twice:
        listed = ", ".join(sorted(twice)[:10])
        said.append(
            f"{place} has several models of the same name ({listed}). Rename all but one of each; until then "
            "what was last known of them stays."
        )
    return Reading(
        cards=tuple(card for card in cards if card.name not in twice),
        unreadable=frozenset(twice) | {one_line(name) for name in unreadable},
        problem=" ".join(said) or None,
    )
