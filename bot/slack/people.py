"""People: brought into the channel one by one as far as they can be, looked up, and found behind a contact."""

from __future__ import annotations

from typing import Any

from bot.effects import DrawCard, Invite, LookUpPerson, ResolveContact, owe
from bot.effects.reaching import BringInGroup
from bot.incidents.desk import Desk
from bot.incidents.groups import MOST
from bot.slack.channel import channel_of, incident_of
from bot.slack.directory import Directory
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Refused
from playbooks.contacts import Contact, parse_contact
from storage import deliveries

MOST_AT_ONCE = 100
THERE = frozenset({"already_in_channel", "cant_invite_self"})
PROBLEMS = {
    "user_not_found": "not found in Slack",
    "users_not_found": "not found in Slack",
    "no_user": "not found in Slack",
    "cant_invite": "cannot be invited; the Slack account may be deactivated",
    "user_disabled": "the Slack account is deactivated",
    "account_inactive": "the Slack account is deactivated",
    "user_is_restricted": "is a guest who may not join the channel",
    "ura_max_channels": "is a guest who may not join another channel",
    "org_user_not_in_team": "is not in this Slack workspace",
    "invitee_cant_see_channel": "may not see the channel",
    "app_cannot_join_channel": "is an app that cannot join the channel",
    "no_permission": "the bot may not invite them",
    "no_external_invite_permission": "is from another company and the bot may not invite them",
}
"""Refusals that concern one person. They never stop the others."""
NO_GROUPS = {
    "no_such_subteam": "is no group in Slack any more",
    "plan_upgrade_required": "cannot be looked up, because this Slack plan has no groups",
}
MOST_LOOKED_AT = 2 * MOST
"""Of a group, so that a few who have left keep nobody out, and a group of hundreds costs no minutes."""


async def invite(errand: Errand[Invite]) -> Learnt:
    """Learns problems: user id → why they could not come, None for who is there."""
    channel = await errand.read(lambda desk: channel_of(incident_of(desk, errand.effect)))
    problems: dict[str, str | None] = {}
    users = list(dict.fromkeys(errand.effect.users))
    for start in range(0, len(users), MOST_AT_ONCE):
        problems.update(await _invite_some(errand, channel, users[start : start + MOST_AT_ONCE]))
    return {"problems": problems}


async def _invite_some(errand: Errand[Invite], channel: str, users: list[str]) -> dict[str, str | None]:
    force = {"force": True} if len(users) > 1 else {}
    try:
        answered = await errand.slack.call("conversations.invite", channel=channel, users=",".join(users), **force)
    except Refused as no:
        if no.error not in PROBLEMS and no.error not in THERE:
            raise
        if len(users) == 1:
            return {users[0]: _problem(no.error)}
        refused = _each(no.answer)
        if set(refused) >= set(users):  # nobody could be invited, and Slack says why of each
            return {user: _problem(refused[user]) for user in users}
        return {user: why for one in users for user, why in (await _invite_some(errand, channel, [one])).items()}
    refused = _each(answered)
    return {user: _problem(refused[user]) if user in refused else None for user in users}


def _each(answer: Any) -> dict[str, str]:
    rows = answer.get("errors") or []
    return {str(row["user"]): str(row.get("error", "")) for row in rows if isinstance(row, dict) and "user" in row}


def _problem(error: str) -> str | None:
    return None if error in THERE else PROBLEMS.get(error, "Slack did not let them join")


def write_invited(desk: Desk, effect: Invite, learnt: Learnt) -> None:
    if deliveries.keep_invited(desk.tx, effect.incident_id, learnt["problems"]):
        owe(desk.tx, DrawCard(incident_id=effect.incident_id))


def nobody_invited(desk: Desk, effect: Invite, reason: str) -> None:
    """The card says why nobody came, until an operator has mended it."""
    problems: dict[str, str | None] = dict.fromkeys(effect.users, f"could not be invited: {reason}")
    if deliveries.keep_invited(desk.tx, effect.incident_id, problems):
        owe(desk.tx, DrawCard(incident_id=effect.incident_id))


async def look_up(errand: Errand[LookUpPerson]) -> Learnt:
    """Learns user_id (None when Slack knows nobody), name, email, time_zone, deactivated, is_bot."""
    user = errand.effect.user
    try:
        answered = await errand.slack.call("users.info", user=user)
    except Refused as no:
        if no.error not in {"user_not_found", "user_not_visible"}:
            raise
        return {"user_id": None, "problem": PROBLEMS["user_not_found"]}
    return person(answered["user"])


def person(user: dict[str, Any]) -> Learnt:
    """What we keep of Slack's user object."""
    profile = user.get("profile") or {}
    name = user.get("real_name") or profile.get("real_name") or profile.get("display_name") or user.get("name")
    return {
        "user_id": user["id"],
        "name": name or "somebody",
        "email": profile.get("email"),
        "time_zone": user.get("tz"),
        "deactivated": bool(user.get("deleted")),
        "is_bot": bool(user.get("is_bot")),
    }


