"""conversations.history and conversations.replies: what was said, a page at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal, InvalidOperation

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.paging import cursor_for, key_in, page_size
from bot.sandbox.records import Channel, Json
from bot.sandbox.shapes import message_object


def _bound(call: Call, name: str) -> str | None:
    value = call.args.get(name)
    if value in (None, "", "0", "0.000000"):
        return None
    try:
        # Timestamps are kept as text of one length, which sorts as the numbers do.
        return f"{Decimal(value):017.6f}"
    except InvalidOperation:
        raise SlackRefusal(f"invalid_ts_{name}") from None


def _between(call: Call, stamps: list[str]) -> tuple[int, int]:
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    inclusive = call.args.get("inclusive", False)
    low = 0
    if oldest:
        low = bisect_left(stamps, oldest) if inclusive else bisect_right(stamps, oldest)
    high = len(stamps)
    if latest:
        high = bisect_right(stamps, latest) if inclusive else bisect_left(stamps, latest)
    return low, max(low, high)


def _readable(call: Call) -> Channel:
    return call.place(member=True)


def _rendered(call: Call, channel: Channel, stamps: list[str]) -> list[Json]:
    metadata = call.args.get("include_all_metadata", False)
    return [message_object(call.ws, channel.messages[ts], metadata=metadata) for ts in stamps]


def history(call: Call) -> Json:
    """What was said in a channel, newest first; replies in threads are not among it."""
    channel = _readable(call)
    low, high = _between(call, channel.roots)
    if call.args.get("cursor"):
        high = min(high, bisect_right(channel.roots, key_in(call.args["cursor"])))
    start = max(low, high - page_size(call.args))
    stamps = channel.roots[start:high][::-1]
    more = start > low
    body: Json = {
        "messages": _rendered(call, channel, stamps),
        "has_more": more,
        "pin_count": len(channel.pins),
    }
    if more:
        body["response_metadata"] = {"next_cursor": cursor_for(channel.roots[start - 1])}
    return body


def replies(call: Call) -> Json:
    """A thread: its parent, then the replies, oldest first. A reply has none, and comes alone."""
    channel = _readable(call)
    wanted = channel.messages.get(call.args["ts"])
    if wanted is None:
        raise SlackRefusal("thread_not_found")
    low, high = _between(call, wanted.replies)
    if call.args.get("cursor"):
        low = max(low, bisect_left(wanted.replies, key_in(call.args["cursor"])))
    end = min(high, low + page_size(call.args))
    body: Json = {
        "messages": _rendered(call, channel, [wanted.ts, *wanted.replies[low:end]]),
        "has_more": end < high,
    }
    if end < high:
        body["response_metadata"] = {"next_cursor": cursor_for(wanted.replies[end])}
    return body


HANDLERS: dict[str, Handler] = {"conversations.history": history, "conversations.replies": replies}
