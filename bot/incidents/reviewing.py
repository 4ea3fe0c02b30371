"""Working on a review: filled in, sent round, published, handed over, put off or dismissed with a reason."""

from __future__ import annotations

from bot.effects import DrawCard, Tell, owe
from bot.incidents import review_nags, review_record
from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, OnSubmission, Submission
from bot.incidents.drafting import filling
from bot.incidents.finding import allow, by_id
from bot.incidents.people import meet
from bot.incidents.telling import channel_first, say, tell_stakeholders
from bot.incidents.wording import entered, kept, moment
from bot.views.ids import Reviews
from bot.views.review_message import (
    dismiss_form,
    fill_form,
    hand_over_form,
    publish_form,
    snooze_form,
)
from bot.views.review_titles import TITLES
from bot.views.text import INC, one_line, person, when, when_plain
from playbooks.lifecycle import RuleBroken, Status
from storage import reviews
from storage.models import Incident, Review

_TIMES = {"first_bad_at", "detected_at"}


def _of(desk: Desk, incident_id: int, permission: str) -> tuple[Incident, Review]:
    """The held incident and its review, while it can be worked on. Raises RuleBroken."""
    incident = by_id(desk, incident_id)
    allow(desk, incident, permission)
    review = reviews.by_incident(desk.tx, incident.id)
    if review is None:
        raise RuleBroken("There is no draft yet. Type `/ml-incident review` in the incident's channel.")
    if review.state == "published":
        raise RuleBroken(f"{person(review.published_by)} has published this review {when(review.published_at)}.")
    if review.state == "dismissed":
        raise RuleBroken(f"This review was dismissed: {review.dismissed_reason}")
    return incident, review


def _submit(desk: Desk, click: Click) -> Answer | None:
    incident, review = _of(desk, int(click.value), "review-edit")
    if review.state == "in-review":
        return Answer(text="It is in review already.")
    if Status(incident.status).is_open:
        raise RuleBroken("The incident is open; its review can be sent round once it is resolved.")
    review.state = "in-review"
    review_record.note(desk, incident, "The review was sent round to be read.")
    review_record.rewrite(desk, incident, review)
    review_record.upload(desk, incident, review)
    return None


def _back(desk: Desk, click: Click) -> Answer | None:
    incident, review = _of(desk, int(click.value), "review-edit")
    if review.state == "draft":
        return Answer(text="It is a draft already.")
    review.state = "draft"
    review_record.note(desk, incident, "The review went back to being a draft.")
    review_record.rewrite(desk, incident, review)
    return None


def _fill(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-edit")
    gaps = [name for name, _ in filling(desk, incident, review).gaps]
    names = gaps + [name for name in TITLES if name not in gaps]
    form = fill_form(incident.id, [(name, TITLES[name]) for name in names])
    return Answer(text="Fill a gap", modal=form)


def _fill_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-edit")
    field, text = sent.values[Reviews.FIELD], entered(sent.values[Reviews.TEXT])
    if not text:
        return FieldErrors(errors={Reviews.TEXT: "Write a few words; “nobody knows” is an answer too."})
    if field in _TIMES:
        at = moment(text)
        if at is None and text[:1].isdigit():
            return FieldErrors(errors={Reviews.TEXT: "Write the time as 2026-11-20 14:05; it is read as UTC."})
        if at is not None and at > desk.now:
            return FieldErrors(errors={Reviews.TEXT: "That time has not come yet."})
        setattr(incident, field, at)
        owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel_first(desk, incident))  # it measures from then
        text = when_plain(at) if at is not None else text
    reviews.answer(desk.tx, review, field=field, text=text, by=desk.by, now=desk.now)
    review_record.note(desk, incident, f"Filled in the review: {kept(TITLES[field])}")
    review_record.rewrite(desk, incident, review)
    return None


