"""People whom a card names and who of them is on call, as `who` and `models` show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.views.text import UNKNOWN, ago, esc, one_line, person, when


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody whom a card names: how to show them, and why they cannot be reached."""

    label: str
    """As the registry writes it, without raw ids."""
    user_id: str | None = None
    problem: str | None = None

    @property
    def text(self) -> str:
        """A mention where Slack knows them, else the name with what is wrong."""
        if self.user_id is not None and self.problem is None:
            return person(self.user_id)
        return esc(self.label, 200) + (f" ({esc(self.problem, 200)})" if self.problem else "")


@dataclass(frozen=True, kw_only=True)
class OnCall:
    """Who is on call now for one contact of the field, and what said so."""

    named: Named
    source: str = ""
    """The schedule; empty where the card names a person."""
    until: datetime | None = None
    answered_at: datetime | None = None
    """When the schedule said so, where it has to be asked."""
    since_then: str | None = None
    """Why it could not be asked again."""
    is_unknown: bool = False

    def said(self, now: datetime) -> str:
        """Who, until when, and where that was read how long ago."""
        if self.is_unknown:
            why = esc((self.named.problem or "").rstrip("."), 400)
            return f"{UNKNOWN}: {esc(self.named.label, 200)} {why}"
        until = f" until {when(self.until)}" if self.until is not None else ""
        read = [esc(one_line(self.source, 150), 200)] if self.source else []
        read += [f"said {ago(self.answered_at, now)}"] if self.answered_at is not None else []
        read += [f"since then: {esc(self.since_then.rstrip('.'), 300)}"] if self.since_then else []
        return f"{self.named.text}{until}" + (f" ({', '.join(read)})" if read else "")
