"""Where a page looks: who reads, which channel, which thread. The address says it all, so a page can be shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.fields import NotAllowed
from bot.sandbox.records import Channel, Message, User
from bot.sandbox.stage import Stage, active

DEFAULT_PERSON = "erik"
DEFAULT_CHANNEL = "general"


@dataclass(frozen=True)
class Look:
    """One person looking at one channel, perhaps at a thread in it, or at the app's Home tab."""

    user: User
    channel: Channel
    thread: Message | None = None
    before: str = ""
    """Only messages earlier than this timestamp are shown: an older part of the channel."""
    home: bool = False
    typed: str = ""
    """What the composer begins with."""

    def address(self, **other: str) -> str:
        """The page's address, with some of it exchanged; an empty value leaves that part out."""
        parts = {
            "as": self.user.id,
            "channel": self.channel.id,
            "thread": self.thread.ts if self.thread else "",
            "home": "1" if self.home else "",
        } | other
        return "/?" + urlencode({name: value for name, value in parts.items() if value})


def look_at(stage: Stage, query: Mapping[str, str]) -> Look:
    """What an address asks to see. Raises NotAllowed with a sentence when that cannot be."""
    user = active(_person(stage, query.get("as", "")))
    channel = _channel(stage, user, query.get("channel") or _first_channel(stage, user))
    thread = None
    if query.get("thread"):
        thread = channel.messages.get(query["thread"])
        if thread is None:
            raise NotAllowed(f"that thread is not in {stage.place(channel)} any more")
    return Look(
        user=user,
        channel=channel,
        thread=thread,
        before=query.get("before", ""),
        home=query.get("home") == "1",
        typed=query.get("text", ""),
    )


def elsewhere(stage: Stage, query: Mapping[str, str], *, said: str = "") -> str:
    """The nearest address that can be shown, for the same person; `said` is told there."""
    for parts in (("as", "channel"), ("as",)):
        try:
            return look_at(stage, {name: query.get(name, "") for name in parts}).address(said=said)
        except NotAllowed:
            continue
    return "/"


def _channel(stage: Stage, user: User, named: str) -> Channel:
    """A channel; where an id leads nowhere for this person, the id is not said."""
    try:
        return stage.channel_seen_by(user, named)
    except NotAllowed:
        if named in stage.ws.channels:
            raise NotAllowed(f"{user.real_name} can see no channel here") from None
        raise


def _person(stage: Stage, named: str) -> User:
    if named:
        return stage.user(named)
    try:
        return stage.user(DEFAULT_PERSON)
    except NotAllowed:
        return next(one for one in stage.ws.users.values() if not one.deleted and not one.is_bot)


def _first_channel(stage: Stage, user: User) -> str:
    if DEFAULT_CHANNEL in stage.ws.names:
        return DEFAULT_CHANNEL
    return next(one.id for one in stage.ws.channels.values() if user.id in one.members)
