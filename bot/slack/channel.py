"""The incident's channel: created or adopted, its topic, its bookmarks.

A repeat is harmless because the name is derived from the incident: when it is taken, the channel is adopted if it is
surely ours, and passed over for the next name if not. What is asked for as private is never made public.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.effects import CreateChannel, Effect, SetBookmarks, SetTopic, Tell, owe
from bot.incidents.desk import Desk
from bot.slack.errand import Errand, Learnt
from bot.slack.naming import candidates, channel_name
from bot.slack.outcomes import Later, Never, Refused
from playbooks.card import from_json
from storage import deliveries
from storage.models import Incident

LONGEST_TOPIC = 250
CLOCK_SKEW = timedelta(seconds=5)
"""Our clock and Slack's may differ by this much, and no more, for a channel to count as created after the incident."""
BAD_NAME = frozenset({"invalid_name", "invalid_name_specials", "invalid_name_punctuation", "invalid_name_required"})
BOOKMARKS = (("docs", "Model page"), ("dashboard", "Dashboard"), ("runbook", "Runbook"))


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    name: str
    last_resort: str
    private: bool
    not_before: float
    """Unix time; a channel that is older is not ours."""
    have: tuple[str, str] | None


async def create(errand: Errand[CreateChannel]) -> Learnt:
    """Learns channel_id and channel_name."""
    wanted = await errand.read(lambda desk: _wanted(desk, errand.effect.incident_id))
    if wanted.have is not None:
        return {"channel_id": wanted.have[0], "channel_name": wanted.have[1]}
    mine: dict[str, dict[str, Any]] | None = None
    unusable = ""
    for name in candidates(wanted.name, last_resort=wanted.last_resort):
        if unusable and name.startswith(unusable):
            continue
        try:
            created = await errand.slack.call("conversations.create", name=name, is_private=wanted.private)
        except Refused as no:
            if no.error in BAD_NAME and wanted.name != wanted.last_resort and not unusable:
                unusable = wanted.name
                continue
            if no.error != "name_taken":
                raise
        else:
            return _learnt(created["channel"], wanted)
        if mine is None:
            mine = await _my_channels(errand)
        if name in mine and await _is_ours(errand, mine[name], wanted):
            return _learnt(mine[name], wanted)
    raise Never("every name for the channel is taken; archive or rename old incident channels")


def _wanted(desk: Desk, incident_id: int) -> _Wanted:
    incident = _incident(desk, incident_id)
    prefix = desk.policy.channel_prefix
    have = (incident.channel_id, incident.channel_name or "") if incident.channel_id else None
    return _Wanted(
        name=channel_name(prefix=prefix, number=incident.id, model=incident.model, title=incident.title),
        last_resort=f"{prefix}-{incident.id}",
        private=incident.private,
        not_before=(incident.declared_at - CLOCK_SKEW).timestamp(),
        have=have,
    )


