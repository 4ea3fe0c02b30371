"""Whom a new incident reaches: named on its card, and told once each with a way in, never brought in by force."""

from __future__ import annotations

from typing import Any, Final

from bot.effects import DrawCard, Tell, owe
from bot.effects.impact import FindAffected
from bot.incidents import together
from bot.incidents.desk import Desk
from bot.incidents.finding import brief
from bot.incidents.lineages import owners, whole
from bot.incidents.offers import NOTED, offers, told_lately
from bot.incidents.related import related_open
from bot.incidents.telling import channel_first, is_announced, say
from bot.incidents.wording import where
from bot.views import impact as views
from bot.views.text import INC, esc, one_line
from playbooks.lifecycle import Status
from storage import incidents, timeline
from storage.models import Incident

_MOST_NAMED: Final = 10


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
    told = views.Told(affected=reached, owners=owners(desk.tx, views.on_a_card(reached)))
    learnt: dict[str, Any] = {"lines": views.card_lines(told), "tell": {}, "left": [], "nobody": [], "more": 0}
    learnt["reach"] = views.reach(reached)
    if is_announced(incident):
        learnt |= offers(desk, incident, reached)
    return learnt if learnt["lines"] else None


def note(desk: Desk, effect: FindAffected, learnt: dict[str, Any]) -> None:
    """Write it down once, tell those who own what is affected, and redraw the card."""
    incidents.take_turn(desk.tx, "who is affected")  # of two incidents at once the second sees whom the first told
    incident = incidents.by_id(desk.tx, effect.incident_id, for_change=True)
    if incident is None or _noted(desk, incident):
        return
    lines = [*_may_be_the_same(desk, incident), *learnt["lines"]]
    told: dict[str, list[str]] = {}
    if is_announced(incident) and Status(incident.status).is_open:
        told, earlier = _tell(desk, incident, learnt)
        lines += _who_knows(desk, learnt, told, earlier)
        _say_who_was_not(desk, incident, learnt)
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="bot",
        author=None,
        text=". ".join(line.replace("*", "") for line in lines),
        data={"what": NOTED, "lines": lines, "told": told, "reach": learnt["reach"]},
    )
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel_first(desk, incident))


def _may_be_the_same(desk: Desk, incident: Incident) -> list[str]:
    """An earlier incident: two may be opened in the same moment, and whoever declined to join knows it alone."""
    other = related_open(desk, incident.model) if incident.kind == "real" else None
    if other is None or other.incident.id > incident.id:
        return []
    return [f"*May be the same as* {where(desk, other.incident)}: {other.why}"]


def _tell(desk: Desk, incident: Incident, learnt: dict[str, Any]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """(account → the models they are told of now, account → the incident that told them all of it already)."""
    lately = told_lately(desk, incident)
    told: dict[str, list[str]] = {}
    earlier: dict[str, int] = {}
    for user, one in learnt["tell"].items():
        known = lately.get(user, {})
        fresh = {model: reason for model, reason in one["reasons"].items() if model not in known}
        if not fresh:
            earlier[user] = max(known[model] for model in one["reasons"])
            continue
        text, blocks = views.telling(brief(incident), list(fresh.values()), desk.policy)
        name = f"affected:{incident.id}:{user}"
        owe(desk.tx, Tell(user=user, text=text, blocks=blocks, incident_id=incident.id, name=name))
        told[user] = list(fresh)
    return told, earlier


def _who_knows(desk: Desk, learnt: dict[str, Any], told: dict[str, list[str]], earlier: dict[str, int]) -> list[str]:
    def named(users: list[str]) -> str:
        return ", ".join(esc(one_line(learnt["tell"][user]["name"], 80), 120) for user in users)

    lines = [f"*Their owners were told* {named(list(told))}"] if told else []
    for number in sorted(set(earlier.values())):
        users = [user for user, other in earlier.items() if other == number]
        lines.append(f"*Told already, of {INC(number, desk.policy)}* {named(users)}")
    return lines


def _say_who_was_not(desk: Desk, incident: Incident, learnt: dict[str, Any]) -> None:
    sentences = []
    if nobody := learnt["nobody"]:
        sentences.append(f"Also affected, and nobody could be told of it: {_some(nobody, len(nobody))}.")
    if left := learnt["left"]:
        number = len(left) + learnt["more"]
        sentences.append(f"Owners of the most important models alone were told. Not told: {_some(left, number)}.")
    if sentences:
        say(desk, incident, f"{' '.join(sentences)} `/ml-incident impact` shows everything.")


def _some(names: list[str], number: int) -> str:
    shown = names[:_MOST_NAMED]
    return ", ".join(shown) + (f" and {number - len(shown)} more" if number > len(shown) else "")


def impact_lines(desk: Desk, incident: Incident) -> list[str]:
    """What the card says of who is affected, a line each, safe for mrkdwn; nothing while it is not found out yet."""
    noted = _noted(desk, incident).get("lines", [])
    return [*together.lines(desk, incident), *(str(line) for line in noted)]


def reach(desk: Desk, incident: Incident) -> list[tuple[str, str]]:
    """(what they are, their names) of all that was affected when it was opened, in plain words."""
    noted = _noted(desk, incident).get("reach", [])
    return [(str(title), str(names)) for title, names in noted]


def _noted(desk: Desk, incident: Incident) -> dict[str, Any]:
    for entry in timeline.of_incident(desk.tx, incident.id, kinds=["bot"]):
        if (entry.data or {}).get("what") == NOTED:
            return dict(entry.data or {})
    return {}
