"""What playbooks owe a named connection: a question, or an action that was approved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from bot.effects.effect import Effect


@dataclass(frozen=True, kw_only=True)
class CallConnection(Effect):
    """Ask a check's question, read what an action would change, do it, or take it back.

    Whatever comes of it is an answer, so it is asked once for each attempt that the call counts.
    """

    incident_id: int
    call_id: int
    what: Literal["ask", "read", "act", "undo"]
    attempt: int
    priority: ClassVar[int] = 1

    @property
    def key(self) -> str:
        return f"call:{self.call_id}:{self.attempt}"
