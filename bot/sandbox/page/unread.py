"""What each person has not read yet."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from bot.sandbox.records import Channel, User
from bot.sandbox.state import State

COUNTED = 99


@dataclass(frozen=True)
class Waiting:
    """Unread messages in a channel, and how many of them are for this person."""

    messages: int = 0
    mentions: int = 0


class Unread:
    """How far each person has read each channel. What was said before the first look counts as read."""

    def __init__(self, ws: State) -> None:
        self._ws = ws
        self._began = ws.new_ts()
        self._read: dict[tuple[str, str], str] = {}

    def mark(self, user: User, channel: Channel) -> None:
        """This person has seen everything in the channel."""
        if channel.roots:
            self._read[user.id, channel.id] = channel.roots[-1]

    def waiting(self, user: User, channel: Channel) -> Waiting:
        """What is new for this person."""
        read = self._read.get((user.id, channel.id), self._began)
        if not channel.roots or channel.roots[-1] <= read:
            return Waiting()
        new = channel.roots[bisect_right(channel.roots, read) :][-COUNTED:]
        said = [channel.messages[ts] for ts in new if ts in channel.messages]
        others = [one for one in said if one.user != user.id and not (one.subtype or "").startswith("channel_")]
        if channel.is_im:
            return Waiting(len(others), len(others))
        called = sum(f"<@{user.id}>" in one.text or f"<@{user.id}|" in one.text for one in others)
        return Waiting(len(others), called)
