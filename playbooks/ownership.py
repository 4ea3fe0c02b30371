"""Whose a model is, as people said it last: confirmed, handed over, or nobody's any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from playbooks.card import Fact, ModelCard
from playbooks.contacts import parse_contacts
from playbooks.people import contact_key

Kind = Literal["confirmed", "handed-over", "declined"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody said of a model's owner, and what the registry said then."""

    kind: Kind
    by: str
    """Their name, as people read it."""
    at: datetime
    owner: str | None
    """Whom it was handed to, or who confirmed what only Slack knows, as a contact."""
    registry_said: str
    """The owner according to the registry at that time; empty where it named none."""
    is_old_news: bool = False
    """Whether the registry was told of it, and was read again since: what it says now is newer."""


def with_said(card: ModelCard, said: Said | None) -> ModelCard:
    """The card with what people said. Once the registry names somebody else than it did then, it is the newer word."""
    if said is None or not _holds(card.owner or "", said):
        return card
    facts = dict(card.facts)
    if said.kind == "declined":
        facts.pop("owner", None)
        return ModelCard(card.name, facts)
    if said.owner:
        how = "handed over" if said.kind == "handed-over" else "confirmed"
        facts["owner"] = Fact(said.owner, f"{how} in Slack by {said.by}", said.at)
    day = said.at.date().isoformat()
    if (card.text("reviewed_at") or "")[:10] < day:
        facts["reviewed_at"] = Fact(day, f"confirmed in Slack by {said.by}", said.at)
    return ModelCard(card.name, facts)


def _holds(now: str, said: Said) -> bool:
    if said.owner and _people(now) == _people(said.owner):
        return True  # the registry has come to say the same
    return now == said.registry_said and not (said.owner and said.is_old_news)


def _people(owner: str) -> set[str]:
    return {contact_key(contact) for contact in parse_contacts(owner)}
