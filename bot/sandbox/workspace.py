"""The workspace as one object: its people, channels, files and views, and everything that can be done in it."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from bot.sandbox.channels import Channels
from bot.sandbox.records import Bot, Json, User, Usergroup
from bot.sandbox.views import Views

FOUNDED_S = 30 * 86400.0
COMPANY = Path(__file__).with_name("company.yaml")


class Workspace(Channels):
    """A Slack workspace in memory, with one app installed.

    State: users, channels, usergroups, files, views, ephemerals, calls, bot, clock_offset.
    Doing: now, new_ts, post, edit, delete, react, unreact, pin, unpin, create_channel, join, leave, rename, archive,
    set_note, open_im, permalink. Each change calls every one of `listeners` with the inner event that Slack sends.
    """

    def __init__(self, *, bot: Bot, team_name: str, domain: str) -> None:
        super().__init__(bot=bot, team_name=team_name, domain=domain)
        self.views = Views(new_id=self.new_id, new_ts=self.new_ts)

    def find_user(self, name_or_id: str) -> User:
        """A person by id, handle or real name; KeyError when there is none."""
        if name_or_id in self.users:
            return self.users[name_or_id]
        wanted = name_or_id.removeprefix("@").lower()
        for user in self.users.values():
            if wanted in (user.name.lower(), user.real_name.lower()):
                return user
        raise KeyError(name_or_id)

    def find_channel_id(self, name_or_id: str) -> str:
        """A channel's id from its id or its name, with or without #; KeyError when there is none."""
        if name_or_id in self.channels:
            return name_or_id
        return self.names[name_or_id.removeprefix("#")]

    def deactivate(self, user_id: str) -> None:
        """Makes somebody leave the company: they stay in old channels' history, not in the channels."""
        user = self.users[user_id]
        user.deleted = True
        for channel_id in list(self.memberships[user_id]):
            self.channels[channel_id].members.pop(user_id, None)
        self.memberships[user_id].clear()
        self.announce_user(user_id)


def open_workspace(company: Path = COMPANY, *, lived_in: bool = False) -> Workspace:
    """A fresh workspace from a company file; the shipped one is Larkspur, an online shop.

    Where it is `lived_in`, it begins with what its people said lately.
    """
    plan = YAML(typ="safe", pure=True).load(company.read_text("utf-8"))
    ws = Workspace(
        bot=_bot(plan["bot"], plan["team"]["id"]), team_name=plan["team"]["name"], domain=plan["team"]["url"]
    )
    ws.add_user(User(id=ws.bot.user_id, name=ws.bot.name, real_name=ws.bot.name, email="", tz="UTC", is_bot=True))
    for user_id, person in plan["people"].items():
        ws.add_user(User(id=user_id, **person))
    for group_id, group in plan.get("usergroups", {}).items():
        ws.usergroups[group_id] = Usergroup(id=group_id, created=int(ws.now()), **group)
    ws.clock_offset = -FOUNDED_S if lived_in else 0.0
    for channel_id, channel in plan["channels"].items():
        _add_channel(ws, channel_id, channel)
    if lived_in:
        _say_before(ws, plan.get("said", []))
    return ws


def _say_before(ws: Workspace, said: list[Json]) -> None:
    """What people said before the workspace is looked at, oldest first: so many minutes ago, where, who, what."""
    for one in sorted(said, key=lambda one: -one["minutes_ago"]):
        ws.clock_offset = -60.0 * one["minutes_ago"]
        ws.post(ws.find_channel_id(one["channel"]), user_id=ws.find_user(one["who"]).id, text=one["text"])
    ws.clock_offset = 0.0


def _bot(plan: Json, team_id: str) -> Bot:
    return Bot(**{**plan, "team_id": team_id, "scopes": set(plan["scopes"])})


def _add_channel(ws: Workspace, channel_id: str, plan: Json) -> None:
    everyone = [user.id for user in ws.users.values() if not user.deleted and not user.is_bot]
    members = everyone if plan["members"] == "everyone" else plan["members"]
    channel = ws.create_channel(
        plan["name"], creator=members[0], is_private=plan.get("private", False), channel_id=channel_id
    )
    channel.is_general = plan.get("general", False)
    channel.purpose.value = plan.get("purpose", "")
    for user_id in members[1:]:
        ws.join(channel_id, user_id)
    if plan.get("bot", False):
        ws.join(channel_id, ws.bot.user_id)
