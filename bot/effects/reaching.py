"""Finding out who is on call, and bringing in a group that somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class AskOnCall(Effect):
    """Ask a schedule who is on call now; open incidents that wait for the answer hear it."""

    contact: str
    priority: ClassVar[int] = 1

    @property
    def subject(self) -> str:
        return f"oncall:{self.contact}"


@dataclass(frozen=True, kw_only=True)
class BringInGroup(Effect):
    """Learn who is in a Slack group, once somebody has confirmed that they shall come."""

    incident_id: int
    group: str
    asked_by: str
    priority: ClassVar[int] = 2

    @property
    def key(self) -> str:
        return f"group:{self.incident_id}:{self.group}"
