"""conversations.* and users.conversations: finding, listing, opening and reading about conversations."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.blockkit import limit
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.paging import take_page
from bot.sandbox.records import Json
from bot.sandbox.shapes import channel_object

KINDS = ("public_channel", "private_channel", "mpim", "im")


def info(call: Call) -> Json:
    """One conversation."""
    channel = call.place()
    body = channel_object(call.ws, channel, seen_by=call.me)
    if call.args.get("include_num_members"):
        body["num_members"] = len(channel.members)
    return {"channel": body}


def _kinds(call: Call) -> tuple[str, ...]:
    kinds = tuple(one.strip() for one in (call.args.get("types") or "public_channel").split(","))
    if not set(kinds) <= set(KINDS):
        raise SlackRefusal("invalid_types")
    for kind in kinds:
        call.need_scope_for(kind)
    return kinds


def _listed(call: Call, ids: Iterable[str], kinds: tuple[str, ...]) -> list[str]:
    skip_archived = call.args.get("exclude_archived", False)
    found = (call.ws.channels[one] for one in ids)
    return [one.id for one in found if one.kind in kinds and not (skip_archived and one.is_archived)]


def list_all(call: Call) -> Json:
    """Every conversation that the bot may see: all public ones, and those it is in."""
    kinds = _kinds(call)
    mine = call.ws.memberships[call.me]
    visible = (one.id for one in call.ws.channels.values() if one.id in mine or one.kind == "public_channel")
    ids, more = take_page(_listed(call, visible, kinds), call.args)
    rows = []
    for one in ids:
        body = channel_object(call.ws, call.ws.channels[one], seen_by=call.me)
        rows.append(body | {"num_members": len(call.ws.channels[one].members)})
    return {"channels": rows, "response_metadata": more}


def list_mine(call: Call) -> Json:
    """The conversations that somebody is in, the bot itself unless said otherwise."""
    kinds = _kinds(call)
    user_id = call.args.get("user") or call.me
    theirs = call.ws.memberships[call.person(user_id).id]
    mine = call.ws.memberships[call.me]
    seen = theirs if user_id == call.me else (one for one in theirs if _both(call, one, mine))
    ids, more = take_page(_listed(call, seen, kinds), call.args)
    return {
        "channels": [channel_object(call.ws, call.ws.channels[one]) for one in ids],
        "response_metadata": more,
    }


def _both(call: Call, channel_id: str, mine: dict[str, None]) -> bool:
    return channel_id in mine or call.ws.channels[channel_id].kind == "public_channel"


def members(call: Call) -> Json:
    """Who is in a conversation, a page at a time."""
    channel = call.place()
    ids, more = take_page(channel.members, call.args)
    return {"members": ids, "response_metadata": more}


def open_direct(call: Call) -> Json:
    """Opens (or finds) direct messages with one person or a few."""
    if call.args.get("channel"):
        channel = call.place()
        if channel.kind not in ("im", "mpim"):
            raise SlackRefusal("method_not_supported_for_channel_type")
    else:
        user_ids = [one for one in call.args["users"].replace(" ", "").split(",") if one]
        if len(user_ids) > limit("conversations.open.users"):
            raise SlackRefusal("too_many_users")
        for user in [call.person(one) for one in user_ids]:
            if user.deleted:
                raise SlackRefusal("user_disabled")
        if call.me in user_ids:
            raise SlackRefusal("invalid_user_combination")
        call.need_scope_for("im" if len(user_ids) == 1 else "mpim")
        channel = call.ws.open_im(user_ids[0]) if len(user_ids) == 1 else call.ws.open_mpim(user_ids)
    short = {"id": channel.id}
    return {"channel": channel_object(call.ws, channel) if call.args.get("return_im") else short}


HANDLERS: dict[str, Handler] = {
    "conversations.info": info,
    "conversations.list": list_all,
    "conversations.members": members,
    "conversations.open": open_direct,
    "users.conversations": list_mine,
}
