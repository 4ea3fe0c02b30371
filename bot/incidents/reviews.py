"""The review after an incident: drafted at resolve, filled in, sent round, published or dismissed with a reason."""

from __future__ import annotations

from bot.effects import DrawReview, Tell, UploadReview, owe
from bot.grammar import Complaint
from bot.incidents import review_nags
from bot.incidents.desk import Answer, Click, Command, Desk, Drawing, Feature, FieldErrors, Submission
from bot.incidents.drafting import filling, gather
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.review_fields import TITLES
from bot.incidents.telling import channel_first, say, tell_stakeholders
from bot.incidents.wording import moment
from bot.requests import Reviews as ListReviews
from bot.requests import ShowReview
from bot.views.ids import Card, Reviews
from bot.views.review import render, shipped_template
from bot.views.review_message import (
    ReviewLine,
    ReviewState,
    dismiss_form,
    fill_form,
    publish_form,
    review_list,
    review_message,
    snooze_form,
)
from bot.views.text import INC, one_line, person, typed, when
from playbooks.lifecycle import Role, RuleBroken, Severity
from playbooks.policy import Author
from playbooks.reviews import author, due_at
from storage import participants, reviews, roles, timeline
from storage.models import Incident, Review

_TIMES = {"first_bad_at", "detected_at"}


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
    review = reviews.by_incident(desk.tx, incident.id) or reviews.create(
        desk.tx, incident_id=incident.id, author=named, due_at=due, now=desk.now
    )
    review.state, review.author, review.due_at = "draft", named, due
    review.published_at = review.published_by = review.dismissed_reason = None
    _write(desk, incident, review)
    _upload(desk, incident, review)
    if incident.kind == "real" and due is not None:
        review_nags.promise(desk, review)
        number = INC(incident.id, desk.policy)
        told = f"You are named for the review of {number}, due {when(due)}. The draft is in its channel."
        owe(desk.tx, Tell(user=named, text=told, incident_id=incident.id))
    _note(desk, incident, f"The review was drafted; {person(named)} is named for it.", author=None)
    return review


def reopened(desk: Desk, incident: Incident) -> None:
    """The incident is live again: its review waits, and nobody is reminded of it meanwhile."""
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None or review.state == "dismissed":
        return
    review_nags.end(desk, review)
    review.state = "draft"
    owe(desk.tx, DrawReview(incident_id=incident.id), needs=channel_first(desk, incident))


def choose_author(desk: Desk, incident: Incident) -> str:
    """The first of those whom the policy names that this incident has."""
    owners = (row.user_id for row in participants.of_incident(desk.tx, incident.id) if row.why == "owner")
    found: dict[Author, str | None] = {
        "commander": roles.holder(desk.tx, incident.id, Role.COMMANDER),
        "owner": next((user for user in owners if user), None),
        "opener": incident.opened_by,
    }
    return author(desk.policy, found) or incident.opened_by


def _write(desk: Desk, incident: Incident, review: Review) -> None:
    text = render(gather(desk, incident, review), desk.review_template or shipped_template())
    reviews.rewrite(desk.tx, review, markdown=text, now=desk.now)
    owe(desk.tx, DrawReview(incident_id=incident.id), needs=channel_first(desk, incident))


def _upload(desk: Desk, incident: Incident, review: Review) -> None:
    upload = UploadReview(incident_id=incident.id, revision=review.changed_at.isoformat())
    owe(desk.tx, upload, needs=channel_first(desk, incident))


def _note(desk: Desk, incident: Incident, text: str, *, author: str | None, reason: str | None = None) -> None:
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="review",
        author=author,
        text=text,
        reason=reason,
    )


# --- commands ---------------------------------------------------------------------------------------------


def _show(desk: Desk, _request: ShowReview, command: Command) -> Answer:
    return _redraw(desk, incident_here(desk, command.channel))


