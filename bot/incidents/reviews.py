"""The review after an incident: drafted at resolve, shown and written anew on request, listed until it is published."""

from __future__ import annotations

from bot.effects import DrawReview, Tell, owe
from bot.incidents import review_nags, review_record, reviewing
from bot.incidents.desk import Answer, Click, Command, Desk, Drawing, Feature
from bot.incidents.finding import by_id, incident_here
from bot.incidents.telling import say
from bot.requests import Reviews as ListReviews
from bot.requests import ShowReview
from bot.views.ids import Card
from bot.views.review_message import ReviewLine, review_list, review_message
from bot.views.text import INC, person, when
from playbooks.lifecycle import Role, Severity
from playbooks.policy import Author
from playbooks.reviews import author, due_at
from storage import participants, reviews, roles
from storage.models import Incident, Review


def draft(desk: Desk, incident: Incident) -> Review | None:
    """Draft the review of an incident that was just resolved; None where the policy asks for none."""
    named = choose_author(desk, incident)
    due = due_at(
        incident.resolved_at or desk.now,
        Severity(incident.peak_severity),
        desk.policy,
        review_nags.zone_of(desk, named),
    )
    if due is None and incident.kind == "real":
        say(desk, incident, "No review is asked for at this severity. `/ml-incident review` drafts one all the same.")
        return None
    if incident.kind != "real":
        due = None  # a test or drill shows what a draft looks like, and asks nobody for anything
    review = reviews.by_incident(desk.tx, incident.id) or reviews.create(
        desk.tx, incident_id=incident.id, author=named, due_at=due, now=desk.now
    )
    review.state, review.author, review.due_at, review.drafted_at = "draft", named, due, desk.now
    review.published_at = review.published_by = review.dismissed_reason = review.snoozed_reason = None
    review_record.note(desk, incident, f"The review was drafted; {person(named)} is named for it.")
    review_record.rewrite(desk, incident, review, aloud=True)
    review_record.upload(desk, incident, review)
    if due is not None:
        review_nags.promise(desk, review)
        number = INC(incident.id, desk.policy)
        told = f"You are named for the review of {number}, due {when(due)}. The draft is in its channel."
        owe(desk.tx, Tell(user=named, text=told, incident_id=incident.id))
    return review


def choose_author(desk: Desk, incident: Incident) -> str:
    """The first of those whom the policy names that this incident has, and whom Slack can reach."""
    owners = (row for row in participants.of_incident(desk.tx, incident.id) if row.why == "owner" and not row.problem)
    commander = roles.holder(desk.tx, incident.id, Role.COMMANDER)
    found: dict[Author, str | None] = {
        "commander": commander if commander and review_nags.is_reachable(desk, incident, commander) else None,
        "owner": next((row.user_id for row in owners if row.user_id), None),
        "opener": incident.opened_by,
    }
    return author(desk.policy, found) or incident.opened_by


def _show(desk: Desk, _request: ShowReview, command: Command) -> Answer:
    incident = incident_here(desk, command.channel)
    review = _written_anew(desk, incident)
    if review.state in reviews.UNFINISHED:
        review_record.upload(desk, incident, review)
    return _shown(desk, incident, review)


def _show_clicked(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    return _shown(desk, incident, _written_anew(desk, incident))


def _written_anew(desk: Desk, incident: Incident) -> Review:
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        named = choose_author(desk, incident)
        review = reviews.create(desk.tx, incident_id=incident.id, author=named, due_at=None, now=desk.now)
    if review.state in reviews.UNFINISHED:  # what was published stays as it was published
        review_record.rewrite(desk, incident, review, aloud=True)
    return review


def _shown(desk: Desk, incident: Incident, review: Review) -> Answer:
    text, blocks = review_message(review_record.state(desk, incident, review))
    return Answer(text=text, blocks=blocks)


def _list(desk: Desk, request: ListReviews, _command: Command) -> Answer:
    whose = desk.by if request.mine else None
    found, total = reviews.unfinished(desk.tx, user=desk.by, author=whose)
    lines = [
        ReviewLine(
            number=INC(incident.id, desk.policy),
            title=incident.title,
            state=review.state,
            author=review.author,
            due_at=review.due_at,
            channel_id=incident.channel_id,
        )
        for review, incident in found
    ]
    text, blocks = review_list(lines, total=total, now=desk.now, mine=request.mine)
    return Answer(text=text, blocks=blocks)


def _draw(desk: Desk, effect: DrawReview) -> Drawing | None:
    incident = by_id(desk, effect.incident_id, for_change=False)
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        return None
    text, blocks = review_message(review_record.state(desk, incident, review))
    return Drawing(text=text, blocks=blocks)


FEATURE = Feature(
    commands={ShowReview: _show, ListReviews: _list},
    clicks={Card.REVIEW: _show_clicked, **reviewing.CLICKS},
    submissions=reviewing.SUBMISSIONS,
    drawings={DrawReview: _draw},
)
