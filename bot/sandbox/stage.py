"""What everything that people do rests on: the workspace, the way to the bot, and what each person holds."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .answers import Answer
from .fields import Json, NotAllowed, NotThere
from .interactivity import Offers, ResponseUrls
from .journal import Journal
from .readable import shown_text
from .records import Channel, Message, User
from .transport import Transport
from .workspace import Workspace

KEPT_ACTS = 200


@dataclass
class Stage:
    """Shared by commands, clicks, modals and the control API."""

    ws: Workspace
    transport: Transport
    journal: Journal
    offers: Offers = field(default_factory=Offers)
    response_urls: ResponseUrls = field(default_factory=ResponseUrls)
    # What each person chose in the menus of messages: (user id, message ts) -> values.
    chosen: dict[tuple[str, str], Json] = field(default_factory=dict)
    # What stands in open forms below their fields: view id -> block id (empty: about the whole form) -> words.
    complaints: dict[str, dict[str, str]] = field(default_factory=dict)
    # What people did last: number, when (seconds), which act, its arguments.
    acts: deque[tuple[int, float, str, Json]] = field(default_factory=lambda: deque(maxlen=KEPT_ACTS))
    acted: int = 0
    # Slash commands that there are; empty where nobody said.
    commands: frozenset[str] = frozenset()

    def remember(self, what: str, args: Json) -> None:
        """Somebody did something."""
        self.acted += 1
        self.acts.append((self.acted, time.time(), what, args))

    def user(self, name_or_id: str) -> User:
        """Somebody by id, handle, full name or e-mail address."""
        wanted = self.ws.emails.get(name_or_id.lower(), name_or_id)
        try:
            return self.ws.find_user(wanted)
        except KeyError:
            raise NotAllowed(f"nobody here is called {name_or_id}") from None

    def channel(self, name_or_id: str) -> Channel:
        """A channel by id or name."""
        try:
            return self.ws.channels[self.ws.find_channel_id(name_or_id)]
        except KeyError:
            raise NotAllowed(f"no channel is called {name_or_id}") from None

    def channel_seen_by(self, user: User, name_or_id: str, *, to_talk: bool = False) -> Channel:
        """A channel that this person can look into, or talk in; a private one does not exist to others."""
        channel = self.channel(name_or_id)
        if user.id in channel.members:
            return channel
        if channel.is_private:
            raise NotAllowed(f"{user.real_name} can see no channel called {name_or_id}")
        if to_talk:
            raise NotAllowed(f"{user.real_name} is not in #{channel.name}; join it first")
        return channel

    def message_seen_by(self, user: User, channel: str | None, ts: str) -> Message:
        """A message by its ts, one that only this person sees included."""
        for message in self.ws.ephemerals:
            if message.ts == ts and message.ephemeral_to == user.id:
                return message
        for place in [self.channel_seen_by(user, channel)] if channel else self.ws.channels.values():
            if ts in place.messages and (user.id in place.members or not place.is_private):
                return place.messages[ts]
        raise NotThere(f"{user.real_name} sees no message {ts}")

    def response_url(self, channel: Channel, user: User, message: Message | None = None) -> str:
        """A new response URL for what this person did in a channel, or to a message."""
        key = self.response_urls.issue(
            channel_id=channel.id,
            user_id=user.id,
            now=self.ws.now(),
            message_ts=message.ts if message else None,
        )
        return f"{self.ws.base_url}/respond/{key}"

    def repeats(self, deliveries: int | None) -> int:
        """How often a thing is delivered."""
        return self.transport.deliveries if deliveries is None else deliveries

    def reply(self, answers: list[Answer], *, shown: str = "", error: str = "") -> Json:
        """The client's Reply: what came back for the first delivery, and the bodies of the others."""
        first = answers[0]
        return {
            "ok": first.ok and not error,
            "status": first.status,
            "ms": first.ms,
            "body": first.body,
            "text": shown,
            "error": error or first.error,
            "repeats": [answer.body for answer in answers[1:]],
        }

    def place(self, channel: Channel) -> str:
        """What people call a conversation."""
        if channel.is_im:
            return "the direct messages with the bot"
        return f"#{channel.name}"

    def readable(self, text: str, blocks: list[Json] | None) -> str:
        return shown_text(self.ws, text, blocks)


def active(user: User) -> User:
    """The same person, if they still can do things."""
    if user.deleted:
        raise NotAllowed(f"{user.real_name} is deactivated and can do nothing")
    return user


def label_of(element: Json) -> str:
    """What people call an element: the words on it."""
    text: Any = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text") or element.get("action_id", ""))