def _show_clicked(desk: Desk, click: Click) -> Answer:
    return _redraw(desk, by_id(desk, int(click.value)))


def _redraw(desk: Desk, incident: Incident) -> Answer:
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        named = choose_author(desk, incident)
        review = reviews.create(desk.tx, incident_id=incident.id, author=named, due_at=None, now=desk.now)
    _write(desk, incident, review)
    _upload(desk, incident, review)
    text, blocks = review_message(_state(desk, incident, review))
    return Answer(text=text, blocks=blocks)


def _list(desk: Desk, request: ListReviews, _command: Command) -> Answer:
    whose = desk.by if request.mine else None
    lines = [
        ReviewLine(
            number=INC(incident.id, desk.policy),
            incident_id=incident.id,
            title=incident.title,
            state=review.state,
            author=review.author,
            due_at=review.due_at,
            channel_id=incident.channel_id,
        )
        for review, incident in reviews.unfinished(desk.tx, user=desk.by, author=whose)
    ]
    text, blocks = review_list(lines, now=desk.now, mine=request.mine)
    return Answer(text=text, blocks=blocks)


# --- clicks and forms ---------------------------------------------------------------------------------------


def _of(desk: Desk, incident_id: int, permission: str) -> tuple[Incident, Review]:
    incident = by_id(desk, incident_id)
    allow(desk, incident, permission)
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        raise RuleBroken("There is no draft yet. Type `/ml-incident review` in the incident's channel.")
    if review.state not in reviews.UNFINISHED:
        raise RuleBroken(f"This review is {review.state} already.")
    return incident, review


def _move(desk: Desk, click: Click, *, to: str, said: str) -> None:
    incident, review = _of(desk, int(click.value), "review-edit")
    if review.state == to:
        return
    review.state = to
    _note(desk, incident, said, author=desk.by)
    _write(desk, incident, review)


def _submit(desk: Desk, click: Click) -> None:
    _move(desk, click, to="in-review", said="The review was sent round to be read.")


def _back(desk: Desk, click: Click) -> None:
    _move(desk, click, to="draft", said="The review went back to being a draft.")


