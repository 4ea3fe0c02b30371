"""Pages and cursors, as everywhere in the Web API where an answer may be long."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Json
from bot.sandbox.strictness import check_limit

# Far smaller than Slack's own defaults, so that who reads only the first page finds out here.
DEFAULT_PAGE = 20
LARGEST_PAGE = 200


def page_size(args: Json) -> int:
    """The size of the page that the call asks for, or the default."""
    return min(check_limit(args.get("limit"), DEFAULT_PAGE), LARGEST_PAGE)


def cursor_for(key: str) -> str:
    """An opaque cursor that says where the next page begins."""
    return base64.b64encode(f"next:{key}".encode()).decode()


def key_in(cursor: str) -> str:
    """What a cursor points at; refuses with invalid_cursor."""
    try:
        word, _, key = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise SlackRefusal("invalid_cursor") from None
    if word != "next" or not key:
        raise SlackRefusal("invalid_cursor")
    return key


def take_page(keys: Iterable[str], args: Json) -> tuple[list[str], Json]:
    """The keys of the page asked for, and the `response_metadata` with the cursor of the next one."""
    everything, size, start = list(keys), page_size(args), 0
    if args.get("cursor"):
        try:
            start = everything.index(key_in(args["cursor"]))
        except ValueError:
            raise SlackRefusal("invalid_cursor") from None
    end = start + size
    following = cursor_for(everything[end]) if end < len(everything) else ""
    return everything[start:end], {"next_cursor": following}
