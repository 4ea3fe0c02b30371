"""Messages that people marked: read where they stand, thread replies too; and the receipts for it."""

from __future__ import annotations

from typing import Any

from bot.effects import AddReaction, CaptureMessage, RemoveReaction
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Refused

REACTED = frozenset({"already_reacted", "message_not_found"})
UNREACTED = frozenset({"no_reaction", "message_not_found"})
"""A message that was deleted meanwhile needs no receipt."""


async def capture(errand: Errand[CaptureMessage]) -> Learnt | None:
    """Learns author, text, ts, when it was edited, thread_ts, permalink, files; nothing when the message is gone.

    `conversations.history` would give the neighbour of a thread reply: replies are not in it.
    """
    wanted = errand.effect
    message = await _in_thread(errand, wanted.thread_ts or wanted.ts)
    if message is None and wanted.thread_ts not in {None, wanted.ts}:
        message = await _in_thread(errand, wanted.ts)
    if message is None:
        return None
    return {
        "author": await _author(errand, message),
        "text": message.get("text") or "",
        "files": [str(file.get("title") or file.get("name") or "file") for file in message.get("files") or []],
        "ts": message["ts"],
        "thread_ts": message.get("thread_ts"),
        "permalink": await _permalink(errand, wanted.channel, wanted.ts),
        "edited": (message.get("edited") or {}).get("ts"),
    }


async def _author(errand: Errand[CaptureMessage], message: dict[str, Any]) -> str | None:
    user = message.get("user")
    ours = "bot_id" in message and user == await errand.slack.bot_user()
    return None if ours or not user else str(user)


async def _in_thread(errand: Errand[CaptureMessage], root: str) -> dict[str, Any] | None:
    wanted = errand.effect.ts
    try:
        pages = errand.slack.pages(
            "conversations.replies",
            "messages",
            channel=errand.effect.channel,
            ts=root,
            oldest=wanted,
            latest=wanted,
            inclusive=True,
        )
        async for page in pages:
            for message in page:
                if message.get("ts") == wanted:
                    return message
    except Refused as no:
        if no.error not in {"thread_not_found", "message_not_found"}:
            raise
    return None


async def _permalink(errand: Errand[CaptureMessage], channel: str, ts: str) -> str | None:
    try:
        answered = await errand.slack.call("chat.getPermalink", channel=channel, message_ts=ts)
    except Refused:
        return None
    return str(answered["permalink"])


async def add_reaction(errand: Errand[AddReaction]) -> None:
    await _react(errand, "reactions.add", REACTED)


async def remove_reaction(errand: Errand[RemoveReaction]) -> None:
    await _react(errand, "reactions.remove", UNREACTED)


async def _react(errand: Errand[Any], method: str, fine: frozenset[str]) -> None:
    mark = errand.effect
    try:
        await errand.slack.call(method, channel=mark.channel, timestamp=mark.ts, name=mark.name)
    except Refused as no:
        if no.error not in fine:
            raise
