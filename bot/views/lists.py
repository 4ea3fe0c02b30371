"""Incidents in a list, the tray of actions that make sense now, and the answer in a wrong channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.views.blocks import actions, context
from bot.views.ids import Card, FollowUps, Lists, Opening, Statuses
from bot.views.text import INC, Block, button, channel, esc, one_line, section, when
from playbooks.lifecycle import Severity, Status
from playbooks.policy import Policy

MOST_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What names an incident wherever it is mentioned."""

    number: int
    title: str
    model: str
    """As people call it."""
    severity: Severity
    status: Status
    kind: str
    private: bool
    channel_id: str | None
    opened_by: str
    declared_at: datetime
    no_channel: str | None = None
    """Why no channel could be created; None while there is one, or may still be."""


def headline(incident: Brief, policy: Policy) -> str:
    """`SEV2 · INC-12 · investigating`, with what sets it apart."""
    words = [incident.severity.label, INC(incident.number, policy), incident.status.value]
    if incident.kind != "real":
        words.append(incident.kind.upper())
    if incident.private:
        words.append("private")
    return " · ".join(words)


def no_channel(incident: Brief) -> str:
    """What became of the opening, and what to do; empty unless it gave up."""
    if incident.no_channel is None:
        return ""
    why = esc(one_line(incident.no_channel, 300), 500)
    return (
        f"Its channel could not be created: {why}. Ask whoever operates the bot to mend that and then run "
        "`ml-incident outbox retry --all`; everything else follows by itself."
    )


def line(incident: Brief, policy: Policy) -> str:
    """One incident on two lines of mrkdwn."""
    where = channel(incident.channel_id, "no channel" if incident.no_channel is not None else "channel being created")
    what = esc(one_line(incident.title, 120), 200)
    said = (
        f"*{headline(incident, policy)}* · {esc(incident.model, 100)}\n{what} · {where} · {when(incident.declared_at)}"
    )
    return f"{said}\n:warning: {no_channel(incident)}" if incident.no_channel is not None else said


def listing(title: str, found: Sequence[Brief], policy: Policy, *, more: bool, empty: str) -> tuple[str, list[Block]]:
    """(text, blocks) of a list of incidents."""
    if not found:
        return empty, [section(empty)]
    shown = found[:MOST_SHOWN]
    text = f"{title}: " + "; ".join(
        f"{headline(one, policy)} {one_line(one.model, 60)}: {one_line(one.title, 80)}"
        + (" (no channel could be created)" if one.no_channel is not None else "")
        for one in shown
    )
    blocks = [section(f"*{esc(title, 200)}*"), *(section(line(one, policy)) for one in shown)]
    if more:
        blocks.append(context("There are more; `/ml-incident search <words>` finds one."))
    return esc(text, 3900), blocks


def wrong_place(theirs: Sequence[Brief], policy: Policy) -> tuple[str, list[Block]]:
    """What somebody reads who typed in a channel that belongs to no incident."""
    if not theirs:
        text = (
            "This channel belongs to no incident, and you are in none that is open. "
            "Open one with `/ml-incident open`, or see `/ml-incident list`."
        )
        return text, [section(text), actions(_open(), _list())]
    text = "This channel belongs to no incident. Choose one of yours that are open:"
    blocks = [section(text), *(section(line(one, policy), accessory=_choose(one, policy)) for one in theirs)]
    names = ", ".join(f"{INC(one.number, policy)} in {channel(one.channel_id)}" for one in theirs)
    return f"{text} {names}", blocks


def _choose(incident: Brief, policy: Policy) -> Block:
    number = INC(incident.number, policy)
    return button(number, Lists.TRAY, str(incident.number), label=f"What can be done in {number}")


def _open() -> Block:
    return button("Open an incident", Opening.START, "form", style="primary")


def _list() -> Block:
    return button("Open incidents", Lists.OPEN_ONES, "open", label="List the open incidents")


def now_buttons(incident: Brief) -> list[Block]:
    """What can be done in this status, as buttons."""
    ident = str(incident.number)
    if incident.status.is_open:
        return [
            button("Update", Card.UPDATE, ident, label="Write an update for stakeholders"),
            button("Assign roles", Card.ROLES, ident),
            button("Severity", Card.SEVERITY, ident, label="Change the severity"),
            button("Status", Card.STATUS, ident, label="Change the status"),
            button("Next step", Card.STEP, ident, label="Show the next step of the playbook"),
            button("Add to timeline", Card.NOTE, ident, label="Add a note to the timeline"),
            button("Resolve", Card.RESOLVE, ident, label="Resolve the incident"),
        ]
    over = [button("Add to timeline", Card.NOTE, ident, label="Add a note to the timeline")]
    if incident.status in {Status.RESOLVED, Status.CLOSED}:
        over.insert(0, button("Review", Card.REVIEW, ident, label="Show the review and what is missing in it"))
    if incident.status is not Status.MERGED:
        over.append(button("Reopen", Card.REOPEN, ident, label="Reopen the incident"))
    return over


def tray(incident: Brief, policy: Policy, *, here: bool) -> tuple[str, list[Block]]:
    """The actions that make sense now, and where."""
    elsewhere = no_channel(incident) or f"Its channel is {channel(incident.channel_id, 'being created')}."
    where = "" if here else f" {elsewhere}"
    text = f"*{headline(incident, policy)}* {esc(one_line(incident.title), 300)}.{where}"
    more = [button("Follow-ups", FollowUps.LIST, str(incident.number), label="Show the follow-ups, or add one")]
    if incident.status in {Status.INVESTIGATING, Status.IDENTIFIED}:
        more.insert(0, button("Mitigated", Statuses.MITIGATE, str(incident.number), label="The harm has stopped"))
    return text, [section(text), actions(*now_buttons(incident), *more)]


def help_blocks(anywhere: Sequence[tuple[str, str]], in_channel: Sequence[tuple[str, str]]) -> tuple[str, list[Block]]:
    """(text, blocks) of (usage, help) pairs, those that work anywhere first."""
    parts = [
        ("Anywhere", anywhere),
        ("In an incident's channel; alone, `/ml-incident` offers what makes sense now", in_channel),
    ]
    said = [
        f"*{title}*\n" + "\n".join(f"`/ml-incident {esc(usage, 200)}` {esc(help_, 200)}" for usage, help_ in words)
        for title, words in parts
    ]
    said.append(
        "React with :pushpin: to put a message on the timeline, :ballot_box_with_check: to make it a follow-up."
    )
    return "\n\n".join(said), [section(one) for one in said]
