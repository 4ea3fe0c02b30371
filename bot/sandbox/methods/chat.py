"""chat.*: posting, changing and deleting messages."""

from __future__ import annotations

import json

from bot.sandbox.blockkit import (
    faults_in_attachments,
    faults_in_blocks,
    faults_in_metadata,
    limit,
    with_ids,
)
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.records import Channel, Json
from bot.sandbox.shapes import message_object

METADATA_BYTES = 16_000


def read_blocks(call: Call) -> list[Json] | None:
    """The blocks argument, checked and with its ids filled in; None when it was not given."""
    blocks = call.args.get("blocks")
    if blocks is None:
        return None
    faults = faults_in_blocks(blocks)
    if faults:
        raise SlackRefusal("invalid_blocks", messages=faults, errors=faults)
    return with_ids(blocks)


def _read_metadata(call: Call) -> Json | None:
    metadata: Json | None = call.args.get("metadata")
    if not metadata:
        return metadata
    if faults := faults_in_metadata(metadata):
        raise SlackRefusal("invalid_metadata_schema", messages=faults)
    if len(json.dumps(metadata)) > METADATA_BYTES:
        raise SlackRefusal("metadata_too_large")
    return metadata


def _read_attachments(call: Call) -> list[Json] | None:
    attachments: list[Json] | None = call.args.get("attachments")
    if not attachments:
        return attachments
    if len(attachments) > limit("message.attachments"):
        raise SlackRefusal("too_many_attachments")
    if faults := faults_in_attachments(attachments):
        known = "invalid_attachments" if "invalid_attachments" in call.method.errors else "invalid_blocks"
        raise SlackRefusal(known, messages=faults)
    return attachments


def _read_text(call: Call) -> str | None:
    args = call.args
    if len(args.get("markdown_text", "")) > limit("message.markdown_text"):
        raise SlackRefusal("msg_too_long")
    text: str | None = args.get("text", args.get("markdown_text"))
    most = limit("message.text.truncate")
    if text is not None and len(text) > most:
        call.warnings.append("message_truncated")
        return text[:most]
    return text


def _where_to_post(call: Call) -> Channel:
    """A channel by id or by name, or the direct messages of a person."""
    ws, wanted = call.ws, call.args["channel"]
    if wanted in ws.users:
        user = ws.users[wanted]
        if user.deleted or user.is_bot:
            raise SlackRefusal("channel_not_found")
        return ws.open_im(user.id)
    call.args["channel"] = ws.names.get(wanted.removeprefix("#"), wanted)
    channel = call.place(alive=True)
    may_post = call.me in channel.members or "chat:write.public" in ws.bot.scopes
    if not may_post:
        raise SlackRefusal("not_in_channel")
    return channel


def _customisation(call: Call) -> tuple[str | None, Json | None]:
    emoji, url = call.args.get("icon_emoji"), call.args.get("icon_url")
    username = call.args.get("username")
    if username or emoji or url:
        call.need_scope("chat:write.customize")
    icon = {"emoji": emoji} if emoji else {"image_48": url} if url else None
    return username, icon


def post_message(call: Call) -> Json:
    """Says something in a channel, a thread or a direct message."""
    channel = _where_to_post(call)
    text, blocks = _read_text(call), read_blocks(call)
    username, icon = _customisation(call)
    message = call.ws.post(
        channel.id,
        user_id=call.me,
        text=text or "",
        blocks=blocks,
        thread_ts=call.args.get("thread_ts") or None,
        metadata=_read_metadata(call),
        attachments=_read_attachments(call),
        by_bot=True,
        username=username,
        icon=icon,
        broadcast=call.args.get("reply_broadcast", False),
    )
    body = message_object(call.ws, message)
    return {"channel": channel.id, "ts": message.ts, "message": body}


def update(call: Call) -> Json:
    """Changes a message of the bot's own; what is not given stays."""
    channel = call.place()
    message = call.message(channel, "ts")
    if not message.by_bot or message.subtype is not None:
        raise SlackRefusal("cant_update_message")
    text = call.args.get("text")
    if text is not None and len(text) > limit("message.text.update"):
        raise SlackRefusal("msg_too_long")
    message = call.ws.edit(
        channel.id,
        message.ts,
        user_id=call.me,
        text=_read_text(call),
        blocks=read_blocks(call),
        metadata=_read_metadata(call),
        attachments=_read_attachments(call),
    )
    body = message_object(call.ws, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def delete(call: Call) -> Json:
    """Removes a message of the bot's own."""
    channel = call.place()
    message = call.message(channel, "ts")
    if not message.by_bot:
        raise SlackRefusal("cant_delete_message")
    call.ws.delete(channel.id, message.ts)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """Shows something to one person in a channel."""
    channel = call.place(member=True, alive=True)
    user = call.ws.users.get(call.args["user"])
    if user is None or user.id not in channel.members:
        raise SlackRefusal("user_not_in_channel")
    text, blocks = _read_text(call), read_blocks(call)
    username, icon = _customisation(call)
    message = call.ws.post(
        channel.id,
        user_id=call.me,
        text=text or "",
        blocks=blocks,
        thread_ts=call.args.get("thread_ts") or None,
        attachments=_read_attachments(call),
        by_bot=True,
        ephemeral_to=user.id,
        username=username,
        icon=icon,
    )
    return {"message_ts": message.ts}


def get_permalink(call: Call) -> Json:
    """The address of a message."""
    channel = call.place()
    message = call.message(channel, "message_ts")
    return {"channel": channel.id, "permalink": call.ws.permalink(channel.id, message.ts)}


HANDLERS: dict[str, Handler] = {
    "chat.postMessage": post_message,
    "chat.update": update,
    "chat.delete": delete,
    "chat.postEphemeral": post_ephemeral,
    "chat.getPermalink": get_permalink,
}
