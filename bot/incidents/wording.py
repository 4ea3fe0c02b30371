"""How an incident and the people in a text are called in words for people."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

from bot.incidents.desk import Desk
from bot.views.text import INC, channel, clean, cut, esc, one_line, typed
from storage import people
from storage.models import Incident

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def name(desk: Desk, incident: Incident) -> str:
    """INC-12 and what is wrong, not escaped."""
    return one_line(f"{INC(incident.id, desk.policy)} {incident.title}", 150)


def where(desk: Desk, incident: Incident) -> str:
    """INC-12 with a link to its channel, safe for mrkdwn."""
    if incident.channel_id is None:
        return esc(name(desk, incident), 300)
    return f"{INC(incident.id, desk.policy)} ({channel(incident.channel_id)})"


def entered(text: str | None, limit: int = 3000) -> str:
    """What somebody typed into a form, as plain text: there a < is a <, and nothing is a mark of Slack's."""
    return cut(clean(text or "").strip(), limit)


def words(desk: Desk, text: str, limit: int = 3000) -> str:
    """What somebody typed after a command or said, as plain text, with people's names in place of Slack's marks."""

    def _named(match: re.Match[str]) -> str:
        known = people.person(desk.tx, match.group(1))
        return f"@{known.name}" if known is not None else match.group(0)

    return typed(_MENTION.sub(_named, text[: limit * 4]), limit)


def kept(text: str) -> str:
    """Plain text as the timeline keeps it: in Slack's own form, where mentions are marks and the rest is escaped."""
    return html.escape(text, quote=False)


def moment(text: str) -> datetime | None:
    """A time as people write it: ISO, with UTC when they name no zone; None for anything else."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" UTC", "+00:00").replace("Z", "+00:00"))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
