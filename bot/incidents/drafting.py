"""Drafting the review: everything that was captured of one incident, gathered as plain facts and drawn as Markdown."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.incidents.desk import Desk
from bot.incidents.people import name_of
from bot.incidents.review_fields import TITLES, Filling, fill
from bot.incidents.review_story import Story
from bot.incidents.wording import moment
from bot.views.markdown import link, literal, to_markdown
from bot.views.review import FollowUpRow, Given, ReviewFacts, Row
from bot.views.text import INC, when_plain
from playbooks.card import ModelCard, from_json
from playbooks.durations import say_duration
from playbooks.lifecycle import FAILURE_MODES, Role, Severity
from playbooks.progress import Collected, collected
from storage import follow_ups, registries, reviews, roles, runs
from storage.models import Incident, Review

_LINKS = {"docs": "Documentation", "flow": "Flow", "dashboard": "Dashboard", "runbook": "Runbook"}
_VAGUE = ("improve", "better", "look into", "think about", "be careful", "try to")
_STATES = {"draft": "draft", "in-review": "in review", "published": "published", "dismissed": "dismissed"}


def evidence(desk: Desk, incident: Incident) -> list[Collected]:
    """What people wrote down while walking the playbooks of this incident, oldest first."""
    return [item for run in runs.of_incident(desk.tx, incident.id) for item in collected(runs.walk(desk.tx, run))]


def filling(desk: Desk, incident: Incident, review: Review) -> Filling:
    """What the review's fields hold so far."""
    return fill(desk.tx, incident, review, evidence(desk, incident))


def gather(desk: Desk, incident: Incident, review: Review) -> ReviewFacts:
    """Everything that the review is drawn from."""
    card = from_json(incident.card) if incident.card else None
    filled = filling(desk, incident, review)
    story = Story(desk, incident)
    written = {item.pir_field: item.value for item in evidence(desk, incident) if item.pir_field}
    answers = {name: answer["text"] for name, answer in (review.answers or {}).items()}
    times = _times(incident, {**written, **answers})
    return ReviewFacts(
        number=INC(incident.id, desk.policy),
        title=literal(incident.title),
        model=_model(incident, card),
        severity=Severity(incident.severity).label,
        peak_severity=Severity(incident.peak_severity).label,
        kind=incident.kind,
        private=incident.private,
        state=_STATES[review.state],
        author=name_of(desk.tx, review.author),
        due=when_plain(review.due_at) if review.due_at else "not required at this severity",
        published=when_plain(review.published_at) if review.published_at else "not yet",
        milestones=_milestones(times, filled),
        durations=_durations(times),
        severities=story.time_in_severities(),
        severity_changes=story.rows("severity"),
        summary=_summary(desk, incident, times),
        background=_background(card),
        fields=filled.fields,
        titles=TITLES,
        versions=_versions(card),
        alias_moves=_alias_moves(desk, incident),
        consumers=_fact(card, "consumers"),
        experiments=_experiments(card),
        people=_people(desk, incident),
        hand_offs=story.hand_offs(),
        decisions=story.decisions(),
        recovery=filled.fields["recovery"],
        runs=story.runs(),
        timeline=story.curated(),
        log=story.everything(),
        updates=story.updates(),
        follow_ups=_follow_ups(desk, incident),
        cleanup=_cleanup(card, desk.now),
        similar=_similar(desk, incident),
        links=_links(card),
        gaps=[(TITLES[name], who) for name, who in filled.gaps],
    )


def _model(incident: Incident, card: ModelCard | None) -> str:
    name = literal(incident.model)
    if card is None or not incident.model_known:
        return f"{name} (not in the catalogue)"
    return f"{literal(card.title)} ({name})" if card.title != card.name else name


def _fact(card: ModelCard | None, key: str, ask: str = "the model's owner") -> Given:
    fact = card.fact(key) if card else None
    if fact is None:
        return Given(ask=f"{ask}, in the registry,")
    return Given(text=literal(fact.text), source=f"{literal(fact.source)}, as of {when_plain(fact.as_of)}")


def _background(card: ModelCard | None) -> list[tuple[str, Given]]:
    keys = {"purpose": "What it does", "mode": "Mode", "tier": "Tier", "team": "Team", "upstreams": "Reads from"}
    return [(title, _fact(card, key)) for key, title in keys.items()]


def _versions(card: ModelCard | None) -> list[tuple[str, Given]]:
    keys = {"serving": "Serving when it was declared", "rollback": "Rollback version then", "deployed_at": "Deployed"}
    return [(title, _fact(card, key)) for key, title in keys.items()]


def _experiments(card: ModelCard | None) -> list[str]:
    rows = card.records("experiments") if card else ()
    return [literal(" ".join(f"{key} {value}." for key, value in row.items())) for row in rows]


