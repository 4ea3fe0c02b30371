"""Posting a message so that a lost answer never makes two: each carries its key, and a repeat looks for it first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from bot.effects import Blocks
from bot.slack.errand import Errand
from bot.slack.outcomes import Refused

EVENT_TYPE = "ml_incident_effect"
LONGEST_TEXT = 39_000
LONGEST_EDIT = 3_900
LOOK_BACK = timedelta(minutes=10)
"""How much earlier than the effect was owed a message may seem to be, when clocks differ."""
MOST_PAGES = 25


async def post(
    errand: Errand[Any],
    channel: str,
    *,
    key: str,
    text: str,
    blocks: Blocks | None,
    thread_ts: str | None = None,
) -> tuple[str, str]:
    """Say it; the channel that it was said in, and the message's ts. A person's id stands for direct messages."""
    posted = await errand.slack.call(
        "chat.postMessage",
        channel=channel,
        text=shorten(text, LONGEST_TEXT),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
        unfurl_links=False,
        unfurl_media=False,
        **({"blocks": blocks} if blocks else {}),
        **({"thread_ts": thread_ts} if thread_ts else {}),
    )
    return str(posted["channel"]), str(posted["ts"])


async def post_once(
    errand: Errand[Any], channel: str, *, text: str, blocks: Blocks | None, thread_ts: str | None = None
) -> None:
    """Say a fact, unless an earlier attempt has said it and its answer was lost."""
    key = errand.claimed.key
    if errand.again and await find(errand, channel, key=key, thread_ts=thread_ts) is not None:
        return
    await post(errand, channel, key=key, text=text, blocks=blocks, thread_ts=thread_ts)


async def edit(errand: Errand[Any], channel: str, ts: str, *, text: str, blocks: Blocks) -> None:
    """Put these words in place of what the message says."""
    await errand.slack.call("chat.update", channel=channel, ts=ts, text=shorten(text, LONGEST_EDIT), blocks=blocks)


async def messages_since_owed(
    errand: Errand[Any], channel: str, *, thread_ts: str | None = None
) -> AsyncIterator[dict[str, Any]]:
    """What was said in a channel, or in a thread, since the effect was owed."""
    owed_at = errand.claimed.owed_at
    since = {} if owed_at is None else {"oldest": f"{(owed_at - LOOK_BACK).timestamp():.6f}"}
    method, where = "conversations.history", {"channel": channel}
    if thread_ts is not None:
        method, where = "conversations.replies", {"channel": channel, "ts": thread_ts}
    seen = 0
    async for page in errand.slack.pages(method, "messages", include_all_metadata=True, **where, **since):
        for message in page:
            yield message
        seen += 1
        if seen >= MOST_PAGES:
            return


async def find(
    errand: Errand[Any], channel: str, *, key: str, thread_ts: str | None = None, not_ts: str | None = None
) -> str | None:
    """The ts of the message that carries this key, `not_ts` aside; None when nobody has said it yet."""
    try:
        async for message in messages_since_owed(errand, channel, thread_ts=thread_ts):
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") != EVENT_TYPE or message["ts"] == not_ts:
                continue
            if (metadata.get("event_payload") or {}).get("key") == key:
                return str(message["ts"])
    except Refused as no:
        if no.error != "thread_not_found":
            raise
    return None


def shorten(text: str, longest: int) -> str:
    """As much of the text as Slack takes."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
