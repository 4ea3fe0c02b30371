"""What Slack sends to the bot when a person does something: commands, interactions and shortcuts, in its shapes."""

from __future__ import annotations

from .fields import Json
from .records import Channel, Message, User, View
from .shapes import message_object, view_object
from .state import State

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - Slack's old, public way to say who it is


def command(
    ws: State,
    *,
    user: User,
    channel: Channel,
    name: str,
    text: str,
    trigger_id: str,
    response_url: str,
) -> Json:
    """A slash command; all values are strings, because it travels as a form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": ws.bot.team_id,
        "team_domain": ws.team_name.lower(),
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": ws.bot.app_id,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _interaction(ws: State, kind: str, user: User) -> Json:
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "api_app_id": ws.bot.app_id,
        "team": {"id": ws.bot.team_id, "domain": ws.team_name.lower()},
        "user": {
            "id": user.id,
            "username": user.name,
            "name": user.name,
            "team_id": ws.bot.team_id,
        },
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(ws: State, message: Message, *, values: Json) -> Json:
    """The part of an interaction that tells in which message it happened; an ephemeral one is not sent along."""
    channel = ws.channels[message.channel]
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    part: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "state": {"values": values},
    }
    if message.ephemeral_to is None:
        part["message"] = message_object(ws, message)
    return part


def in_view(ws: State, view: View) -> Json:
    """The part of an interaction that tells in which view it happened."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view_object(ws, view)}


def block_actions(ws: State, *, user: User, where: Json, action: Json, trigger_id: str) -> Json:
    """A button pressed or a choice made, in a message or a view."""
    body = _interaction(ws, "block_actions", user) | where
    return body | {"trigger_id": trigger_id, "actions": [action]}


def action(ws: State, *, block: Json, element: Json, chosen: Json) -> Json:
    """One entry of `actions`: the element as the app sent it, and what was chosen in it."""
    copied = ("type", "action_id", "text", "value", "style", "placeholder", "confirm", "accessibility_label")
    entry = {key: element[key] for key in copied if key in element}
    return entry | {"block_id": block.get("block_id", ""), "action_ts": ws.new_ts()} | chosen


def suggestion(ws: State, *, user: User, where: Json, block: Json, element: Json, query: str) -> Json:
    """Somebody types into a menu with type-ahead."""
    body = _interaction(ws, "block_suggestion", user) | where
    return body | {
        "action_id": element["action_id"],
        "block_id": block.get("block_id", ""),
        "value": query,
    }


def submission(ws: State, *, user: User, view: View, trigger_id: str) -> Json:
    """A modal submitted."""
    body = _interaction(ws, "view_submission", user)
    return body | {"trigger_id": trigger_id, "view": view_object(ws, view), "response_urls": []}


def closing(ws: State, *, user: User, view: View, cleared: bool) -> Json:
    """A modal closed without submitting it."""
    return _interaction(ws, "view_closed", user) | {"view": view_object(ws, view), "is_cleared": cleared}


def shortcut(ws: State, *, user: User, callback_id: str, trigger_id: str) -> Json:
    """A global shortcut."""
    body = _interaction(ws, "shortcut", user)
    return body | {"callback_id": callback_id, "trigger_id": trigger_id, "action_ts": ws.new_ts()}


def message_shortcut(
    ws: State, *, user: User, callback_id: str, trigger_id: str, message: Message, response_url: str
) -> Json:
    """A shortcut from a message's menu."""
    channel = ws.channels[message.channel]
    return _interaction(ws, "message_action", user) | {
        "callback_id": callback_id,
        "trigger_id": trigger_id,
        "action_ts": ws.new_ts(),
        "response_url": response_url,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "message_ts": message.ts,
        "message": message_object(ws, message),
    }


def home_opened(ws: State, *, user: User, channel: Channel, home: View | None) -> Json:
    """The event of a person who looks at the app's Home tab."""
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": "home",
        "event_ts": ws.new_ts(),
    }
    if home is not None:
        event["view"] = view_object(ws, home)
    return event


def _channel_name(channel: Channel) -> str:
    if channel.is_im:
        return "directmessage"
    if channel.is_private:
        return "privategroup"
    return channel.name
