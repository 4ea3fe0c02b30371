"""Slash commands and shortcuts: what a person types, what the bot is sent, what the person is shown."""

from __future__ import annotations

import re

from . import payloads
from .errors import SlackRefusal
from .fields import Json, NotAllowed
from .records import User
from .shown import show
from .stage import Stage

MENTION = re.compile(r"(?<![\w<@#])@([a-z0-9._-]+)\b")
EVERYBODY = ("channel", "here", "everyone")
HASH = re.compile(r"(?<![\w<@#])#([a-z0-9_-]+)\b")


async def type_command(
    stage: Stage, user: User, *, text: str, channel: str, command: str, deliveries: int | None = None
) -> Json:
    """Type a command in a channel. Slack shows the answer, or says itself that there was none."""
    place = stage.channel_seen_by(user, channel, to_talk=True)
    trigger_id = stage.ws.views.issue_trigger(user.id)
    stage.journal.note(user.id, f"types {command} {text}".rstrip() + f" in {stage.place(place)}")
    payload = payloads.command(
        stage.ws,
        user=user,
        channel=place,
        name=command,
        text=escape(stage, text, labels=True),
        trigger_id=trigger_id,
        response_url=stage.response_url(place, user),
    )
    answers = await stage.transport.send("slash_commands", [payload] * stage.repeats(deliveries), name=trigger_id)
    body = answers[0].body
    if not answers[0].ok:
        stage.journal.note(user.id, f"reads: {command} failed with the error “{answers[0].error}”")
        return stage.reply(answers)
    if not body:
        return stage.reply(answers)
    try:
        message = show(stage, body, channel_id=place.id, user_id=user.id)
    except SlackRefusal as refusal:
        stage.journal.note(user.id, f"reads: {command} failed with the error “invalid_command_response”")
        return stage.reply(answers, error=f"invalid_command_response ({refusal.code})")
    shown = stage.readable(message.text, message.blocks) if message else ""
    return stage.reply(answers, shown=shown)


def escape(stage: Stage, text: str, *, labels: bool) -> str:
    """@handles and #channels as Slack writes them; `labels` adds the handle, as commands have it."""

    def person(found: re.Match[str]) -> str:
        if found[1] in EVERYBODY:
            return f"<!{found[1]}>"
        for user in stage.ws.users.values():
            if user.name == found[1]:
                return f"<@{user.id}|{user.name}>" if labels else f"<@{user.id}>"
        return found[0]

    def channel(found: re.Match[str]) -> str:
        channel_id = stage.ws.names.get(found[1])
        return f"<#{channel_id}|{found[1]}>" if channel_id else found[0]

    return HASH.sub(channel, MENTION.sub(person, text))


async def run_shortcut(
    stage: Stage, user: User, *, callback_id: str, channel: str | None = None, ts: str | None = None
) -> Json:
    """Run a global shortcut, or the shortcut of a message."""
    trigger_id = stage.ws.views.issue_trigger(user.id)
    if ts is None:
        payload = payloads.shortcut(stage.ws, user=user, callback_id=callback_id, trigger_id=trigger_id)
    else:
        message = stage.message_seen_by(user, channel, ts)
        if message.ephemeral_to is not None:
            raise NotAllowed("a message that only one person sees has no shortcuts")
        payload = payloads.message_shortcut(
            stage.ws,
            user=user,
            callback_id=callback_id,
            trigger_id=trigger_id,
            message=message,
            response_url=stage.response_url(stage.ws.channels[message.channel], user, message),
        )
    stage.journal.note(user.id, f"runs the shortcut {callback_id}")
    return stage.reply(await stage.transport.send("interactive", [payload], name=trigger_id))
