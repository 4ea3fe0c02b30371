"""One call of a Web API method, with what every handler asks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Channel, Json, Message, User
from bot.sandbox.strictness import Method
from bot.sandbox.workspace import Workspace


@dataclass(slots=True)
class Call:
    """A call whose arguments are read and whose token is known to be good."""

    ws: Workspace
    method: Method
    args: Json
    warnings: list[str] = field(default_factory=list)

    @property
    def me(self) -> str:
        """The bot's own user id."""
        return self.ws.bot.user_id

    def need_scope_for(self, kind: str) -> None:
        """Refuses when the app lacks this method's scope for the kind of conversation."""
        self.method.need_scope_for(kind, self.ws.bot.scopes)

    def need_scope(self, scope: str) -> None:
        """Refuses when the app lacks a scope that only some arguments need."""
        if scope not in self.ws.bot.scopes:
            raise SlackRefusal("missing_scope", needed=scope, provided=",".join(sorted(self.ws.bot.scopes)))

    def place(self, name: str = "channel", *, member: bool = False, alive: bool = False) -> Channel:
        """The conversation that an argument names, if the bot may know of it.

        `member` refuses with not_in_channel, `alive` with is_archived. A private one that the bot is not in does not
        exist for it.
        """
        channel = self.ws.channels.get(self.args.get(name, ""))
        if channel is None:
            raise SlackRefusal("channel_not_found")
        inside = self.me in channel.members
        if not inside and channel.kind != "public_channel":
            raise SlackRefusal("channel_not_found")
        self.need_scope_for(channel.kind)
        if member and not inside:
            raise SlackRefusal("not_in_channel")
        if alive and channel.is_archived:
            raise SlackRefusal("is_archived")
        return channel

    def message(self, channel: Channel, name: str) -> Message:
        """The message that a timestamp argument names."""
        ts = self.args[name]
        whole, dot, micros = ts.partition(".")
        if not (dot and whole.isdigit() and micros.isdigit()):
            raise SlackRefusal("bad_timestamp" if "bad_timestamp" in self.method.errors else "message_not_found")
        message = channel.messages.get(ts)
        if message is None:
            raise SlackRefusal("message_not_found")
        return message

    def person(self, user_id: str) -> User:
        """The person with that id; refuses with user_not_found."""
        user = self.ws.users.get(user_id)
        if user is None:
            raise SlackRefusal("user_not_found")
        return user


Handler = Callable[[Call], Json]
