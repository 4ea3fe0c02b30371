"""Whose a model is, as people said it last: confirmed, handed over, or nobody's any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from playbooks.card import Fact, ModelCard

Kind = Literal["confirmed", "handed-over", "declined"]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What somebody said of a model's owner, and what the registry said then."""

    kind: Kind
    by: str
    """Their name, as people read it."""
    at: datetime
    owner: str | None
    """Whom it was handed to, as a contact."""
    registry_said: str
    """The owner according to the registry at that time; empty where it named none."""


def with_said(card: ModelCard, said: Said | None) -> ModelCard:
    """The card with what people said. Once the registry names somebody else than it did then, it is the newer word."""
    if said is None or (card.owner or "") != said.registry_said:
        return card
    facts = dict(card.facts)
    if said.kind == "declined":
        facts.pop("owner", None)
        return ModelCard(card.name, facts)
    if said.kind == "handed-over" and said.owner:
        facts["owner"] = Fact(said.owner, f"handed over in Slack by {said.by}", said.at)
    day = said.at.date().isoformat()
    if (card.text("reviewed_at") or "")[:10] < day:
        facts["reviewed_at"] = Fact(day, f"confirmed in Slack by {said.by}", said.at)
    return ModelCard(card.name, facts)
