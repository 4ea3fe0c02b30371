"""What a playbook's step finds out about the incident itself, and taking it back with the step."""

from __future__ import annotations

from datetime import datetime

from bot.incidents.wording import moment
from playbooks.lifecycle import FAILURE_MODES
from playbooks.progress import Current, Record
from storage.models import Incident
from storage.types import Json

_TIMES = ("first_bad_at", "detected_at")


def learn(incident: Incident, step: Current, record: Record) -> Json:
    """Keep in the incident what a step found out. Returns what that replaced: field → [before, since]."""
    replaced: Json = {}
    mode = record.sets.get("failure_mode")
    if mode is not None and mode in FAILURE_MODES and mode != incident.failure_mode:
        replaced["failure_mode"] = [incident.failure_mode, mode]
        incident.failure_mode = mode
    for item in step.evidence:
        at = moment(record.evidence.get(item.id, ""))
        if at is None or item.pir_field not in _TIMES:
            continue
        before: datetime | None = getattr(incident, item.pir_field)
        replaced[item.pir_field] = [before and before.isoformat(), at.isoformat()]
        setattr(incident, item.pir_field, at)
    return replaced


def put_back(incident: Incident, replaced: Json) -> None:
    """Undo what `learn` did, as far as nobody has said something else since."""
    for field, (before, since) in replaced.items():
        if field == "failure_mode" and incident.failure_mode == since:
            incident.failure_mode = before
        elif field in _TIMES and getattr(incident, field) == datetime.fromisoformat(since):
            setattr(incident, field, datetime.fromisoformat(before) if before else None)
