"""What is owed to those whom an incident reaches through what reads what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class FindAffected(Effect):
    """Find out who is affected by a new incident, for its card and for those who own what is affected.

    Owed and not done at once: in a large catalogue it takes longer than the person who opens it should wait.
    """

    incident_id: int
    priority: ClassVar[int] = 4

    @property
    def key(self) -> str:
        return f"affected:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class UploadImpact(Effect):
    """Upload a picture of who is affected by a model or an upstream to the incident's channel."""

    incident_id: int
    name: str
    """The model or upstream, as the lineage spells it."""
    asked_by: str
    """Who is told when it cannot be done."""
    priority: ClassVar[int] = 6

    @property
    def subject(self) -> str:
        return f"impact:{self.incident_id}:{self.name}"
