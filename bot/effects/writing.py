"""Telling a registry what people said in Slack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class WriteOwner(Effect):
    """Write to MLflow's tags whose a model is, as people said it last when it is written."""

    model: str
    priority: ClassVar[int] = 6
    """Nobody waits for it."""

    @property
    def subject(self) -> str:
        return f"owner-tags:{self.model}"
