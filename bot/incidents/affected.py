"""Whom a new incident reaches: named on its card, and told once each with a way in, never brought in by force."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bot.effects import DrawCard, Tell, owe
from bot.effects.impact import FindAffected
from bot.incidents.desk import Desk
from bot.incidents.finding import brief
from bot.incidents.lineages import called, owners, whole
from bot.incidents.telling import channel_first, is_announced, say
from bot.views import impact as views
from bot.views.text import esc, one_line
from playbooks.card import ModelCard
from playbooks.lifecycle import Status
from playbooks.lineage import Affected
from storage import incidents, participants, people, timeline
from storage import lineage as stored
from storage.models import Incident

MOST_TOLD: Final = 15
_MOST_NAMED: Final = 10
_NOTED: Final = "affected"


@dataclass
class _Owner:
    """Somebody to tell, with the reasons."""

    name: str
    reasons: list[str] = field(default_factory=list)


def found(desk: Desk, effect: FindAffected) -> dict[str, Any] | None:
    """What to write on the card, and whom to tell with what reasons; None where nothing is known to be affected."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    if incident is None:
        return None
    lineage = whole(desk.tx)
    node = lineage.find(incident.model)
    if node is None:
        return None
    reached = lineage.affected(node)
    told = views.Told(affected=reached, owners=owners(desk.tx, reached.models[:_MOST_NAMED]))
    learnt: dict[str, Any] = {"lines": views.card_lines(told), "tell": {}, "left": []}
    if is_announced(incident):
        learnt |= _to_tell(desk, incident, reached)
    return learnt if learnt["lines"] else None


def _to_tell(desk: Desk, incident: Incident, reached: Affected) -> dict[str, Any]:
    there = {row.user_id for row in participants.of_incident(desk.tx, incident.id) if row.user_id and not row.problem}
    cards = stored.whole_cards(desk.tx, [node.name for node in reached.models])
    reasons = {one.node.name: views.reason(one.node, shares=one.shares) for one in reached.siblings}
    reasons |= {one.node.name: views.reason(one.node, via=one.via) for one in reached.downstream if one.node.known}
    tell: dict[str, _Owner] = {}
    left: list[str] = []
    for node in reached.models:
        card = cards.get(node.name)
        user, name = _owner(desk, card) if card else (None, "")
        if user in there:
            continue
        if user is None or (user not in tell and len(tell) >= MOST_TOLD):
            left.append(f"{esc(one_line(node.said, 100), 150)}{f' ({esc(one_line(name, 80), 120)})' if name else ''}")
        else:
            tell.setdefault(user, _Owner(name)).reasons.append(reasons[node.name])
    return {"tell": {user: {"name": one.name, "reasons": one.reasons} for user, one in tell.items()}, "left": left}


def _owner(desk: Desk, card: ModelCard) -> tuple[str | None, str]:
    """(Slack account, name) of the owner, else of the backup; no account where neither can be reached."""
    contacts = [*card.contacts("owner"), *card.contacts("owner.backup")]
    for contact, (user, problem) in zip(contacts, people.who_are(desk.tx, contacts), strict=True):
        if user is not None and problem is None:
            return user, called(desk.tx, contact)
    return None, called(desk.tx, contacts[0]) if contacts else ""


def note(desk: Desk, effect: FindAffected, learnt: dict[str, Any]) -> None:
    """Write it down once, tell those who own what is affected, and redraw the card."""
    incident = incidents.by_id(desk.tx, effect.incident_id, for_change=True)
    if incident is None or _noted(desk, incident) is not None:
        return
    _tell(desk, incident, learnt)
    names = [esc(one_line(one["name"], 80), 120) for one in learnt["tell"].values()]
    lines = [*learnt["lines"], f"*Their owners were told* {', '.join(names)}"] if names else list(learnt["lines"])
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="bot",
        author=None,
        text=". ".join(line.replace("*", "") for line in lines),
        data={"what": _NOTED, "lines": lines},
    )
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel_first(desk, incident))


def _tell(desk: Desk, incident: Incident, learnt: dict[str, Any]) -> None:
    if not is_announced(incident) or not Status(incident.status).is_open:
        learnt["tell"] = {}
        return
    for user, one in learnt["tell"].items():
        text, blocks = views.telling(brief(incident), one["reasons"], desk.policy)
        name = f"affected:{incident.id}:{user}"
        owe(desk.tx, Tell(user=user, text=text, blocks=blocks, incident_id=incident.id, name=name))
    if left := learnt["left"]:
        more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
        text = f"Also affected, and whoever owns them was not told: {', '.join(left[:_MOST_NAMED])}{more}."
        say(desk, incident, f"{text} `/ml-incident impact` shows everything.")


def impact_lines(desk: Desk, incident: Incident) -> list[str]:
    """What the card says of who is affected, a line each, safe for mrkdwn; nothing while it is not found out yet."""
    noted = _noted(desk, incident)
    return [] if noted is None else noted


def _noted(desk: Desk, incident: Incident) -> list[str] | None:
    for entry in timeline.of_incident(desk.tx, incident.id, kinds=["bot"]):
        if (entry.data or {}).get("what") == _NOTED:
            return [str(line) for line in (entry.data or {}).get("lines", [])]
    return None
