"""Drafting the review: everything that was captured of one incident, gathered as plain facts and drawn as Markdown."""

from __future__ import annotations

import logging
from datetime import datetime

from bot.incidents import review_model
from bot.incidents.desk import Desk
from bot.incidents.finding import card_of
from bot.incidents.people import name_of
from bot.incidents.review_fields import Filling, fill
from bot.incidents.review_reach import reached
from bot.incidents.review_story import Story
from bot.incidents.telling import say
from bot.incidents.wording import moment
from bot.views.markdown import literal
from bot.views.review import FollowUpRow, Given, ReviewFacts
from bot.views.review_message import STATES
from bot.views.review_template import TemplateBroken, render, shipped_template
from bot.views.review_titles import TITLES
from bot.views.text import INC, esc, when_plain
from playbooks.durations import say_duration
from playbooks.lifecycle import FAILURE_MODES, Role, Severity, Status
from playbooks.progress import Collected, collected
from storage import follow_ups, reviews, roles, runs
from storage.models import Incident, Review

log = logging.getLogger(__name__)

_VAGUE = ("improve", "better", "look into", "think about", "be careful", "try to")


def write(desk: Desk, incident: Incident, review: Review, *, aloud: bool = False) -> str:
    """The review as Markdown. An own template that fails is put aside, so that no incident fails with it.

    `aloud` also says so in the channel.
    """
    gathered = gather(desk, incident, review)
    if desk.review_template is not None:
        try:
            return render(gathered, desk.review_template)
        except TemplateBroken as broken:
            log.warning("%s; the shipped template was used instead", broken)
            if aloud:
                say(desk, incident, f"This draft follows the shipped template, because {esc(str(broken), 500)}")
    return render(gathered, shipped_template())


def evidence(desk: Desk, incident: Incident) -> list[Collected]:
    """What people wrote down while walking the playbooks of this incident, oldest first."""
    found = [item for run in runs.of_incident(desk.tx, incident.id) for item in collected(runs.walk(desk.tx, run))]
    return sorted(found, key=lambda item: item.at)


def filling(desk: Desk, incident: Incident, review: Review) -> Filling:
    """What the review's fields hold so far."""
    return fill(desk.tx, incident, review, evidence(desk, incident))


def gather(desk: Desk, incident: Incident, review: Review) -> ReviewFacts:
    """Everything that the review is drawn from."""
    card = card_of(incident)
    filled = filling(desk, incident, review)
    story = Story(desk, incident)
    times = _times(desk, incident, review)
    return ReviewFacts(
        number=INC(incident.id, desk.policy),
        title=literal(incident.title),
        model=_model(incident),
        severity=Severity(incident.severity).label,
        peak_severity=Severity(incident.peak_severity).label,
        kind=incident.kind,
        private=incident.private,
        state=STATES[review.state],
        author=literal(name_of(desk.tx, review.author)),
        due=_due(incident, review),
        published=when_plain(review.published_at) if review.published_at else "not yet",
        milestones=_milestones(times, filled),
        durations=_durations(times),
        severities=story.time_in_severities(),
        severity_changes=story.rows("severity"),
        summary=_summary(desk, incident, story),
        background=review_model.facts(card, review_model.BACKGROUND),
        fields=filled.fields,
        titles=TITLES,
        versions=review_model.facts(card, review_model.VERSIONS),
        candidates=review_model.candidates(card, incident),
        alias_moves=review_model.alias_moves(desk, incident),
        consumers=review_model.fact(card, "consumers"),
        reached=reached(desk, incident),
        experiments=review_model.experiments(card),
        people=_people(desk, incident),
        hand_offs=story.hand_offs(),
        decisions=story.decisions(),
        recovery=story.reached("mitigated", "monitoring", "resolved"),
        runs=story.runs(),
        timeline=story.curated(),
        log=story.everything(),
        updates=story.updates(),
        follow_ups=_follow_ups(desk, incident),
        cleanup=review_model.left_over(card, desk.now),
        similar=_similar(desk, incident),
        links=review_model.links(card),
        gaps=[(TITLES[name], literal(who)) for name, who in filled.gaps],
    )


def _model(incident: Incident) -> str:
    name, card = literal(incident.model), card_of(incident)
    if not incident.model_known:
        return f"{name} (not in the catalogue)"
    return f"{literal(card.title)} ({name})" if card.title != card.name else name


def _due(incident: Incident, review: Review) -> str:
    if review.due_at is not None:
        return when_plain(review.due_at)
    return "set when the incident is resolved" if Status(incident.status).is_open else "none"


def _people(desk: Desk, incident: Incident) -> list[tuple[str, str]]:
    held = roles.holders(desk.tx, incident.id)
    opened = ("Opened by", literal(name_of(desk.tx, incident.opened_by)))
    return [opened] + [
        (role.label, literal(name_of(desk.tx, held[role].user_id)) if role in held else "nobody held this role")
        for role in Role
    ]


def _times(desk: Desk, incident: Incident, review: Review) -> dict[str, datetime | None]:
    said = {item.pir_field: item.value for item in evidence(desk, incident) if item.pir_field}
    said |= {name: answer["text"] for name, answer in (review.answers or {}).items()}
    return {
        "First bad prediction": incident.first_bad_at or moment(said.get("first_bad_at", "")),
        "Detected": incident.detected_at or moment(said.get("detected_at", "")),
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


def _summary(desk: Desk, incident: Incident, story: Story) -> list[Given]:
    declared = f"{when_plain(incident.declared_at)} {literal(name_of(desk.tx, incident.opened_by))}"
    lines = [
        Given(
            text=f"On {declared} declared that {_model(incident)} was failing: {literal(incident.title).rstrip('.')}.",
            source="the words the incident was opened with",
        ),
        _kind(incident),
    ]
    if incident.impact:
        lines.append(Given(text=f"Impact: {literal(incident.impact)}", source="the last update to stakeholders"))
    lines += [
        Given(text=f"It was {status} on {row.at}: {row.reason} — {row.who}", source="the reason given at the time")
        for status in ("mitigated", "resolved")
        for row in story.reached(status)[-1:]
    ]
    if incident.resolved_at is not None:
        took = say_duration(incident.resolved_at - incident.declared_at)
        lines.append(Given(text=f"From declared to resolved it took {took}.", source="the incident's milestones"))
    return lines


def _kind(incident: Incident) -> Given:
    if incident.failure_mode == "unknown":
        return Given(text="What kind of failure it was is **UNKNOWN**.")
    said = FAILURE_MODES.get(incident.failure_mode, incident.failure_mode)
    return Given(text=f"Kind of failure: {literal(said)}", source="chosen at opening, or found by the playbook")


def _follow_ups(desk: Desk, incident: Incident) -> list[FollowUpRow]:
    found = []
    for item in follow_ups.of_incident(desk.tx, incident.id):
        missing = [word for word, absent in (("no owner", not item.owner), ("no date", not item.due_on)) if absent]
        if any(vague in item.text.lower() for vague in _VAGUE):
            missing.append("say how one can tell that it is done")
        found.append(
            FollowUpRow(
                text=literal(item.text),
                owner=literal(name_of(desk.tx, item.owner)) if item.owner else "nobody yet",
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
