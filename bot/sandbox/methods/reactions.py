"""reactions.* and pins.*: marks on messages."""

from __future__ import annotations

import re

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.records import Channel, Json, Message
from bot.sandbox.shapes import message_object

MOST_KINDS = 23  # kinds of reaction that one message carries at most
MOST_PINS = 100


def _marked(call: Call, name: str = "timestamp") -> tuple[Channel, Message]:
    if not call.args.get("channel") or not call.args.get(name):
        raise SlackRefusal("no_item_specified")
    channel = call.place(member=True)
    return channel, call.message(channel, name)


def _emoji(call: Call) -> str:
    name: str = call.args["name"]
    if not re.fullmatch(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?", name):
        raise SlackRefusal("invalid_name")
    return name


def add(call: Call) -> Json:
    """Reacts to a message."""
    name = _emoji(call)
    channel, message = _marked(call)
    if channel.is_archived:
        raise SlackRefusal("is_archived")
    if name not in message.reactions and len(message.reactions) >= MOST_KINDS:
        raise SlackRefusal("too_many_emoji")
    call.ws.react(channel.id, message.ts, name, call.me)
    return {}


def remove(call: Call) -> Json:
    """Takes the bot's own reaction away."""
    name = _emoji(call)
    channel, message = _marked(call)
    call.ws.unreact(channel.id, message.ts, name, call.me)
    return {}


def get(call: Call) -> Json:
    """A message with its reactions."""
    channel, message = _marked(call)
    return {
        "type": "message",
        "channel": channel.id,
        "message": message_object(call.ws, message, metadata=False)
        | {"permalink": call.ws.permalink(channel.id, message.ts)},
    }


def pin(call: Call) -> Json:
    """Pins a message to its channel."""
    channel, message = _marked(call)
    if len(channel.pins) >= MOST_PINS:
        raise SlackRefusal("too_many_pins")
    call.ws.pin(channel.id, message.ts, call.me)
    return {}


def unpin(call: Call) -> Json:
    """Takes a pin away."""
    channel, message = _marked(call)
    call.ws.unpin(channel.id, message.ts, call.me)
    return {}


def list_pins(call: Call) -> Json:
    """What is pinned in a channel, the newest pin first."""
    channel = call.place(member=True)
    items = []
    for ts, how in reversed(channel.pins.items()):
        body = message_object(call.ws, channel.messages[ts], metadata=False)
        body["permalink"] = call.ws.permalink(channel.id, ts)
        items.append({"type": "message", "channel": channel.id, "message": body, **how})
    return {"items": items}


HANDLERS: dict[str, Handler] = {
    "reactions.add": add,
    "reactions.remove": remove,
    "reactions.get": get,
    "pins.add": pin,
    "pins.remove": unpin,
    "pins.list": list_pins,
}
