"""What lets the bot answer a person: trigger ids, response URLs, and what each open form holds."""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.fields import Field, Json, fields_of

TRIGGER_LIVES_S = 3.0
URL_LIVES_S = 30 * 60.0
URL_USES = 5


class NotTaken(Exception):
    """A trigger id or response URL that is of no use any more; `error` is Slack's own word."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class Trigger:
    """Who did something, and when (monotonic seconds); good for one modal within three seconds."""

    user_id: str
    at: float
    view_id: str | None = None
    used: bool = False


class Triggers:
    """Issues trigger ids and takes each one back once. They live on real time, whatever the workspace's clock."""

    def __init__(self) -> None:
        self._known: dict[str, Trigger] = {}
        self._count = itertools.count(1)

    def issue(self, user_id: str, *, view_id: str | None = None) -> str:
        """A new trigger id of this person; `view_id` is the modal in which they did something."""
        trigger_id = f"{next(self._count)}.{time.time_ns() // 1000}.{secrets.token_hex(16)}"
        self._known[trigger_id] = Trigger(user_id=user_id, at=time.monotonic(), view_id=view_id)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger id up. Raises NotTaken: invalid_, exchanged_ or expired_trigger_id."""
        trigger = self._known.get(trigger_id)
        if trigger is None:
            raise NotTaken("invalid_trigger_id")
        if trigger.used:
            raise NotTaken("exchanged_trigger_id")
        if time.monotonic() - trigger.at > TRIGGER_LIVES_S:
            raise NotTaken("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass
class ResponseUrl:
    """Where an answer over a response URL goes: a channel, a person, and the message that was clicked."""

    channel_id: str
    user_id: str
    at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Issues response URLs and counts their uses: five, within thirty minutes of workspace time."""

    def __init__(self) -> None:
        self._known: dict[str, ResponseUrl] = {}

    def issue(
        self,
        *,
        channel_id: str,
        user_id: str,
        now: float,
        message_ts: str | None = None,
        thread_ts: str | None = None,
    ) -> str:
        """The secret part of a new URL."""
        key = secrets.token_hex(12)
        self._known[key] = ResponseUrl(
            channel_id=channel_id, user_id=user_id, at=now, message_ts=message_ts, thread_ts=thread_ts
        )
        return key

    def use(self, key: str, *, now: float) -> ResponseUrl:
        """Take one of the uses of a URL. Raises NotTaken: used_url or expired_url."""
        url = self._known.get(key)
        if url is None or now - url.at > URL_LIVES_S:
            raise NotTaken("expired_url")
        if url.uses >= URL_USES:
            raise NotTaken("used_url")
        url.uses += 1
        return url


@dataclass
class Form:
    """What a person has typed and chosen so far in one view or message, by block id and action id."""

    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)

    def value(self, one: Field) -> Any:
        """What the field holds now."""
        return self.values.get((one.block_id, one.action_id), one.first_value())

    def put(self, one: Field, value: Any) -> None:
        self.values[one.block_id, one.action_id] = value

    def state(self, blocks: list[Json]) -> Json:
        """`state` as Slack sends it: {"values": {block id: {action id: {"type", <key>: value}}}}."""
        values: dict[str, Json] = {}
        for one in fields_of(blocks):
            held = {"type": one.kind, one.key: self.value(one)}
            values.setdefault(one.block_id, {})[one.action_id] = held
        return {"values": values}


class Forms:
    """The forms of all open views and messages. A value outlives an update of its view that keeps its ids."""

    def __init__(self) -> None:
        self._forms: dict[tuple[str, str], Form] = {}

    def of(self, user_id: str, place: str) -> Form:
        """What this person has filled in in a place: a view's id, or `channel:ts` of a message."""
        return self._forms.setdefault((user_id, place), Form())

    def forget(self, user_id: str, place: str) -> None:
        self._forms.pop((user_id, place), None)
