"""conversations.* that change something: create, invite, join, leave, archive, rename, topic and purpose."""

from __future__ import annotations

from bot.sandbox.blockkit import limit
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.records import Channel, Json
from bot.sandbox.shapes import channel_object


def _described(call: Call, channel: Channel) -> Json:
    return {"channel": channel_object(call.ws, channel, seen_by=call.me)}


def _channel(call: Call, *, member: bool = True, alive: bool = True) -> Channel:
    channel = call.place(member=member, alive=alive)
    if channel.is_im or channel.is_mpim:
        raise SlackRefusal("method_not_supported_for_channel_type")
    return channel


def create(call: Call) -> Json:
    """Creates a channel with the bot in it."""
    is_private = call.args.get("is_private", False)
    call.need_scope_for("private_channel" if is_private else "public_channel")
    channel = call.ws.create_channel(call.args["name"], creator=call.me, is_private=is_private)
    return _described(call, channel)


def _why_not(call: Call, channel: Channel, user_id: str) -> str | None:
    user = call.ws.users.get(user_id)
    if user is None:
        return "user_not_found"
    if user_id == call.me:
        return "cant_invite_self"
    if user.deleted:
        return "cant_invite"
    if user.guest == "one" and user_id not in channel.members:
        return "ura_max_channels"
    return "already_in_channel" if user_id in channel.members else None


def invite(call: Call) -> Json:
    """Invites people; without `force` one who can't be invited stops them all."""
    channel = _channel(call)
    user_ids = list(dict.fromkeys(one for one in call.args["users"].replace(" ", "").split(",") if one))
    most = limit("conversations.invite.users")
    if len(user_ids) > most:
        raise SlackRefusal("invalid_arguments", messages=[f"no more than {most} users [json-pointer:/users]"])
    if not user_ids:
        raise SlackRefusal("no_user")
    refused = {one: why for one in user_ids if (why := _why_not(call, channel, one))}
    errors = [{"user": one, "ok": False, "error": why} for one, why in refused.items()]
    nobody_left = len(refused) == len(user_ids)
    if refused and (nobody_left or not call.args.get("force")):
        word = next(iter(refused.values()))
        raise SlackRefusal(word, errors=errors) if len(user_ids) > 1 else SlackRefusal(word)
    for one in user_ids:
        if one not in refused:
            call.ws.join(channel.id, one, inviter=call.me)
    return _described(call, channel) | ({"errors": errors} if errors else {})


def join(call: Call) -> Json:
    """Puts the bot into a public channel."""
    channel = _channel(call, member=False)
    if channel.is_private:
        raise SlackRefusal("method_not_supported_for_channel_type")
    joined = call.ws.join(channel.id, call.me)
    if not joined:
        call.warnings.append("already_in_channel")
    return _described(call, channel)


def leave(call: Call) -> Json:
    """Takes the bot out of a channel."""
    channel = _channel(call, member=False)
    if channel.is_general:
        raise SlackRefusal("cant_leave_general")
    if call.me not in channel.members:
        return {"not_in_channel": True}
    if channel.is_private and len(channel.members) == 1:
        raise SlackRefusal("last_member")
    call.ws.leave(channel.id, call.me)
    return {}


def archive(call: Call) -> Json:
    """Closes a channel."""
    channel = _channel(call, alive=False)
    if channel.is_archived:
        raise SlackRefusal("already_archived")
    if channel.is_general:
        raise SlackRefusal("cant_archive_general")
    call.ws.archive(channel.id, call.me)
    return {}


def rename(call: Call) -> Json:
    """Gives a channel that the bot created another name."""
    channel = _channel(call)
    if channel.creator != call.me:
        raise SlackRefusal("not_authorized")
    call.ws.rename(channel.id, call.args["name"], call.me)
    return _described(call, channel)


def set_topic(call: Call) -> Json:
    """Sets a channel's topic."""
    return _set_note(call, "topic")


def set_purpose(call: Call) -> Json:
    """Sets a channel's purpose."""
    return _set_note(call, "purpose")


def _set_note(call: Call, which: str) -> Json:
    channel = _channel(call)
    value = call.args[which]
    if len(value) > limit(f"channel.{which}"):
        raise SlackRefusal("too_long")
    call.ws.set_note(channel.id, which, value, call.me)
    return _described(call, channel)


HANDLERS: dict[str, Handler] = {
    "conversations.create": create,
    "conversations.invite": invite,
    "conversations.join": join,
    "conversations.leave": leave,
    "conversations.archive": archive,
    "conversations.rename": rename,
    "conversations.setTopic": set_topic,
    "conversations.setPurpose": set_purpose,
}