async def _my_channels(errand: Errand[CreateChannel]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    kinds = "public_channel,private_channel"
    async for page in errand.slack.pages("users.conversations", "channels", types=kinds, exclude_archived=True):
        found.update((channel["name"], channel) for channel in page)
    return found


async def _is_ours(errand: Errand[CreateChannel], channel: dict[str, Any], wanted: _Wanted) -> bool:
    """Whether an earlier attempt created it, for this very incident."""
    looks_ours = (
        channel.get("creator") == await errand.slack.bot_user()
        and bool(channel.get("is_private")) == wanted.private
        and not channel.get("is_archived")
        and float(channel.get("created", 0)) >= wanted.not_before
    )
    return looks_ours and await errand.read(lambda desk: deliveries.owner_of_channel(desk.tx, channel["id"])) is None


def _learnt(channel: dict[str, Any], wanted: _Wanted) -> Learnt:
    if wanted.private and not channel.get("is_private"):
        raise Never("Slack made a public channel where a private one was asked for; nothing is said in it")
    return {"channel_id": channel["id"], "channel_name": channel["name"]}


def write_channel(desk: Desk, effect: CreateChannel, learnt: Learnt) -> None:
    deliveries.keep_channel(desk.tx, effect.incident_id, channel_id=learnt["channel_id"], name=learnt["channel_name"])


def tell_opener(desk: Desk, effect: CreateChannel, reason: str) -> None:
    """Without a channel nobody would ever see why nothing happens."""
    incident = deliveries.incident(desk.tx, effect.incident_id)
    if incident is None:
        return
    name = f"{desk.policy.incident_prefix}-{incident.id}"
    text = (
        f"{name} is open, but its channel could not be created: {reason}. Ask whoever operates the bot to mend that "
        "and then run `ml-incident outbox retry --all`; everything else follows by itself."
    )
    once = f"no-channel:{incident.id}"
    owe(desk.tx, Tell(user=incident.opened_by, text=text, incident_id=incident.id, name=once))


async def set_topic(errand: Errand[SetTopic]) -> None:
    """Slack says nothing in the channel when the topic stays the same, so a repeat is not seen."""
    channel, topic = await errand.read(lambda desk: _topic(errand, desk))
    await errand.slack.call("conversations.setTopic", channel=channel, topic=topic[:LONGEST_TOPIC])


def _topic(errand: Errand[SetTopic], desk: Desk) -> tuple[str, str]:
    incident = _incident(desk, errand.effect.incident_id)
    drawn = errand.draw(desk)
    if drawn is not None:
        return channel_of(incident), drawn.text
    commander = deliveries.commander(desk.tx, incident.id)
    who = f"<@{commander}>" if commander else "not assigned"
    return channel_of(incident), f"{incident.severity.upper()} · {incident.status} · commander: {who}"


async def set_bookmarks(errand: Errand[SetBookmarks]) -> None:
    """Adds what is missing, so that a repeat adds nothing."""
    channel, wanted = await errand.read(lambda desk: _bookmarks(errand, desk))
    if not wanted:
        return
    listed = await errand.slack.call("bookmarks.list", channel_id=channel)
    there = {bookmark.get("link") for bookmark in listed.get("bookmarks") or []}
    missing = [(title, link) for title, link in wanted.items() if link not in there]
    # Side by side: one after the other they would be the longest part of an opening.
    added = await asyncio.gather(*(_bookmark(errand, channel, *one) for one in missing), return_exceptions=True)
    for failed in added:
        if isinstance(failed, BaseException):
            raise failed


async def _bookmark(errand: Errand[SetBookmarks], channel: str, title: str, link: str) -> None:
    try:
        await errand.slack.call("bookmarks.add", channel_id=channel, title=title, type="link", link=link)
    except Refused as no:
        if no.error != "invalid_link":  # one bad address in the registry stops no other
            raise


def _bookmarks(errand: Errand[SetBookmarks], desk: Desk) -> tuple[str, dict[str, str]]:
    incident = _incident(desk, errand.effect.incident_id)
    drawn = errand.draw(desk)
    if drawn is not None:
        return channel_of(incident), {str(row["title"]): str(row["link"]) for row in drawn.blocks}
    card = from_json(incident.card) if incident.card else None
    links = {title: card.text(key) for key, title in BOOKMARKS} if card else {}
    return channel_of(incident), {
        title: link for title, link in links.items() if link and link.startswith(("https://", "http://"))
    }


def _incident(desk: Desk, incident_id: int) -> Incident:
    incident = deliveries.incident(desk.tx, incident_id)
    if incident is None:
        raise Never("the incident is not in the database any more")
    return incident


def incident_of(desk: Desk, effect: Effect) -> Incident:
    """The incident an effect belongs to. Raises Never when it is gone."""
    return _incident(desk, effect.incident or 0)


def channel_of(incident: Incident) -> str:
    """Its channel's id. Raises Later while there is none."""
    if incident.channel_id is None:
        raise Later("the incident has no channel yet")
    return incident.channel_id
