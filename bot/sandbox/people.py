"""What a person can do in the workspace: talk, react, come and go, and everything that reaches the bot."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from . import clicks, commands, modals
from .errors import SlackRefusal
from .fields import Json, NotAllowed
from .payloads import home_opened
from .records import Message, User
from .shapes import message_object
from .stage import Stage, active

EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
Act = Callable[[Stage, User, Json], Awaitable[Json]]


async def do(stage: Stage, who: str, what: str, args: Json) -> Json:
    """Let somebody do one of ACTS. Raises NotAllowed with a sentence when they cannot."""
    act = ACTS.get(what)
    if act is None:
        raise NotAllowed(f"people cannot {what}; they can: {', '.join(ACTS)}")
    stage.remember(what, args)
    try:
        return await act(stage, active(stage.user(who)), args)
    except SlackRefusal as refusal:
        raise NotAllowed(f"Slack says {refusal.code}") from None
    except KeyError as missing:
        raise NotAllowed(f"{what} needs {missing.args[0]}") from None
    finally:
        stage.journal.catch_up()


async def say(stage: Stage, user: User, args: Json) -> Json:
    channel = stage.channel_seen_by(user, args["channel"], to_talk=True)
    text = commands.escape(stage, args["text"], labels=False)
    message = stage.ws.post(channel.id, user_id=user.id, text=text, thread_ts=args.get("thread_ts"))
    return {"ts": message.ts}


async def edit(stage: Stage, user: User, args: Json) -> Json:
    message = _own(stage, user, args)
    stage.ws.edit(message.channel, message.ts, user_id=user.id, text=commands.escape(stage, args["text"], labels=False))
    return {}


async def delete(stage: Stage, user: User, args: Json) -> Json:
    message = _own(stage, user, args)
    stage.ws.delete(message.channel, message.ts)
    return {}


async def react(stage: Stage, user: User, args: Json) -> Json:
    message, name = _shared(stage, user, args), args["name"].strip(":")
    if not EMOJI.fullmatch(name):
        raise NotAllowed(f"no emoji is called {name[:40]}")
    stage.ws.react(message.channel, message.ts, name, user.id)
    return {}


async def unreact(stage: Stage, user: User, args: Json) -> Json:
    message = _shared(stage, user, args)
    stage.ws.unreact(message.channel, message.ts, args["name"].strip(":"), user.id)
    return {}


async def pin(stage: Stage, user: User, args: Json) -> Json:
    message = _shared(stage, user, args)
    stage.ws.pin(message.channel, message.ts, user.id)
    return {}


async def unpin(stage: Stage, user: User, args: Json) -> Json:
    message = _shared(stage, user, args)
    stage.ws.unpin(message.channel, message.ts, user.id)
    return {}


async def join(stage: Stage, user: User, args: Json) -> Json:
    channel = stage.channel_seen_by(user, args["channel"])
    stage.ws.join(channel.id, user.id)
    return {}


async def leave(stage: Stage, user: User, args: Json) -> Json:
    channel = stage.channel_seen_by(user, args["channel"])
    stage.ws.leave(channel.id, user.id)
    return {}


async def leave_company(stage: Stage, user: User, _args: Json) -> Json:
    stage.ws.deactivate(user.id)
    return {}


async def command(stage: Stage, user: User, args: Json) -> Json:
    return await commands.type_command(
        stage,
        user,
        text=args["text"],
        channel=args.get("channel", "general"),
        command=args.get("command", "/ml-incident"),
        deliveries=args.get("deliveries"),
    )


async def shortcut(stage: Stage, user: User, args: Json) -> Json:
    return await commands.run_shortcut(
        stage, user, callback_id=args["callback_id"], channel=args.get("channel"), ts=args.get("ts")
    )


async def click(stage: Stage, user: User, args: Json) -> Json:
    place = clicks.in_message(stage, user, args.get("channel"), args["ts"])
    return await _click(stage, user, place, args)


async def click_in_view(stage: Stage, user: User, args: Json) -> Json:
    return await _click(stage, user, clicks.in_view(stage, user), args)


async def click_home(stage: Stage, user: User, args: Json) -> Json:
    return await _click(stage, user, clicks.in_home(stage, user), args)


async def _click(stage: Stage, user: User, place: clicks.Place, args: Json) -> Json:
    return await clicks.click(
        stage,
        user,
        place,
        action_id=args["action_id"],
        value=args.get("value"),
        option=args.get("option"),
        deliveries=args.get("deliveries"),
    )


async def suggest(stage: Stage, user: User, args: Json) -> Json:
    ts = args.get("ts")
    place = clicks.in_message(stage, user, None, ts) if ts else clicks.in_view(stage, user)
    found = await clicks.suggest(stage, user, place, action_id=args["action_id"], query=args["query"])
    return {"options": found}


async def submit(stage: Stage, user: User, args: Json) -> Json:
    values: dict[str, Any] = args.get("values", {})
    return await modals.submit(stage, user, values=values, deliveries=args.get("deliveries"))


async def close_view(stage: Stage, user: User, _: Json) -> Json:
    return await modals.close(stage, user)


async def open_dm(stage: Stage, user: User, _: Json) -> Json:
    return {"channel": stage.ws.open_im(user.id).id}


async def open_home(stage: Stage, user: User, _: Json) -> Json:
    stage.journal.note(user.id, "looks at the app's Home tab")
    home = stage.ws.views.homes.get(user.id)
    stage.ws.emit(home_opened(stage.ws, user=user, channel=stage.ws.open_im(user.id), home=home))
    user.home_opened = True
    return {}


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        say,
        edit,
        delete,
        react,
        unreact,
        pin,
        unpin,
        join,
        leave,
        leave_company,
        command,
        shortcut,
        click,
        click_in_view,
        click_home,
        suggest,
        submit,
        close_view,
        open_dm,
        open_home,
    )
}


def ephemerals_of(stage: Stage, user: User, channel: str | None) -> list[Json]:
    """What only this person was shown, newest last."""
    wanted = stage.channel(channel).id if channel else None
    return [
        seen(stage, message)
        for message in stage.ws.ephemerals
        if message.ephemeral_to == user.id and wanted in (None, message.channel)
    ]


def seen(stage: Stage, message: Message) -> Json:
    """A message as the client hands it out: Slack's message object, its channel, and what people read."""
    return message_object(stage.ws, message) | {
        "channel": message.channel,
        "shown": stage.readable(message.text, message.blocks),
    }


def _shared(stage: Stage, user: User, args: Json) -> Message:
    message = stage.message_seen_by(user, args["channel"], args["ts"])
    if message.ephemeral_to is not None:
        raise NotAllowed("a message that only one person sees takes no reactions")
    return message


def _own(stage: Stage, user: User, args: Json) -> Message:
    message = _shared(stage, user, args)
    if message.user != user.id:
        raise NotAllowed(f"{user.real_name} did not write that message")
    return message
