"""How an answer of the bot that is no Web API call becomes a message: command answers and response URLs."""

from __future__ import annotations

from .blockkit import faults_in_blocks, with_ids
from .errors import SlackRefusal
from .fields import Json
from .records import Message
from .stage import Stage

LONGEST_TEXT = 40_000


def show(stage: Stage, body: Json, *, channel_id: str, user_id: str, thread_ts: str | None = None) -> Message | None:
    """Post what the bot answered, to its one reader unless it says `in_channel`; None for an empty answer.

    Refuses with invalid_blocks or no_text, as Slack does.
    """
    text, blocks = content(body)
    if not text and not blocks:
        return None
    return stage.ws.post(
        channel_id,
        user_id=stage.ws.bot.user_id,
        text=text,
        blocks=blocks,
        thread_ts=thread_ts,
        by_bot=True,
        ephemeral_to=None if body.get("response_type") == "in_channel" else user_id,
    )


def content(body: Json) -> tuple[str, list[Json] | None]:
    """The text and the checked blocks of an answer."""
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise SlackRefusal("invalid_payload")
    blocks = body.get("blocks") or None
    if blocks is None:
        return text[:LONGEST_TEXT], None
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks")
    if faults := faults_in_blocks(blocks):
        raise SlackRefusal("invalid_blocks", messages=faults)
    return text[:LONGEST_TEXT], with_ids(blocks)


def respond(stage: Stage, key: str, body: Json) -> Message | None:
    """What a POST to a response URL does. Refuses with Slack's words for a bad URL or a bad payload."""
    url = stage.response_urls.use(key, now=stage.ws.now())
    if body.get("delete_original") in (True, "true"):
        _delete(stage, url.channel_id, url.message_ts)
        return None
    if body.get("replace_original") in (True, "true") and url.message_ts is not None:
        return _replace(stage, url.channel_id, url.message_ts, body)
    message = show(stage, body, channel_id=url.channel_id, user_id=url.user_id, thread_ts=body.get("thread_ts"))
    if message is None:
        raise SlackRefusal("no_text")
    return message


def _ephemeral(stage: Stage, ts: str) -> Message | None:
    return next((message for message in stage.ws.ephemerals if message.ts == ts), None)


def _replace(stage: Stage, channel_id: str, ts: str, body: Json) -> Message:
    text, blocks = content(body)
    if not text and not blocks:
        raise SlackRefusal("no_text")
    message = _ephemeral(stage, ts)
    if message is None:
        return stage.ws.edit(channel_id, ts, user_id=stage.ws.bot.user_id, text=text, blocks=blocks if blocks else [])
    message.text, message.blocks = text, blocks
    stage.journal.note(message.ephemeral_to or "", f"now reads: {stage.readable(text, blocks)}")
    return message


def _delete(stage: Stage, channel_id: str, ts: str | None) -> None:
    if ts is None:
        return
    message = _ephemeral(stage, ts)
    if message is None:
        stage.ws.delete(channel_id, ts)
    else:
        stage.journal.catch_up()
        stage.ws.ephemerals.remove(message)
        stage.journal.forget_ephemeral()
