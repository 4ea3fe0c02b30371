"""What we owe ourselves to find out, and what a review owes its readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class CaptureMessage(Effect):
    """Read a message that somebody marked, and put it on the timeline or among the follow-ups."""

    incident_id: int
    channel: str
    ts: str
    thread_ts: str | None
    marked_by: str
    mark: str
    """pushpin or ballot_box_with_check."""
    marked_at: str
    """ISO time."""
    priority: ClassVar[int] = 3


@dataclass(frozen=True, kw_only=True)
class LookUpPerson(Effect):
    """Learn the name, zone and state of a Slack account."""

    user: str
    priority: ClassVar[int] = 7

    @property
    def subject(self) -> str:
        return f"person:{self.user}"


@dataclass(frozen=True, kw_only=True)
class ResolveContact(Effect):
    """Find the Slack account behind a contact of the catalogue."""

    contact: str
    priority: ClassVar[int] = 8

    @property
    def subject(self) -> str:
        return f"contact:{self.contact}"


@dataclass(frozen=True, kw_only=True)
class UploadReview(Effect):
    """Upload the review as it now stands to the incident's channel."""

    incident_id: int
    revision: str
    """The draft's time, so that each redrawing is uploaded once."""

    @property
    def key(self) -> str:
        return f"review:{self.incident_id}:{self.revision}"

    @property
    def stream(self) -> str:
        return f"incident:{self.incident_id}"


@dataclass(frozen=True, kw_only=True)
class DrawReview(Effect):
    """Post the message with the review's state and buttons, or redraw it."""

    incident_id: int

    @property
    def subject(self) -> str:
        return f"review:{self.incident_id}"
