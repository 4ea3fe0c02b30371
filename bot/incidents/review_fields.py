"""What the fields of a review hold so far, where it comes from, and who can say what they lack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.incidents.people import name_of
from bot.views.markdown import literal
from bot.views.review import Given
from bot.views.review_titles import REQUIRED, TITLES
from bot.views.text import when_plain
from playbooks.fields import POC_TEAMS
from playbooks.progress import Collected
from storage import participants, roles
from storage.models import Incident, Review
from storage.transaction import Transaction

_DATA = "poc:data-eng"
_THERE = ("commander", "opener")
_ASK: Final[Mapping[str, tuple[str, ...]]] = {
    "impact": ("poc:product", "owner"),
    "users_affected": ("poc:product", "owner"),
    "traffic_share": ("poc:product", "owner"),
    "money": ("poc:product", "owner"),
    "support_cases": ("poc:product", "owner"),
    "decisions_acted_on": ("poc:product", "owner"),
    "consumers": ("owner", "backup"),
    "data_window.start": (_DATA, "owner"),
    "data_window.end": (_DATA, "owner"),
    "data_sources": (_DATA, "owner"),
    "data_features": (_DATA, "owner"),
    "models_trained_since": ("poc:ds", "owner"),
    "training_contamination": ("poc:ds", "owner"),
    "rollback_target": ("poc:dsp", "owner"),
    "version_serving": ("poc:dsp", "owner"),
    "fallback_used": ("poc:dsp", "owner"),
    "fallback_since": ("poc:dsp", "owner"),
    "trigger": ("ml-lead", "owner"),
    "candidate_changes": ("ml-lead", "owner"),
    "remediation.customer_contact": ("poc:product", "poc:legal", "owner"),
    "reportable": ("poc:legal", "owner"),
    "model_decision": ("owner", "poc:product"),
    **dict.fromkeys(
        (
            *("recovery", "recovery_lasting", "playbook_fell_short", "contributing_factors", "halve_detection"),
            *("team_impact", "went_well", "went_badly", "lucky", "surprises", "how_we_knew", "reviewers"),
        ),
        _THERE,
    ),
}
"""Field → who is asked first; then the owner, then whoever opened."""

# Words that look for somebody to blame, where a review looks for what made it likely.
_BLAMING: Final = re.compile(r"\b(careless(?:ly|ness)?|should have|human error|negligen(?:t|ce)|fault of)\b", re.I)


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What each field holds so far, and who can say what it lacks."""

    fields: Mapping[str, Given]
    blaming: tuple[tuple[str, str], ...] = ()
    """(field, words in it that look for somebody to blame)."""

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """(field, who can say) of everything that is UNKNOWN, what must be there first."""
        order = sorted(TITLES, key=lambda name: name not in REQUIRED)
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
            fields[name] = Given(text=literal(answer["text"]), source=said)
        elif name in from_playbook:
            item = from_playbook[name]
            said = f"{name_of(tx, item.by) if item.by else 'the bot'} in the playbook, {when_plain(item.at)}"
            fields[name] = Given(text=literal(item.value), source=said)
        elif name in captured:
            text, source = captured[name]
            fields[name] = Given(text=literal(text), source=source)
        else:
            fields[name] = Given(ask=_ask(who_can_say, name))
    return Filling(fields=fields, blaming=_blaming(answers))


def _blaming(answers: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, found.group()) for name, answer in answers.items() if (found := _BLAMING.search(answer["text"]))
    )


def _captured(incident: Incident) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for name in ("first_bad_at", "detected_at"):
        if (at := getattr(incident, name)) is not None:
            found[name] = (when_plain(at), "recorded in the incident; confirm it")
    if incident.impact:
        found["impact"] = (incident.impact, "the last update to stakeholders; confirm it")
    if incident.ended_by:
        found["recovery"] = (incident.ended_by, "said when the incident was resolved")
    return found


def _who_can_say(tx: Transaction, incident: Incident) -> dict[str, str]:
    """Role or reason → who, and what they are. Whoever cannot be reached is not asked."""
    known: dict[str, str] = {}
    for role, holder in roles.holders(tx, incident.id).items():
        known[role] = f"{name_of(tx, holder.user_id)} ({role})"
    for row in participants.of_incident(tx, incident.id):
        if row.user_id and not row.problem:
            team = row.why.removeprefix("poc:")
            label = POC_TEAMS.get(team, team).lower() if row.why.startswith("poc:") else row.why
            known.setdefault(row.why, f"{name_of(tx, row.user_id)} ({label})")
    known.setdefault("opener", f"{name_of(tx, incident.opened_by)} (opener)")
    return known


def _ask(known: Mapping[str, str], field: str) -> str:
    wanted = (*_ASK.get(field, ("owner", "backup")), "owner", "backup", "opener")
    return next(known[why] for why in wanted if why in known)
