"""The announcement of an incident: one message in the announce channel for those who only want to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.views.blocks import actions, header
from bot.views.ids import Joining
from bot.views.lists import Brief, headline
from bot.views.text import INC, UNKNOWN, Block, button, channel, cut, esc, one_line, person, section, when
from playbooks.lifecycle import Status
from playbooks.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Announced:
    """What stakeholders read."""

    brief: Brief
    purpose: str | None
    impact: str | None
    commander: str | None
    """Slack user id."""
    ended_by: str | None
    over_since: datetime | None
    next_update_at: datetime | None


def announcement(said: Announced, policy: Policy) -> tuple[str, list[Block]]:
    """(text, blocks) of the announcement."""
    brief = said.brief
    title = esc(one_line(brief.title, 300), 600)
    model = esc(one_line(brief.model, 100), 200)
    purpose = f": {esc(one_line(said.purpose, 300), 500)}" if said.purpose else ""
    impact = esc(one_line(said.impact, 500), 800) if said.impact else UNKNOWN
    leads = person(said.commander) if said.commander else "nobody yet"
    fields = [
        f"*Impact*\n{impact}",
        f"*Who leads*\n{leads}",
        f"*Since*\n{when(brief.declared_at)}",
        f"*Channel*\n{channel(brief.channel_id, 'being created')}",
    ]
    last = _last(said)
    fields += [f"*{word}*\n{value}" for word, value in last.items()]
    blocks = [
        header(headline(brief, policy)),
        section(f"*{title}*\n{model}{purpose}"),
        section(fields=fields),
    ]
    if brief.status.is_open:
        number = INC(brief.number, policy)
        blocks.append(actions(button("Join", Joining.JOIN, str(brief.number), label=f"Join the channel of {number}")))
    text = (
        f"{headline(brief, policy)}: {title}. Model {model}{purpose}. Impact: {impact}. Who leads: {leads}. "
        f"Since {when(brief.declared_at)}. "
    )
    text += ". ".join(f"{word}: {value}" for word, value in last.items())
    return cut(text, 3500), blocks


def _last(said: Announced) -> dict[str, str]:
    """What comes next, or how it ended."""
    if said.brief.status.is_open:
        return {"Next update": when(said.next_update_at) if said.next_update_at else "not promised"}
    why = "Why it was cancelled" if said.brief.status is Status.CANCELLED else "What ended it"
    ended_by = esc(one_line(said.ended_by, 300), 500) if said.ended_by else UNKNOWN
    return {"Over since": when(said.over_since), why: ended_by}
