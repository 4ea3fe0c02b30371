"""Whom a new incident may reach, and why: one message for each of them, and none where they know or cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from bot.incidents.desk import Desk
from bot.incidents.lineages import called
from bot.views import impact as views
from bot.views.text import esc, one_line
from playbooks.card import ModelCard
from playbooks.lineage import Affected, Node
from playbooks.lineage_near import near
from storage import incidents, participants, people, timeline
from storage import lineage as stored
from storage.models import Incident

MOST_TOLD: Final = 15
LATELY: Final = timedelta(hours=4)
"""Whoever was told of a model by an incident that is still open is not told of it again for this long."""
NOTED: Final = "affected"
_MOST_CONSIDERED: Final = 200
_MOST_COMPARED: Final = 50
_ASKED: Final = ("owner", "owner.backup", "team.lead")


@dataclass
class _Owner:
    """Somebody to tell, with the reasons: model → in words."""

    name: str
    reasons: dict[str, str] = field(default_factory=dict)


def offers(desk: Desk, incident: Incident, reached: Affected) -> dict[str, Any]:
    """`tell`: account → name and reasons by model. `left`: models whose owners are too many. `nobody`: without any.

    Those downstream come first, then those who read what few read; of many, those of the most important models.
    """
    there = {row.user_id for row in participants.of_incident(desk.tx, incident.id) if row.user_id and not row.problem}
    why = dict(_reasons(reached))
    first = list(why)[:_MOST_CONSIDERED]
    cards = stored.whole_cards(desk.tx, [node.name for node in first])
    tell: dict[str, _Owner] = {}
    left: list[str] = []
    nobody: list[str] = []
    for node in first:
        user, name, suffix = owner_of(desk, cards[node.name]) if node.name in cards else (None, "", "")
        if user in there:
            continue
        if user is None:
            nobody.append(_named(node, name))
        elif user not in tell and len(tell) >= MOST_TOLD:
            left.append(_named(node, name))
        else:
            tell.setdefault(user, _Owner(name)).reasons[node.name] = why[node] + suffix
    return {
        "tell": {user: {"name": one.name, "reasons": one.reasons} for user, one in tell.items()},
        "left": left,
        "nobody": nobody,
        "more": len(why) - len(first),
    }


def _reasons(reached: Affected) -> Iterator[tuple[Node, str]]:
    for one in reached.downstream:
        if one.node.known:
            yield one.node, views.reason(one.node, via=one.via)
    for sibling in near(reached).siblings:
        if sibling.node.known:
            yield sibling.node, views.reason(sibling.node, shares=sibling.shares)


def _named(node: Node, name: str) -> str:
    return f"{esc(one_line(node.said, 100), 150)}{f' ({esc(one_line(name, 80), 120)})' if name else ''}"


def owner_of(desk: Desk, card: ModelCard) -> tuple[str | None, str, str]:
    """(account, name, words on why it is they) of the owner, else the backup, else the team's lead; None for nobody."""
    contacts = [(key, contact) for key in _ASKED for contact in card.contacts(key)]
    found = people.who_are(desk.tx, [contact for _, contact in contacts])
    for (key, contact), (user, problem) in zip(contacts, found, strict=True):
        if user is not None and problem is None:
            lead = ". You lead its team, and its owner cannot be reached" if key == "team.lead" else ""
            return user, called(desk.tx, contact), lead
    return None, called(desk.tx, contacts[0][1]) if contacts else "", ""


def told_lately(desk: Desk, incident: Incident) -> dict[str, dict[str, int]]:
    """Account → the models of which an open incident told them a short time ago, and which incident that was."""
    found: dict[str, dict[str, int]] = {}
    for other in incidents.listed(desk.tx, user="", everything=False, limit=_MOST_COMPARED):
        if other.id == incident.id or other.declared_at < desk.now - LATELY:
            continue
        for entry in timeline.of_incident(desk.tx, other.id, kinds=["bot"]):
            for user, models in ((entry.data or {}).get("told") or {}).items():
                for model in models:
                    found.setdefault(user, {})[model] = other.id
    return found