def _publish(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-publish")
    _refuse_gaps(desk, incident, review)
    return Answer(text="Publish the review", modal=publish_form(incident.id, INC(incident.id, desk.policy)))


def _refuse_gaps(desk: Desk, incident: Incident, review: Review) -> None:
    if Status(incident.status).is_open:
        raise RuleBroken("The incident is open again; its review can be published once it is resolved.")
    if review.state != "in-review":
        raise RuleBroken("Send it to review first, so that somebody else reads it.")
    must = filling(desk, incident, review).must
    if must:
        named = "; ".join(TITLES[name] for name in must)
        raise RuleBroken(f"Before it is published, somebody has to answer: {named}. Use *Fill a gap*.")


def _publish_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-publish")
    _refuse_gaps(desk, incident, review)
    reviewers = entered(sent.values[Reviews.TEXT])
    if not reviewers:
        return FieldErrors(errors={Reviews.TEXT: "A review that nobody read is not done. Name who did."})
    reviews.answer(desk.tx, review, field="reviewers", text=reviewers, by=desk.by, now=desk.now)
    review.state, review.published_at, review.published_by = "published", desk.now, desk.by
    review_nags.end(desk, review)
    review_record.note(desk, incident, "The review was published.")
    review_record.rewrite(desk, incident, review)
    review_record.upload(desk, incident, review)
    text = f"The review of {INC(incident.id, desk.policy)} is published by {person(desk.by)}."
    say(desk, incident, text)
    tell_stakeholders(desk, incident, text)
    return None


def _hand_over(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-edit")
    return Answer(text="Hand the review over", modal=hand_over_form(incident.id, now=review.author))


def _hand_over_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-edit")
    to = sent.values[Reviews.AUTHOR]
    if to == review.author:
        return FieldErrors(errors={Reviews.AUTHOR: "They are named for it already."})
    if not to or not review_nags.is_reachable(desk, incident, to):
        return FieldErrors(errors={Reviews.AUTHOR: "They cannot be reached in Slack, or are not in this incident."})
    meet(desk, to)
    review.author = to
    if review.due_at is not None:
        review_nags.promise(desk, review)
    review_record.note(desk, incident, f"{person(to)} is named for the review now.")
    review_record.rewrite(desk, incident, review)
    if to != desk.by:
        due = f", due {when(review.due_at)}" if review.due_at else ""
        text = f"{person(desk.by)} named you for the review of {INC(incident.id, desk.policy)}{due}."
        owe(desk.tx, Tell(user=to, text=f"{text} The draft is in its channel.", incident_id=incident.id))
    return None


def _snooze(desk: Desk, click: Click) -> Answer:
    incident, review = _of(desk, int(click.value), "review-edit")
    _refuse_without_reminders(review)
    return Answer(text="Put the review off", modal=snooze_form(incident.id))


def _refuse_without_reminders(review: Review) -> None:
    if review.due_at is None:
        raise RuleBroken("Nobody is reminded of this review, so there is nothing to put off.")


def _snooze_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-edit")
    _refuse_without_reminders(review)
    days, reason = int(sent.values[Reviews.DAYS]), _reason(sent)
    if not reason:
        return _say_why()
    review.snoozed_reason = reason
    until = review_nags.put_off(desk, review, days=days)
    text = f"Reminders of the review are put off until {when_plain(until)}."
    review_record.note(desk, incident, text, reason=kept(reason))
    review_record.redraw(desk, incident)
    return None


def _dismiss(desk: Desk, click: Click) -> Answer:
    incident, _ = _of(desk, int(click.value), "review-dismiss")
    return Answer(text="Dismiss the review", modal=dismiss_form(incident.id))


def _dismiss_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident, review = _of(desk, sent.metadata["incident"], "review-dismiss")
    reason = _reason(sent)
    if not reason:
        return _say_why()
    review.state, review.dismissed_reason = "dismissed", reason
    review_nags.end(desk, review)
    review_record.note(desk, incident, "The review was dismissed.", reason=kept(reason))
    review_record.rewrite(desk, incident, review)
    return None


def _reason(sent: Submission) -> str:
    return one_line(entered(sent.values[Reviews.REASON]), 500)


def _say_why() -> FieldErrors:
    return FieldErrors(errors={Reviews.REASON: "Say in a few words why."})


CLICKS: dict[str, OnClick] = {
    Reviews.SUBMIT: _submit,
    Reviews.BACK: _back,
    Reviews.FILL: _fill,
    Reviews.PUBLISH: _publish,
    Reviews.HAND_OVER: _hand_over,
    Reviews.SNOOZE: _snooze,
    Reviews.DISMISS: _dismiss,
}
SUBMISSIONS: dict[str, OnSubmission] = {
    Reviews.FILL_FORM: _fill_sent,
    Reviews.PUBLISH_FORM: _publish_sent,
    Reviews.HAND_OVER_FORM: _hand_over_sent,
    Reviews.SNOOZE_FORM: _snooze_sent,
    Reviews.DISMISS_FORM: _dismiss_sent,
}
