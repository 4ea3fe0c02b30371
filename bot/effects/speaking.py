"""Facts said to people: each carries its words, and keeps its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Blocks, Effect


@dataclass(frozen=True, kw_only=True)
class SayInIncident(Effect):
    """A fact said in the incident's channel."""

    incident_id: int
    text: str
    blocks: Blocks | None = None

    @property
    def stream(self) -> str:
        return f"incident:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class SayToStakeholders(Effect):
    """A fact said in the thread of the announcement."""

    incident_id: int
    text: str
    blocks: Blocks | None = None

    @property
    def stream(self) -> str:
        return f"announcement:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class SayInDigestChannel(Effect):
    """A fact said in the digest channel. `name` makes it said once."""

    name: str
    text: str
    blocks: Blocks | None = None

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class Tell(Effect):
    """A direct message to one person. `name`, where given, makes it said once."""

    user: str
    text: str
    blocks: Blocks | None = None
    incident_id: int | None = None
    name: str | None = None

    @property
    def key(self) -> str:
        return self.name or super().key

    @property
    def stream(self) -> str:
        return f"dm:{self.user}"


@dataclass(frozen=True, kw_only=True)
class Answer(Effect):
    """The answer to a click, shown to the person who clicked; tried once, since it may come too late to matter."""

    response_url: str
    text: str
    blocks: Blocks | None = None
    replace: bool = False
    priority: ClassVar[int] = 0


@dataclass(frozen=True, kw_only=True)
class AddReaction(Effect):
    """The receipt for something a person pinned or ticked."""

    channel: str
    ts: str
    name: str
    incident_id: int | None = None

    @property
    def stream(self) -> str:
        """Set and taken back in the order in which it was owed."""
        return f"reaction:{self.channel}:{self.ts}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class RemoveReaction(Effect):
    """Take a receipt back."""

    channel: str
    ts: str
    name: str
    incident_id: int | None = None

    @property
    def stream(self) -> str:
        """Set and taken back in the order in which it was owed."""
        return f"reaction:{self.channel}:{self.ts}:{self.name}"