def _fill(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-edit")
    gaps = [name for name, _ in filling(desk, incident, review).gaps]
    names = gaps + [name for name in TITLES if name not in gaps]
    form = fill_form(incident.id, [(name, TITLES[name]) for name in names])
    return Answer(text="Fill a gap", modal=form)


def _fill_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-edit")
    field, text = sent.values[Reviews.FIELD], typed(sent.values[Reviews.TEXT] or "")
    if not text:
        return FieldErrors(errors={Reviews.TEXT: "Write a few words; “nobody knows” is an answer too."})
    if field in _TIMES:
        at = moment(text)
        if at is None and text[:1].isdigit():
            return FieldErrors(errors={Reviews.TEXT: "Write the time as 2026-11-20 14:05; it is read as UTC."})
        if at is not None and at > desk.now:
            return FieldErrors(errors={Reviews.TEXT: "That time has not come yet."})
        setattr(incident, field, at)
    reviews.answer(desk.tx, review, field=field, text=text, by=desk.by, now=desk.now)
    _note(desk, incident, f"Filled in the review: {TITLES[field]}", author=desk.by)
    _write(desk, incident, review)
    return None


def _publish(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-publish")
    _refuse_gaps(desk, incident, review)
    return Answer(text="Publish the review", modal=publish_form(incident.id, INC(incident.id, desk.policy)))


def _refuse_gaps(desk: Desk, incident: Incident, review: Review) -> None:
    if review.state != "in-review":
        raise RuleBroken("Send it to review first, so that somebody else reads it.")
    must = filling(desk, incident, review).must
    if must:
        named = "; ".join(TITLES[name] for name in must)
        raise RuleBroken(f"Before it is published, somebody has to answer: {named}. Use *Fill a gap*.")


def _publish_sent(desk: Desk, sent: Submission) -> None:
    incident, review = _of(desk, sent.metadata["incident"], "review-publish")
    _refuse_gaps(desk, incident, review)
    reviewers = typed(sent.values[Reviews.TEXT] or "")
    reviews.answer(desk.tx, review, field="reviewers", text=reviewers, by=desk.by, now=desk.now)
    review.state, review.published_at, review.published_by = "published", desk.now, desk.by
    review_nags.end(desk, review)
    _note(desk, incident, "The review was published.", author=desk.by)
    _write(desk, incident, review)
    _upload(desk, incident, review)
    text = f"The review of {INC(incident.id, desk.policy)} is published by {person(desk.by)}."
    say(desk, incident, text)
    tell_stakeholders(desk, incident, text)


def _snooze(desk: Desk, click: Click) -> Answer:
    incident, _ = _of(desk, int(click.value), "review-edit")
    return Answer(text="Put the review off", modal=snooze_form(incident.id))


def _snooze_sent(desk: Desk, sent: Submission) -> None:
    incident, review = _of(desk, sent.metadata["incident"], "review-edit")
    days, reason = int(sent.values[Reviews.DAYS]), _reason(sent)
    review.snoozed_reason = reason
    review_nags.put_off(desk, review, days=days)
    _note(desk, incident, f"Reminders of the review are put off by {days} working days.", author=desk.by, reason=reason)
    owe(desk.tx, DrawReview(incident_id=incident.id), needs=channel_first(desk, incident))


def _dismiss(desk: Desk, click: Click) -> Answer:
    incident, _ = _of(desk, int(click.value), "review-dismiss")
    return Answer(text="Dismiss the review", modal=dismiss_form(incident.id))


def _dismiss_sent(desk: Desk, sent: Submission) -> None:
    incident, review = _of(desk, sent.metadata["incident"], "review-dismiss")
    review.state, review.dismissed_reason = "dismissed", _reason(sent)
    review_nags.end(desk, review)
    _note(desk, incident, "The review was dismissed.", author=desk.by, reason=review.dismissed_reason)
    _write(desk, incident, review)


def _reason(sent: Submission) -> str:
    reason = one_line(typed(sent.values[Reviews.REASON] or ""), 500)
    if not reason:
        raise Complaint("Say in a few words why.")
    return reason


# --- drawing ------------------------------------------------------------------------------------------------


def _state(desk: Desk, incident: Incident, review: Review) -> ReviewState:
    filled = filling(desk, incident, review)
    return ReviewState(
        number=INC(incident.id, desk.policy),
        incident_id=incident.id,
        title=incident.title,
        state=review.state,
        author=review.author,
        due_at=review.due_at,
        published_at=review.published_at,
        published_by=review.published_by,
        dismissed_reason=review.dismissed_reason,
        snoozed_reason=review.snoozed_reason,
        gaps=[(TITLES[name], who) for name, who in filled.gaps],
        must=[TITLES[name] for name in filled.must],
    )


def _draw(desk: Desk, effect: DrawReview) -> Drawing | None:
    incident = by_id(desk, effect.incident_id, for_change=False)
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        return None
    text, blocks = review_message(_state(desk, incident, review))
    return Drawing(text=text, blocks=blocks)


FEATURE = Feature(
    commands={ShowReview: _show, ListReviews: _list},
    clicks={
        Card.REVIEW: _show_clicked,
        Reviews.SUBMIT: _submit,
        Reviews.BACK: _back,
        Reviews.FILL: _fill,
        Reviews.PUBLISH: _publish,
        Reviews.SNOOZE: _snooze,
        Reviews.DISMISS: _dismiss,
    },
    submissions={
        Reviews.FILL_FORM: _fill_sent,
        Reviews.PUBLISH_FORM: _publish_sent,
        Reviews.SNOOZE_FORM: _snooze_sent,
        Reviews.DISMISS_FORM: _dismiss_sent,
    },
    drawings={DrawReview: _draw},
)
