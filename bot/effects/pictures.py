"""Pictures that a channel is owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class UploadPicture(Effect):
    """Upload a picture of a playbook run, with the path taken so far, to the incident's channel.

    It shows the state at delivery, so of several that wait for the same run one is enough.
    """

    incident_id: int
    run_id: int
    asked_by: str
    """Who is told when it cannot be done."""
    priority: ClassVar[int] = 6

    @property
    def subject(self) -> str:
        return f"picture:{self.run_id}"
