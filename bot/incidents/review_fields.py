"""The fields of a review that a person or a playbook can fill: their names, who can say, which must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.incidents.people import name_of
from bot.views.markdown import to_markdown
from bot.views.review import Given
from bot.views.text import when_plain
from playbooks.pir import PIR_FIELDS
from playbooks.progress import Collected
from storage import participants
from storage.models import Incident, Review
from storage.transaction import Transaction

TITLES: Final[Mapping[str, str]] = {
    **PIR_FIELDS,
    "halve_detection": "How would we have noticed in half the time?",
    "contributing_factors": "What contributed? There is never only one thing",
    "playbook_fell_short": "Where did the playbook fall short?",
    "went_well": "What went well",
    "went_badly": "What went badly",
    "lucky": "Where we were lucky",
    "surprises": "What surprised people",
    "how_we_knew": "How people knew what they knew, and what they took for normal",
    "debt": "Debt that this brought to light, and who carries it",
    "model_decision": "The model: keep, change, replace by something simpler, or retire?",
    "reviewers": "Who reviewed this, and against what",
}

REQUIRED: Final = (
    "first_bad_at",
    "detected_at",
    "impact",
    "training_contamination",
    "contributing_factors",
    "recovery",
)
"""What must be answered before a review is published; “nobody knows” is an answer, when a person gives it."""

_DATA = "poc:data-eng"
_ASK: Final[Mapping[str, tuple[str, ...]]] = {
    "impact": ("poc:product", "owner"),
    "users_affected": ("poc:product", "owner"),
    "decisions_acted_on": ("poc:product", "owner"),
    "consumers": ("owner", "backup"),
    "data_window.start": (_DATA, "owner"),
    "data_window.end": (_DATA, "owner"),
    "data_sources": (_DATA, "owner"),
    "data_features": (_DATA, "owner"),
    "rollback_target": ("poc:dsp", "owner"),
    "version_serving": ("poc:dsp", "owner"),
    "fallback_used": ("poc:dsp", "owner"),
    "fallback_since": ("poc:dsp", "owner"),
    "remediation.customer_contact": ("poc:product", "poc:legal", "owner"),
    "reportable": ("poc:legal", "owner"),
    "model_decision": ("owner", "poc:product"),
}


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What each field holds so far, and who can say what it lacks."""

    fields: Mapping[str, Given]

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """(field, who can say) of everything that is UNKNOWN, what must be there first."""
        order = sorted(TITLES, key=lambda name: (name not in REQUIRED, list(TITLES).index(name)))
        return [(name, self.fields[name].ask) for name in order if self.fields[name].text is None]

    @property
    def must(self) -> list[str]:
        """The fields that still keep the review from being published."""
        return [name for name in REQUIRED if self.fields[name].text is None]


def fill(tx: Transaction, incident: Incident, review: Review, evidence: list[Collected]) -> Filling:
    """Every field: a person's answer first, then what was written down in a playbook, then what we captured."""
    who_can_say = _who_can_say(tx, incident)
    answers = review.answers or {}
    from_playbook = {item.pir_field: item for item in evidence if item.pir_field}
    captured = _captured(incident)
    fields: dict[str, Given] = {}
    for name in TITLES:
        if name in answers:
            answer = answers[name]
            said = f"{name_of(tx, answer['by'])}, {when_plain(datetime.fromisoformat(answer['at']))}"
            fields[name] = Given(text=_md(tx, answer["text"]), source=said)
        elif name in from_playbook:
            item = from_playbook[name]
            said = f"{name_of(tx, item.by)} in the playbook, {when_plain(item.at)}"
            fields[name] = Given(text=_md(tx, item.value), source=said)
        elif name in captured:
            text, source = captured[name]
            fields[name] = Given(text=_md(tx, text), source=source)
        else:
            fields[name] = Given(ask=_ask(who_can_say, name))
    return Filling(fields=fields)


def _captured(incident: Incident) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name in ("first_bad_at", "detected_at"):
        if (at := getattr(incident, name)) is not None:
            found[name] = (when_plain(at), "recorded in the incident")
    if incident.impact:
        found["impact"] = (incident.impact, "the last update to stakeholders; confirm it")
    if incident.ended_by:
        found["recovery"] = (incident.ended_by, "said when the incident was resolved")
    return found


def _who_can_say(tx: Transaction, incident: Incident) -> dict[str, str]:
    known: dict[str, str] = {}
    for row in participants.of_incident(tx, incident.id):
        name = name_of(tx, row.user_id) if row.user_id else row.contact
        known.setdefault(row.why, name)
    known.setdefault("opener", name_of(tx, incident.opened_by))
    return known


def _ask(known: Mapping[str, str], field: str) -> str:
    for why in (*_ASK.get(field, ("owner", "backup")), "owner", "opener"):
        if why in known:
            label = why.removeprefix("poc:") if why.startswith("poc:") else why
            return f"{known[why]} ({label})"
    return "whoever was there"


def _md(tx: Transaction, text: str) -> str:
    return to_markdown(text, lambda user: name_of(tx, user))
