"""The workspace's clock, its ids, who is in what, and how an event leaves it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Bot, Channel, File, Json, Message, User, Usergroup
from bot.sandbox.shapes import user_object

Listener = Callable[[Json], None]


class State:
    """What every part of the workspace shares. One process, one thread: nothing here is locked."""

    def __init__(self, *, bot: Bot, team_name: str, domain: str) -> None:
        self.bot = bot
        self.team_name = team_name
        self.domain = domain
        self.base_url = ""  # where this sandbox is reached, set by the server: upload and socket addresses
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.files: dict[str, File] = {}
        self.ephemerals: list[Message] = []
        self.calls: list[Json] = []
        self.listeners: list[Listener] = []
        self.rate_limits = False
        self.open_socket: Callable[[], str] | None = None  # set by the transport: gives a wss-like address
        self.clock_offset = 0.0
        self.names: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.ims: dict[frozenset[str], str] = {}
        self.memberships: dict[str, dict[str, None]] = {}
        self._last_micros = 0
        self._numbers = itertools.count(1)

    def now(self) -> float:
        """The workspace's time in seconds: real time plus the offset that the demo moves."""
        return time.time() + self.clock_offset

    def new_ts(self) -> str:
        """A message timestamp, later than every one before it, even when the clock was moved back."""
        self._last_micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id such as Slack's: a letter that says what it is, then capitals and digits."""
        number, digits = next(self._numbers), ""
        alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
        while number:
            number, digit = divmod(number, len(alphabet))
            digits = alphabet[digit] + digits
        return f"{prefix}0SB{digits:0>6}"

    def emit(self, event: Json) -> None:
        """Hands an inner event to whoever listens; transports decide what the app gets to see."""
        for listener in self.listeners:
            listener(event)

    def add_user(self, user: User) -> None:
        """Adds a person, or replaces them, and announces the change when they were known."""
        known = user.id in self.users
        user.updated = int(self.now())
        self.users[user.id] = user
        self.memberships.setdefault(user.id, {})
        if user.email:
            self.emails[user.email.lower()] = user.id
        if known:
            self.announce_user(user.id)

    def announce_user(self, user_id: str) -> None:
        """Sends user_change, as Slack does when a person is edited or deactivated."""
        self.emit(
            {
                "type": "user_change",
                "user": user_object(self, self.users[user_id]),
                "cache_ts": int(self.now()),
                "event_ts": self.new_ts(),
            }
        )

    def channel(self, channel_id: str) -> Channel:
        """The channel with that id; refuses with channel_not_found."""
        try:
            return self.channels[channel_id]
        except KeyError:
            raise SlackRefusal("channel_not_found") from None

    def message(self, channel_id: str, ts: str) -> Message:
        """The message with that timestamp, thread replies too; refuses with message_not_found."""
        try:
            return self.channel(channel_id).messages[ts]
        except KeyError:
            raise SlackRefusal("message_not_found") from None

    def permalink(self, channel_id: str, ts: str) -> str:
        """The address of a message, as Slack writes it."""
        message = self.message(channel_id, ts)
        link = f"{self.domain}archives/{channel_id}/p{ts.replace('.', '')}"
        if message.thread_ts and message.thread_ts != ts:
            link += f"?thread_ts={message.thread_ts}&cid={channel_id}"
        return link
