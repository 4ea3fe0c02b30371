"""Saying things and redrawing what is shown; the one place that decides what stakeholders may see."""

from __future__ import annotations

from bot.effects import (
    Blocks,
    CreateChannel,
    DrawAnnouncement,
    DrawCard,
    SayInIncident,
    SayToStakeholders,
    SetTopic,
    owe,
)
from bot.incidents.desk import Desk
from storage.models import Incident


def channel_first(desk: Desk, incident: Incident) -> int | None:
    """What everything in the channel needs: the effect that creates it, or None once it is there."""
    return None if incident.channel_id else owe(desk.tx, CreateChannel(incident_id=incident.id))


def say(desk: Desk, incident: Incident, text: str, blocks: Blocks | None = None) -> int:
    """Say a fact in the incident's channel."""
    said = SayInIncident(incident_id=incident.id, text=text, blocks=blocks)
    return owe(desk.tx, said, needs=channel_first(desk, incident))


def is_announced(incident: Incident) -> bool:
    """Whether stakeholders may hear of it: never of private incidents, tests and drills."""
    return not incident.private and incident.kind == "real"


def announce(desk: Desk, incident: Incident, *, first: bool = False) -> int | None:
    """Draw the announcement, or redraw it; None for what is never announced. `first`: it is a new incident's."""
    if not is_announced(incident):
        return None
    needs = channel_first(desk, incident)
    return owe(desk.tx, DrawAnnouncement(incident_id=incident.id), needs=needs, first=first)


def tell_stakeholders(desk: Desk, incident: Incident, text: str, blocks: Blocks | None = None) -> int | None:
    """Say a fact in the announcement's thread; None for what is never announced."""
    if not is_announced(incident):
        return None
    needs = None if incident.announcement_ts else announce(desk, incident)
    return owe(desk.tx, SayToStakeholders(incident_id=incident.id, text=text, blocks=blocks), needs=needs)


def redraw(desk: Desk, incident: Incident) -> None:
    """Show the present state everywhere it is shown: card, announcement, topic."""
    needs = channel_first(desk, incident)
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)
    announce(desk, incident)
    owe(desk.tx, SetTopic(incident_id=incident.id), needs=needs)
