"""Which events of the workspace the bot hears: those of its channels that its scopes let it hear."""

from __future__ import annotations

from .fields import Json
from .records import Channel
from .transport import Transport
from .workspace import Workspace

# Slack tells every app with the scope about these, whether or not its bot is in the channel.
ABOUT_PUBLIC_CHANNELS = frozenset({"channel_created", "channel_rename", "channel_archive", "channel_unarchive"})
# How the scopes for each kind of conversation begin.
SIDES = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
# Event type, or how it begins -> the scope without which Slack keeps it to itself; `{side}` as above.
SCOPES = {
    "message": "{side}:history",
    "app_mention": "app_mentions:read",
    "reaction_": "reactions:read",
    "pin_": "pins:read",
    "file_": "files:read",
    "member_": "{side}:read",
    "channel_": "channels:read",
    "group_": "groups:read",
    "user_": "users:read",
}


class EventFeed:
    """Listens to the workspace and passes on what the bot may hear."""

    def __init__(self, ws: Workspace, transport: Transport) -> None:
        self._ws = ws
        self._transport = transport
        ws.listeners.append(self.hear)

    def hear(self, inner: Json) -> None:
        """Send one inner event to the bot, and once more as `app_mention` if it speaks to the bot."""
        self._pass_on(inner)
        if self._is_mention(inner):
            self._pass_on({**inner, "type": "app_mention"})

    def _is_mention(self, inner: Json) -> bool:
        """A new message of a person, not in a direct message, that names the bot."""
        said = inner["type"] == "message" and inner.get("subtype") is None and inner.get("channel_type") != "im"
        me = self._ws.bot.user_id
        return said and inner["user"] != me and f"<@{me}>" in inner["text"]

    def _pass_on(self, inner: Json) -> None:
        channel = self._channel_of(inner)
        if channel is not None and not self._audible(inner, channel):
            return
        side = SIDES[channel.kind] if channel else ""
        for begin, scope in SCOPES.items():
            if inner["type"].startswith(begin) and scope.format(side=side) not in self._ws.bot.scopes:
                return
        self._transport.announce(inner, event_time=self._ws.now())

    def _audible(self, inner: Json, channel: Channel) -> bool:
        if inner["type"] in ABOUT_PUBLIC_CHANNELS and not channel.is_private:
            return True
        return self._ws.bot.user_id in channel.members

    def _channel_of(self, inner: Json) -> Channel | None:
        """The channel in which an event happened, wherever its kind writes it."""
        if inner["type"] == "app_home_opened":
            return None
        found = inner.get("channel") or inner.get("channel_id") or inner.get("item", {}).get("channel")
        if isinstance(found, dict):
            found = found["id"]
        return self._ws.channels[str(found)] if found else None
