"""Which events of the workspace the bot hears: those of its channels, and of what it subscribes to."""

from __future__ import annotations

from .fields import Json
from .transport import Transport
from .workspace import Workspace

# Slack tells every app with the scope about these, whether or not its bot is in the channel.
ABOUT_PUBLIC_CHANNELS = frozenset({"channel_created", "channel_rename", "channel_archive", "channel_unarchive"})


class EventFeed:
    """Listens to the workspace and passes on what the bot may hear."""

    def __init__(self, ws: Workspace, transport: Transport) -> None:
        self._ws = ws
        self._transport = transport
        ws.listeners.append(self.hear)

    def hear(self, inner: Json) -> None:
        """Send one inner event to the bot, unless it happened where the bot is not."""
        channel_id = _channel_of(inner)
        if channel_id is None or self._audible(inner, channel_id):
            self._transport.announce(inner, event_time=self._ws.now())

    def _audible(self, inner: Json, channel_id: str) -> bool:
        channel = self._ws.channels[channel_id]
        if inner["type"] in ABOUT_PUBLIC_CHANNELS and not channel.is_private:
            return True
        return self._ws.bot.user_id in channel.members


def _channel_of(inner: Json) -> str | None:
    """The id of the channel in which an event happened, wherever its kind writes it."""
    if inner["type"] == "app_home_opened":
        return None
    found = inner.get("channel") or inner.get("channel_id") or inner.get("item", {}).get("channel")
    if isinstance(found, dict):
        found = found["id"]
    return str(found) if found else None