def outsider(user: dict[str, Any]) -> str | None:
    """Why somebody is not brought in by the bot although Slack would let them in; None for those who belong here."""
    if user.get("is_stranger"):
        return "is from another company; invite them by hand if they may read this"
    if user.get("is_ultra_restricted"):
        return "is a guest of one channel in Slack, and can join no other"
    if user.get("is_restricted"):
        return "is a guest in Slack; invite them by hand if they may read this"
    return None


def why_not(user: dict[str, Any]) -> str | None:
    """Why this account cannot come, the reason that ends all others first; None for whoever can."""
    if user.get("deleted"):
        return PROBLEMS["user_disabled"]
    return "is an app, not a person" if user.get("is_bot") else outsider(user)


class ContactFinder:
    """Finds the Slack account behind a contact of the catalogue."""

    def __init__(self) -> None:
        self._directory = Directory()

    async def resolve(self, errand: Errand[ResolveContact]) -> Learnt:
        """Learns contact and problem, with user_id None when nobody was found and all of LookUpPerson otherwise."""
        text = errand.effect.contact
        contact = parse_contact(text)
        if contact.kind == "slack-group":
            return {"contact": text, "user_id": None, **await self._group(errand, contact.value)}
        found = await self._look_for(errand, contact)
        if found is None:
            nobody = await self._named_like(errand, contact) or _why_nobody(contact)
            return {"contact": text, "user_id": None, "problem": nobody}
        known = person(found)
        problem = PROBLEMS["user_disabled"] if known["deactivated"] else outsider(found)
        return {"contact": text, "problem": problem, **known}

    async def _group(self, errand: Errand[Any], group_id: str) -> Learnt:
        try:
            found = next((one for one in await self._directory.groups(errand.slack) if one.get("id") == group_id), None)
        except Refused as no:
            if no.error not in NO_GROUPS:
                raise
            return {"problem": NO_GROUPS[no.error]}
        if found is None:
            return {"problem": "is no group that Slack knows"}
        count = found.get("user_count") or 0
        return {"problem": None, "group": {"handle": str(found.get("handle") or "group"), "people": int(count)}}

    async def _named_like(self, errand: Errand[Any], contact: Contact) -> str | None:
        """A group is easily written like a person."""
        if contact.kind != "handle":
            return None
        try:
            groups = await self._directory.groups(errand.slack)
        except Refused:
            return None
        ids = [one.get("id") for one in groups if str(one.get("handle")).lower() == contact.value.lower()]
        return f"is a Slack group; write slack-group:{ids[0]} to be asked whether it shall come" if ids else None

    async def _look_for(self, errand: Errand[ResolveContact], contact: Contact) -> dict[str, Any] | None:
        try:
            if contact.kind == "email":
                return _user(await errand.slack.call("users.lookupByEmail", email=contact.value))
            if contact.kind == "slack-user":
                return _user(await errand.slack.call("users.info", user=contact.value))
        except Refused as no:
            if no.error not in {"users_not_found", "user_not_found", "user_not_visible"}:
                raise
            return None
        if contact.kind == "handle":
            return await self._directory.find(errand.slack, contact.value)
        return None


def _user(answered: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answered["user"]
    return found


def _why_nobody(contact: Contact) -> str:
    if contact.kind == "email":
        return "has no active Slack account under this e-mail address"
    if contact.kind == "handle":
        return "has a handle that nobody in Slack has"
    if contact.is_group:
        return "is a group; name one person, so that nobody pages a whole team by accident"
    if contact.is_schedule:
        return "is a schedule; the model's oncall field is where it is asked"
    if contact.kind == "slack-user":
        return PROBLEMS["user_not_found"]
    return "has no e-mail address or Slack handle written down"


async def open_group(errand: Errand[BringInGroup]) -> Learnt:
    """Learns people (who can come, at most MOST), left_out (names) and unable (name → why), or a problem."""
    nobody: Learnt = {"people": [], "left_out": [], "unable": {}}
    try:
        answered = await errand.slack.call("usergroups.users.list", usergroup=errand.effect.group)
    except Refused as no:
        if no.error not in NO_GROUPS:
            raise
        return {**nobody, "problem": NO_GROUPS[no.error]}
    ids = list(dict.fromkeys(map(str, answered.get("users") or [])))
    come: list[Learnt] = []
    left_out: list[str] = []
    unable: dict[str, str] = {}
    for user in ids[:MOST_LOOKED_AT]:
        account = await _account(errand, user)
        name = person(account)["name"] if account else "somebody"
        problem = why_not(account) if account else PROBLEMS["user_not_found"]
        if problem or account is None:
            unable[name] = problem or ""
        elif len(come) < MOST:
            come.append(person(account))
        else:
            left_out.append(name)
    left_out += [f"{len(ids) - MOST_LOOKED_AT} others"] if len(ids) > MOST_LOOKED_AT else []
    return {"people": come, "left_out": left_out, "unable": unable, "problem": None}


async def _account(errand: Errand[Any], user: str) -> dict[str, Any] | None:
    try:
        return _user(await errand.slack.call("users.info", user=user))
    except Refused as no:
        if no.error not in {"user_not_found", "user_not_visible"}:
            raise
        return None
