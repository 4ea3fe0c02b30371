"""auth.*, apps.*, users.* and usergroups.*: who the bot is and who works here."""

from __future__ import annotations

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.paging import take_page
from bot.sandbox.records import Json
from bot.sandbox.shapes import user_object, usergroup_object


def auth_test(call: Call) -> Json:
    """Who the token belongs to."""
    bot = call.ws.bot
    return {
        "url": call.ws.domain,
        "team": call.ws.team_name,
        "user": bot.name,
        "team_id": bot.team_id,
        "user_id": bot.user_id,
        "bot_id": bot.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Json:
    """A fresh address for Socket Mode."""
    if "connections:write" not in call.ws.bot.app_scopes:
        raise SlackRefusal("missing_scope", needed="connections:write", provided="")
    if call.ws.open_socket is None:
        raise SlackRefusal("internal_error")
    return {"url": call.ws.open_socket()}


def user_info(call: Call) -> Json:
    """One person, deactivated ones too."""
    body = user_object(call.ws, call.person(call.args["user"]))
    if call.args.get("include_locale"):
        body["locale"] = "en-US"
    return {"user": body}


def user_by_email(call: Call) -> Json:
    """The active person with an e-mail address, in whatever case."""
    user_id = call.ws.emails.get(call.args["email"].strip().lower(), "")
    user = call.ws.users.get(user_id)
    if user is None or user.deleted:
        raise SlackRefusal("users_not_found")
    return {"user": user_object(call.ws, user)}


def list_users(call: Call) -> Json:
    """Everybody, deactivated people and bots too, a page at a time."""
    ids, more = take_page(call.ws.users, call.args)
    return {
        "members": [user_object(call.ws, call.ws.users[one]) for one in ids],
        "cache_ts": int(call.ws.now()),
        "response_metadata": more,
    }


def list_groups(call: Call) -> Json:
    """The user groups."""
    disabled = call.args.get("include_disabled", False)
    users, count = call.args.get("include_users", False), call.args.get("include_count", False)
    groups = [one for one in call.ws.usergroups.values() if disabled or not one.disabled]
    return {"usergroups": [usergroup_object(call.ws, one, users=users, count=count) for one in groups]}


def list_group_users(call: Call) -> Json:
    """Who is in a user group."""
    group = call.ws.usergroups.get(call.args["usergroup"])
    if group is None or (group.disabled and not call.args.get("include_disabled")):
        raise SlackRefusal("no_such_subteam")
    return {"users": list(group.users)}


HANDLERS: dict[str, Handler] = {
    "auth.test": auth_test,
    "apps.connections.open": open_connection,
    "users.info": user_info,
    "users.lookupByEmail": user_by_email,
    "users.list": list_users,
    "usergroups.list": list_groups,
    "usergroups.users.list": list_group_users,
}
