"""Records written out as Slack writes them: user, channel, message, file, bookmark and view objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.sandbox.records import Bot, Channel, File, Json, Message, Note, User, Usergroup, View

if TYPE_CHECKING:
    from bot.sandbox.state import State


def user_object(ws: State, user: User) -> Json:
    """A user; the e-mail address is there only when the app may read it."""
    zone = datetime.fromtimestamp(ws.now(), UTC).astimezone(ZoneInfo(user.tz))
    offset = zone.utcoffset()
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.name,
        "display_name_normalized": user.name,
        "status_text": "",
        "status_emoji": "",
        "team": ws.bot.team_id,
    }
    if user.is_bot:
        profile |= {"bot_id": ws.bot.bot_id, "api_app_id": ws.bot.app_id}
    elif user.email and "users:read.email" in ws.bot.scopes:
        profile["email"] = user.email
    body: Json = {
        "id": user.id,
        "team_id": ws.bot.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
    }
    if not user.deleted:
        body |= {
            "real_name": user.real_name,
            "tz": user.tz,
            "tz_label": zone.tzname() or user.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": bool(user.guest),
            "is_ultra_restricted": user.guest == "one",
            "is_email_confirmed": not user.is_bot,
        }
    return body


def _note(note: Note) -> Json:
    return {"value": note.value, "creator": note.creator, "last_set": note.last_set}


def channel_object(ws: State, channel: Channel, *, seen_by: str | None = None) -> Json:
    """A conversation; `seen_by` adds is_member, which lists of one's own conversations leave out."""
    if channel.is_im:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.is_archived,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": ws.bot.team_id,
            "user": channel.im_with,
            "is_user_deleted": ws.users[channel.im_with].deleted,
            "is_open": True,
        }
    body: Json = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private and not channel.is_mpim,
        "is_group": channel.is_private and not channel.is_mpim,
        "is_im": False,
        "is_mpim": channel.is_mpim,
        "is_private": channel.is_private,
        "is_general": channel.is_general,
        "is_archived": channel.is_archived,
        "created": channel.created,
        "creator": channel.creator,
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "unlinked": 0,
        "context_team_id": ws.bot.team_id,
        "shared_team_ids": [ws.bot.team_id],
        "topic": _note(channel.topic),
        "purpose": _note(channel.purpose),
        "previous_names": list(channel.previous_names),
        "updated": channel.created * 1000,
    }
    if seen_by is not None:
        body["is_member"] = seen_by in channel.members
    return body


def _bot_fields(bot: Bot) -> Json:
    return {
        "bot_id": bot.bot_id,
        "app_id": bot.app_id,
        "bot_profile": {
            "id": bot.bot_id,
            "app_id": bot.app_id,
            "name": bot.name,
            "team_id": bot.team_id,
            "deleted": False,
        },
    }


def message_object(ws: State, message: Message, *, metadata: bool = True) -> Json:
    """A message with its reactions, files and, for a thread's parent, the summary of its replies."""
    body: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
    body["team"] = ws.bot.team_id
    optional = {
        "subtype": message.subtype,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "edited": message.edited,
        "username": message.username,
        "icons": message.icon,
        "topic": message.topic if message.subtype == "channel_topic" else None,
        "purpose": message.topic if message.subtype == "channel_purpose" else None,
        "inviter": message.inviter,
    }
    body.update({key: value for key, value in optional.items() if value is not None})
    if message.by_bot:
        body |= _bot_fields(ws.bot)
    if metadata and message.metadata is not None:
        body["metadata"] = message.metadata
    if message.files:
        body |= {"files": [file_object(ws, ws.files[one]) for one in message.files], "upload": False}
    if message.reactions:
        body["reactions"] = reactions_list(message)
    body.update(_thread_fields(ws, message))
    if message.ts in ws.channels[message.channel].pins:
        body["pinned_to"] = [message.channel]
    return body


def _thread_fields(ws: State, message: Message) -> Json:
    if message.replies:
        said = ws.channels[message.channel].messages
        who = list(dict.fromkeys(said[ts].user for ts in message.replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(message.replies),
            "reply_users_count": len(who),
            "reply_users": who[:5],
            "latest_reply": message.replies[-1],
            "is_locked": False,
            "subscribed": False,
        }
    if message.thread_ts:
        parent = ws.channels[message.channel].messages.get(message.thread_ts)
        fields: Json = {"thread_ts": message.thread_ts}
        if parent is not None:
            fields["parent_user_id"] = parent.user
        return fields
    return {}


def reactions_list(message: Message) -> list[Json]:
    """Who reacted with what, in the order of the first reaction of each kind."""
    return [{"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()]


def file_object(ws: State, file: File) -> Json:
    """A file, with where it was shared."""
    shares: Json = {}
    for channel_id, ts in file.shares:
        channel = ws.channels[channel_id]
        side = "private" if channel.is_private or channel.is_im else "public"
        share = {"ts": ts, "channel_name": channel.name, "team_id": ws.bot.team_id}
        shares.setdefault(side, {}).setdefault(channel_id, []).append(share)
    ids = [channel_id for channel_id, _ in file.shares]
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": "text/markdown" if suffix == "md" else "text/plain",
        "filetype": {"md": "markdown", "txt": "text"}.get(suffix, suffix),
        "user": file.user,
        "size": len(file.content or b""),
        "mode": "hosted",
        "is_external": False,
        "is_public": "public" in shares,
        "url_private": f"{ws.base_url}/files-pri/{file.id}/{file.name}",
        "permalink": f"{ws.domain}files/{file.user}/{file.id}/{file.name}",
        "channels": [one for one in ids if not ws.channels[one].is_private and not ws.channels[one].is_im],
        "groups": [one for one in ids if ws.channels[one].is_private],
        "ims": [one for one in ids if ws.channels[one].is_im],
        "shares": shares,
        "file_access": "visible",
        "alt_txt": file.alt_txt,
    }


def usergroup_object(ws: State, group: Usergroup, *, users: bool, count: bool) -> Json:
    """A user group, with its members or their number when asked for."""
    body: Json = {
        "id": group.id,
        "team_id": ws.bot.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "is_external": False,
        "date_create": group.created,
        "date_delete": group.created if group.disabled else 0,
    }
    if users:
        body["users"] = list(group.users)
    if count:
        body["user_count"] = len(group.users)
    return body


def view_object(ws: State, view: View) -> Json:
    """A view as Slack returns it and as it sends it with every interaction."""
    sent = view.payload
    modal = sent["type"] == "modal"
    body: Json = {
        "id": view.id,
        "team_id": ws.bot.team_id,
        "type": sent["type"],
        "blocks": sent["blocks"],
        "private_metadata": sent.get("private_metadata", ""),
        "callback_id": sent.get("callback_id", ""),
        "external_id": sent.get("external_id", ""),
        "state": {"values": view.state},
        "hash": view.hash,
        "root_view_id": view.root_view_id,
        "previous_view_id": view.previous_view_id,
        "app_id": ws.bot.app_id,
        "app_installed_team_id": ws.bot.team_id,
        "bot_id": ws.bot.bot_id,
        "clear_on_close": sent.get("clear_on_close", False),
        "notify_on_close": sent.get("notify_on_close", False),
    }
    if modal:
        body |= {key: sent.get(key) for key in ("title", "submit", "close")}
    return body
