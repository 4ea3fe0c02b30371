"""Entering onto the timeline what whoever is at the desk has just done."""

from __future__ import annotations

from bot.incidents.desk import Desk
from storage import timeline
from storage.models import Incident
from storage.types import Json


def enter(
    desk: Desk, incident: Incident, kind: str, text: str, *, reason: str | None = None, data: Json | None = None
) -> None:
    """One entry, now and by whoever acts: a person, or the bot itself."""
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind=kind,
        author=desk.by or None,
        text=text,
        reason=reason,
        data=data,
    )
