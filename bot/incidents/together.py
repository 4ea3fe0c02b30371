"""Models that turn out to be hurt by an incident that is open already: one holds them all, each with its words."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.effects import DrawCard, Tell, owe
from bot.incidents import joining
from bot.incidents.desk import Answer, Click, Desk
from bot.incidents.entries import enter
from bot.incidents.finding import allow, brief, by_id
from bot.incidents.offers import owner_of
from bot.incidents.people import name_of
from bot.incidents.telling import channel_first, is_announced, say
from bot.incidents.wording import kept
from bot.views import impact as views
from bot.views.text import cut, esc, one_line, person
from playbooks.lifecycle import RuleBroken, Status
from storage import catalogue, participants, timeline
from storage.models import Incident
from storage.transaction import Transaction

_NOTED: Final = "hurt-too"
_BUTTON_HOLDS: Final = 2000


@dataclass(frozen=True, kw_only=True)
class Hurt:
    """What somebody said of another model in an incident."""

    model: str
    title: str
    what: str
    by: str
    at: datetime


def hurt_too(tx: Transaction, incident: Incident) -> list[Hurt]:
    """The other models of which somebody said that this incident hurts them, in the order in which they were named."""
    found = []
    for entry in timeline.of_incident(tx, incident.id, kinds=["note"]):
        said = entry.data or {}
        if said.get("what") == _NOTED:
            about = {key: str(said.get(key, "")) for key in ("model", "title", "words")}
            found.append(
                Hurt(
                    model=about["model"],
                    title=about["title"],
                    what=about["words"],
                    by=entry.author or "",
                    at=entry.at,
                )
            )
    return found


def packed(incident: Incident, model: str, what: str) -> str:
    """The value of the button that joins an incident with one's own model and words."""
    value = ""
    for room in (len(what), 900, 450):  # what has to be escaped takes twice its length
        value = json.dumps({"i": incident.id, "m": model, "w": cut(what, room)}, ensure_ascii=False)
        if len(value) <= _BUTTON_HOLDS:
            break
    return value


def join_with(desk: Desk, click: Click) -> Answer:
    """Bring whoever clicked into the channel, and what they came to say with them."""
    said = json.loads(click.value)
    incident = by_id(desk, int(said["i"]))
    answer = joining.join(desk, replace(click, value=str(incident.id)))
    if Status(incident.status).is_open and _may_note(desk, incident):
        _note(desk, incident, str(said["m"]), str(said["w"]))
    return answer


def _may_note(desk: Desk, incident: Incident) -> bool:
    try:
        allow(desk, incident, "note")
    except RuleBroken:
        return False  # to come is everybody's
    return True


def _note(desk: Desk, incident: Incident, model: str, what: str) -> None:
    if any((one.model, one.what, one.by) == (model, what, desk.by) for one in hurt_too(desk.tx, incident)):
        return
    card = catalogue.card(desk.tx, model)
    title = card.title if card else model
    enter(
        desk,
        incident,
        "note",
        kept(f"{title} is hurt, too: {what}"),
        data={"what": _NOTED, "model": model, "title": title, "words": what},
    )
    said = f"*{esc(one_line(title, 100), 200)}* is hurt, too: {esc(what, 2000)}"
    say(desk, incident, f"{person(desk.by)} says that {said}")
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel_first(desk, incident))
    there = participants.members(desk.tx, incident.id)
    user = owner_of(desk, card)[0] if card else None
    if user is None or user in there or not is_announced(incident):
        return
    reason = f"{said} ({esc(name_of(desk.tx, desk.by), 120)})"
    text, blocks = views.telling(brief(incident), [reason], desk.policy)
    # The name of whoever was told at the opening: nobody hears of one incident twice.
    name = f"affected:{incident.id}:{user}"
    owe(desk.tx, Tell(user=user, text=text, blocks=blocks, incident_id=incident.id, name=name))


def lines(desk: Desk, incident: Incident) -> list[str]:
    """What the card says of them, safe for mrkdwn."""
    return views.hurt_lines([(one.title, one.what, name_of(desk.tx, one.by)) for one in hurt_too(desk.tx, incident)])