def _cleanup(card: ModelCard | None, now: datetime) -> list[str]:
    rows = card.records("experiments") if card else ()
    late = [row for row in rows if row.get("cleanup_by", "9") < now.date().isoformat()]
    return [
        f"Left over from {literal(row.get('id', 'an experiment'))}: was to be removed by {literal(row['cleanup_by'])}."
        for row in late
    ]


def _links(card: ModelCard | None) -> list[str]:
    if card is None:
        return []
    found = [link(text, title) for key, title in _LINKS.items() if (text := card.text(key))]
    return found + [link(fact.text, f"Endpoint {env}") for env, fact in card.family("endpoint").items()]


def _alias_moves(desk: Desk, incident: Incident) -> list[Row]:
    since = incident.declared_at - timedelta(days=14)
    until = incident.resolved_at or desk.now
    return [
        Row(
            at=when_plain(move.at),
            text=f"{literal(move.alias)} pointed at version {literal(move.version)}"
            if move.version
            else f"{literal(move.alias)} was gone",
            who=literal(move.source),
        )
        for move in registries.moves(desk.tx, incident.model, until=until)
        if move.at >= since
    ]


def _people(desk: Desk, incident: Incident) -> list[tuple[str, str]]:
    held = roles.holders(desk.tx, incident.id)
    opened = ("Opened by", name_of(desk.tx, incident.opened_by))
    return [opened] + [
        (role.label, name_of(desk.tx, held[role].user_id) if role in held else "nobody held this role") for role in Role
    ]


def _times(incident: Incident, written: dict[str, str]) -> dict[str, datetime | None]:
    return {
        "First bad prediction": incident.first_bad_at or moment(written.get("first_bad_at", "")),
        "Detected": incident.detected_at or moment(written.get("detected_at", "")),
        "Declared": incident.declared_at,
        "Commander assigned": incident.assigned_at,
        "Mitigated": incident.mitigated_at,
        "Verified": incident.verified_at,
        "Resolved": incident.resolved_at,
    }


def _milestones(times: dict[str, datetime | None], filled: Filling) -> list[tuple[str, Given]]:
    asked = {"First bad prediction": "first_bad_at", "Detected": "detected_at"}
    return [
        (name, filled.fields[asked[name]])
        if name in asked
        else (name, Given(text=when_plain(at)) if at else Given(text="did not happen"))
        for name, at in times.items()
    ]


def _durations(times: dict[str, datetime | None]) -> list[tuple[str, str]]:
    spans = (
        ("Bad predictions before anybody noticed", "First bad prediction", "Detected"),
        ("From noticing to declaring", "Detected", "Declared"),
        ("From declared to mitigated", "Declared", "Mitigated"),
        ("From declared to resolved", "Declared", "Resolved"),
        ("Bad predictions in all", "First bad prediction", "Mitigated"),
    )
    found = []
    for name, start, end in spans:
        begun, ended = times[start], times[end]
        if begun is not None and ended is not None and ended >= begun:
            found.append((name, say_duration(ended - begun)))
    return found


def _summary(desk: Desk, incident: Incident, times: dict[str, datetime | None]) -> list[str]:
    ended = times["Resolved"]
    who, at = name_of(desk.tx, incident.opened_by), when_plain(incident.declared_at)
    lines = [
        f"On {at} {who} declared that {literal(incident.model)} was failing: {literal(incident.title)}.",
        f"Kind of failure: {FAILURE_MODES.get(incident.failure_mode, incident.failure_mode).lower()}.",
    ]
    if incident.impact:
        lines.append(f"What stakeholders were last told of the impact: {_md(desk, incident.impact)}")
    if ended is not None:
        took = say_duration(ended - incident.declared_at)
        lines.append(f"It was resolved on {when_plain(ended)}, {took} after it was declared.")
    return lines


def _follow_ups(desk: Desk, incident: Incident) -> list[FollowUpRow]:
    found = []
    for item in follow_ups.of_incident(desk.tx, incident.id):
        missing = [word for word, absent in (("no owner", not item.owner), ("no date", not item.due_on)) if absent]
        if any(vague in item.text.lower() for vague in _VAGUE):
            missing.append("say how one can tell that it is done")
        found.append(
            FollowUpRow(
                text=_md(desk, item.text),
                owner=name_of(desk.tx, item.owner) if item.owner else "nobody yet",
                due=f"by {item.due_on}" if item.due_on else "no date",
                done=f"done {when_plain(item.done_at)}" if item.done_at else "",
                missing=", ".join(missing),
            )
        )
    return found


def _similar(desk: Desk, incident: Incident) -> list[str]:
    return [
        f"{INC(other.id, desk.policy)} ({when_plain(other.declared_at)[:10]}): {literal(other.model)}, "
        f"{literal(other.title)}"
        for other in reviews.similar(desk.tx, incident)
    ]


def _md(desk: Desk, text: str) -> str:
    return to_markdown(text, lambda user: name_of(desk.tx, user))
