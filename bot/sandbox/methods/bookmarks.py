"""bookmarks.*: the links at the top of a channel."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.records import Channel, Json

MOST_BOOKMARKS = 100


def _channel(call: Call) -> Channel:
    channel = call.place("channel_id")
    if call.me not in channel.members:
        raise SlackRefusal("access_denied")
    return channel


def _checked_link(link: str | None) -> str:
    if not link or len(link) > 3000 or urlsplit(link).scheme not in ("http", "https"):
        raise SlackRefusal("invalid_link")
    return link


def _checked_emoji(emoji: str | None) -> str:
    if emoji and not (emoji.startswith(":") and emoji.endswith(":") and len(emoji) > 2):
        raise SlackRefusal("invalid_emoji")
    return emoji or ""


def _bookmark(call: Call, channel: Channel) -> Json:
    found = channel.bookmarks.get(call.args["bookmark_id"])
    if found is None:
        raise SlackRefusal("not_found")
    return found


def add(call: Call) -> Json:
    """Adds a link. The same link twice makes two bookmarks."""
    channel = _channel(call)
    if call.args["type"] != "link":
        raise SlackRefusal("invalid_bookmark_type")
    link, emoji = _checked_link(call.args.get("link")), _checked_emoji(call.args.get("emoji"))
    if len(channel.bookmarks) >= MOST_BOOKMARKS:
        raise SlackRefusal("too_many_bookmarks")
    now = int(call.ws.now())
    bookmark: Json = {
        "id": call.ws.new_id("Bk"),
        "channel_id": channel.id,
        "title": call.args["title"],
        "link": link,
        "emoji": emoji,
        "icon_url": "",
        "type": "link",
        "entity_id": call.args.get("entity_id"),
        "date_created": now,
        "date_updated": 0,
        "rank": f"{len(channel.bookmarks):04d}",
        "last_updated_by_user_id": call.me,
        "last_updated_by_team_id": call.ws.bot.team_id,
        "shortcut_id": None,
        "app_id": call.ws.bot.app_id,
    }
    channel.bookmarks[bookmark["id"]] = bookmark
    return {"bookmark": bookmark}


def edit(call: Call) -> Json:
    """Changes a bookmark's title, link or emoji."""
    bookmark = _bookmark(call, _channel(call))
    changes: Json = {}
    if call.args.get("title"):
        changes["title"] = call.args["title"]
    if "link" in call.args:
        changes["link"] = _checked_link(call.args["link"])
    if "emoji" in call.args:
        changes["emoji"] = _checked_emoji(call.args["emoji"])
    bookmark.update(changes, date_updated=int(call.ws.now()))
    return {"bookmark": bookmark}


def remove(call: Call) -> Json:
    """Takes a bookmark away."""
    channel = _channel(call)
    del channel.bookmarks[_bookmark(call, channel)["id"]]
    return {}


def list_all(call: Call) -> Json:
    """Every bookmark of a channel, in the order in which they stand."""
    return {"bookmarks": list(_channel(call).bookmarks.values())}


HANDLERS: dict[str, Handler] = {
    "bookmarks.add": add,
    "bookmarks.edit": edit,
    "bookmarks.remove": remove,
    "bookmarks.list": list_all,
}
