"""What a person holds open: response URLs for the bot's answers, the values of forms, the options last offered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from .errors import SlackRefusal
from .fields import Field, Json, fields_of

URL_LIVES_S = 30 * 60.0
URL_USES = 5


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer over a response URL goes: a channel, a person, and the message that was clicked."""

    channel_id: str
    user_id: str
    issued: float
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
            channel_id=channel_id, user_id=user_id, issued=now, message_ts=message_ts, thread_ts=thread_ts
        )
        return key

    def use(self, key: str, *, now: float) -> ResponseUrl:
        """Take one of the uses of a URL; refuses with used_url or expired_url."""
        url = self._known.get(key)
        if url is None or now - url.issued > URL_LIVES_S:
            raise SlackRefusal("expired_url")
        if url.uses >= URL_USES:
            raise SlackRefusal("used_url")
        url.uses += 1
        return url


class Offers:
    """The options that menus with type-ahead last showed to each person: only those can be chosen."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, str, str], list[Json]] = {}

    def show(self, user_id: str, place: str, action_id: str, options: list[Json]) -> None:
        """Remember what a menu offers now; `place` is a view's id or a message's ts."""
        self._shown[user_id, place, action_id] = options

    def shown(self, user_id: str, place: str, action_id: str) -> list[Json]:
        return self._shown.get((user_id, place, action_id), [])


def value_of(field: Field, values: Json) -> Any:
    """What a field holds: what was put into it, else what it was drawn with."""
    held = values.get(field.block_id, {}).get(field.action_id)
    return field.first_value() if held is None else held[field.key]


def put(field: Field, value: Any, values: Json) -> None:
    """Fill a field, in the shape of `view.state.values`."""
    values.setdefault(field.block_id, {})[field.action_id] = {"type": field.kind, field.key: value}


def complete(blocks: list[Json], values: Json) -> Json:
    """The values of all fields of these blocks, filled or not."""
    whole: Json = {}
    for field in fields_of(blocks):
        put(field, value_of(field, values), whole)
    return whole
