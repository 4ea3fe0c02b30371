"""Where things are said that belong to no incident's channel: announce, digest, and direct messages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from bot.slack.errand import Errand
from bot.slack.outcomes import Never, Refused
from storage import places
from storage.transaction import Transaction

ANNOUNCE, DIGEST = "announce", "digest"
_ID = re.compile(r"[CG][A-Z0-9]{7,}")


async def place(errand: Errand[Any], purpose: str) -> str:
    """The id of the announce or digest channel: remembered, else looked for among the bot's own channels.

    Raises Never when the bot is in no channel of that name.
    """
    wanted = errand.around.announce_channel if purpose == ANNOUNCE else errand.around.digest_channel
    name = wanted.strip().removeprefix("#")
    if _ID.fullmatch(name):
        return name
    return await _remembered(errand, purpose, name.lower(), lambda: _look_for(errand, name.lower()))


async def known_direct(errand: Errand[Any], user: str) -> str | None:
    """The id of the bot's direct messages with this person, where it is remembered."""
    return await errand.read(lambda desk: places.recall(desk.tx, f"dm:{user}", name=user))


def keep_direct(tx: Transaction, user: str, channel: str) -> None:
    """Remember where the direct messages with this person are."""
    places.remember(tx, f"dm:{user}", name=user, channel_id=channel)


async def direct(errand: Errand[Any], user: str) -> str:
    """The id of the bot's direct messages with this person, opened once."""

    async def _open() -> str:
        opened = await errand.slack.call("conversations.open", users=user)
        return str(opened["channel"]["id"])

    return await _remembered(errand, f"dm:{user}", user, _open)


async def _remembered(errand: Errand[Any], purpose: str, name: str, find: Callable[[], Awaitable[str]]) -> str:
    known = await errand.read(lambda desk: places.recall(desk.tx, purpose, name=name))
    if known is not None:
        return known
    async with errand.around.turn(purpose):  # fifty announcements at once look for the channel once
        known = await errand.read(lambda desk: places.recall(desk.tx, purpose, name=name))
        if known is None:
            known = found = await find()
            await errand.write(lambda tx: places.remember(tx, purpose, name=name, channel_id=found))
    return known


async def forget_if_gone(errand: Errand[Any], purpose: str, refused: Refused) -> None:
    """A remembered channel that is no longer there is looked for anew at the next attempt."""
    if refused.error in {"channel_not_found", "is_archived", "not_in_channel"}:
        await errand.write(lambda tx: places.forget(tx, purpose))


async def _look_for(errand: Errand[Any], name: str) -> str:
    kinds = "public_channel,private_channel"
    async for page in errand.slack.pages("users.conversations", "channels", types=kinds, exclude_archived=True):
        for channel in page:
            if channel.get("name") == name:
                return str(channel["id"])
    raise Never(f"the bot is not in #{name}: invite @ml-incident to #{name}")
