"""What opening an incident owes, and the drawings of its present state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class CreateChannel(Effect):
    """Create the incident's channel, or adopt the one an earlier attempt created."""

    incident_id: int
    priority: ClassVar[int] = 0

    @property
    def key(self) -> str:
        return f"channel:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class DrawCard(Effect):
    """Post the card, or redraw it."""

    incident_id: int
    priority: ClassVar[int] = 1

    @property
    def subject(self) -> str:
        return f"card:{self.incident_id}"

    @property
    def stream(self) -> str:
        return f"top:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class PinCard(Effect):
    """Pin the card in its channel."""

    incident_id: int
    priority: ClassVar[int] = 4

    @property
    def key(self) -> str:
        return f"pin:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class Invite(Effect):
    """Bring people into the incident's channel; whoever cannot come is named in the card."""

    incident_id: int
    users: tuple[str, ...]
    priority: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class DrawAnnouncement(Effect):
    """Post the announcement for stakeholders, or redraw it. Never owed for a private incident, test or drill."""

    incident_id: int
    priority: ClassVar[int] = 2

    @property
    def subject(self) -> str:
        return f"announcement:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class DrawStep(Effect):
    """Post the message of a playbook run, or redraw it where it stands."""

    incident_id: int
    run_id: int
    priority: ClassVar[int] = 2

    @property
    def subject(self) -> str:
        return f"run:{self.run_id}"

    @property
    def stream(self) -> str:
        """Takes turns with the card, so that the first step lands below it."""
        return f"top:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class SetTopic(Effect):
    """Set the channel's topic to the present severity, status and commander."""

    incident_id: int
    priority: ClassVar[int] = 6

    @property
    def subject(self) -> str:
        return f"topic:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class SetBookmarks(Effect):
    """Add the bookmarks that are missing: model page, dashboard, runbook."""

    incident_id: int
    priority: ClassVar[int] = 6

    @property
    def subject(self) -> str:
        return f"bookmarks:{self.incident_id}"
