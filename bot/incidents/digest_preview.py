"""The digest as of now, without sending it: in Slack for whoever asks, and as plain lines for a terminal."""

from __future__ import annotations

import dataclasses
import re

from bot.incidents import owner_digest
from bot.incidents.desk import Answer, Command, Desk, Feature
from bot.incidents.digest import KEY, gather, trend_of
from bot.incidents.lateness import late
from bot.incidents.people import name_of
from bot.incidents.scores import overall, standings, today_of, worst_first
from bot.incidents.survey import survey
from bot.requests import Digest
from bot.views.blocks import context
from bot.views.digest import digest
from bot.views.terminal import in_lines
from bot.views.text import esc, section
from playbooks.lifecycle import RuleBroken
from playbooks.scores import by_team
from storage import catalogue, listing, people, reminders, reports

_MOST_MODELS = 1000
"""Looked over while somebody waits, and whoever opens an incident waits with them."""
_ACCOUNT = re.compile(r"[UW][A-Z0-9]{4,}")


def as_posted(desk: Desk, *, most: int | None = None) -> owner_digest.Said:
    """What the digest channel would read; of a catalogue with more than `most` models, about the most important."""
    total = listing.count(desk.tx)
    names = None if most is None or total <= most else listing.foremost(desk.tx, limit=most)
    found = survey(desk, catalogue.cards(desk.tx, names))
    teams = by_team(listing.teams(desk.tx))
    ranked = sorted(standings(desk, teams).values(), key=worst_first)
    facts = dataclasses.replace(gather(desk, found), models=total, looked_over=len(found.models))
    return digest(facts, weeks=overall(desk, teams), teams=ranked)


def as_told(desk: Desk, user: str) -> owner_digest.Said | str:
    """What one person would be told, or why they are told nothing."""
    theirs = listing.of_people(desk.tx, people.contacts_of(desk.tx, user))
    found = survey(desk, catalogue.cards(desk.tx, theirs))
    known = owner_digest.readers(found, late(desk), standings(desk, by_team(listing.teams(desk.tx))))
    if user not in known.accounts():
        return f"{_nothing_to(desk, user)}, for no model or team is theirs."
    promised = reminders.find(desk.tx, KEY)
    data = (promised.data if promised else None) or {}
    weeks = trend_of(data, user, known.owned.get(user, ()), today_of(desk))
    return owner_digest.for_one(desk, known, user, weeks) or f"{_nothing_to(desk, user)}: there is nothing to say."


def preview_lines(desk: Desk) -> list[str]:
    """The digest of the channel."""
    return in_lines(as_posted(desk)[1])


def preview_for(desk: Desk, who: str) -> list[str]:
    """What one person would be told: by e-mail address, @name or Slack id. Raises RuleBroken for nobody."""
    user = _account(desk, who.strip())
    said = as_told(desk, user)
    if isinstance(said, str):
        return [said]
    return [f"To {name_of(desk.tx, user)}", "", *in_lines(said[1])]


def show(desk: Desk, request: Digest, _command: Command) -> Answer:
    """The digest of the channel, or of one person, for the asker alone."""
    user = desk.by if request.mine else request.user
    if user is None:
        text, blocks = as_posted(desk, most=_MOST_MODELS)
        return Answer(text=text, blocks=blocks)
    said = as_told(desk, user)
    if isinstance(said, str):
        return Answer(text=esc(said))
    text, blocks = said
    if user != desk.by:
        # Whoever looks at somebody else's is not asked what only they can say.
        blocks = [one for one in blocks if one["type"] != "actions"]
        blocks = [context(f"What {esc(name_of(desk.tx, user), 80)} would be told. Nothing is sent."), *blocks[:49]]
    return Answer(text=text, blocks=blocks or [section(text)])


def _nothing_to(desk: Desk, user: str) -> str:
    return f"Nothing is sent to {name_of(desk.tx, user) if user != desk.by else 'you'}"


def _account(desk: Desk, who: str) -> str:
    contact = f"slack:{who}" if _ACCOUNT.fullmatch(who) else who
    user, problem = people.who(desk.tx, contact)
    if user is None and contact != who and people.person(desk.tx, who) is not None:
        user, problem = who, None
    if user is None:
        named = reports.accounts_named(desk.tx, who.removeprefix("@"))
        if len(named) == 1:
            return named[0]
        if named:
            raise RuleBroken(f"{len(named)} people go by “{who[:60]}”; give an e-mail address or a Slack id.")
    if user is None or problem is not None:
        raise RuleBroken(f"“{who[:100]}” {problem or people.NOT_ASKED_YET}.")
    return user


FEATURE = Feature(commands={Digest: show})
