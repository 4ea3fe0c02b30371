"""The Slack app's manifest, made from the code: the scopes of the methods it calls, the events its features hear."""

from __future__ import annotations

import json
from typing import Any

from bot.incidents.desk import Feature
from bot.incidents.features import feature

METHODS: dict[str, tuple[str, ...]] = {
    "apps.connections.open": (),  # asks for connections:write of the app-level token
    "auth.test": (),
    "bookmarks.add": ("bookmarks:write",),
    "bookmarks.list": ("bookmarks:read",),
    "chat.getPermalink": (),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.create": ("channels:manage", "groups:write"),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.invite": ("channels:manage", "groups:write"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history"),
    "conversations.setTopic": ("channels:manage", "groups:write"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "users.conversations": ("channels:read", "groups:read"),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read", "users:read.email"),
    "views.open": (),
    "views.push": (),
    "views.update": (),
}
"""Every method that the code calls → the scopes it needs there: public and private channels, direct messages."""

EVENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "app_home_opened": {"app_home_opened": ()},
    "member_joined_channel": {"member_joined_channel": ("channels:read", "groups:read")},
    "member_left_channel": {"member_left_channel": ("channels:read", "groups:read")},
    "message": {"message.channels": ("channels:history",), "message.groups": ("groups:history",)},
    "reaction_added": {"reaction_added": ("reactions:read",)},
    "reaction_removed": {"reaction_removed": ("reactions:read",)},
    "user_change": {"user_change": ("users:read",)},
}
"""Type of event → what to subscribe to, and the scopes for that."""

COMMAND_SCOPE = "commands"


def subscriptions(whole: Feature) -> dict[str, tuple[str, ...]]:
    """The events that the features hear, as Slack names subscriptions → the scopes for each."""
    types = sorted({event.split("/")[0] for event in whole.events})
    return {name: scopes for kind in types for name, scopes in EVENTS[kind].items()}


def subscribed_events() -> list[str]:
    """The events that the app subscribes to, as Slack names subscriptions."""
    return sorted(subscriptions(feature()))


def needed_scopes() -> list[str]:
    """Every scope that the bot token has to have."""
    for_methods = {scope for scopes in METHODS.values() for scope in scopes}
    for_events = {scope for scopes in subscriptions(feature()).values() for scope in scopes}
    return sorted(for_methods | for_events | {COMMAND_SCOPE})


def build_manifest(*, public_url: str | None = None) -> dict[str, Any]:
    """The manifest, for Socket Mode; with the address at which Slack reaches the bot, for HTTP."""
    where = {} if public_url is None else {"url": f"{public_url.rstrip('/')}/slack/events"}
    request_url = {"request_url": where["url"]} if where else {}
    menus = {"message_menu_options_url": where["url"]} if where else {}
    heard = subscriptions(feature())
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "ml-incident",
            "description": "Runs the response when a machine-learning model fails in production.",
            "long_description": (
                "Type /ml-incident open when a model misbehaves. A channel opens with the right people in it, a card "
                "says which version is serving and which one to roll back to, and a playbook leads through the first "
                "minutes. What people do is kept as a timeline. When it is over a review is drafted, and somebody is "
                "reminded of it until it is done."
            ),
            "background_color": "#2c2d72",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": "app_home_opened" in heard,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "ml-incident", "always_online": True},
            "slash_commands": [
                {
                    "command": "/ml-incident",
                    "description": "Open an incident, or work in one",
                    "usage_hint": "open <model> <what is wrong> · help",
                    # So that a mention arrives with the person's id.
                    "should_escape": True,
                    **where,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": needed_scopes()}},
        "settings": {
            "event_subscriptions": {"bot_events": sorted(heard), **request_url},
            "interactivity": {"is_enabled": True, **request_url, **menus},
            "org_deploy_enabled": False,
            "socket_mode_enabled": public_url is None,
            "token_rotation_enabled": False,
        },
    }


def as_json(manifest: dict[str, Any]) -> str:
    """The manifest as Slack's form takes it."""
    return json.dumps(manifest, indent=2, ensure_ascii=False)
