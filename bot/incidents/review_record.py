"""The review as it is kept and shown: written anew, uploaded, noted on the timeline, and its state for the message."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.effects import DrawReview, LookUpPerson, UploadReview, owe
from bot.incidents.desk import Desk
from bot.incidents.drafting import filling, write
from bot.incidents.entries import enter
from bot.incidents.finding import by_id
from bot.incidents.people import SOMEBODY, name_of
from bot.incidents.telling import channel_first
from bot.views.review_message import ReviewState
from bot.views.review_titles import TITLES
from bot.views.text import INC
from playbooks.lifecycle import Status
from storage import reminders, reviews, runs, timeline
from storage.models import Incident, Review

_ASKING = timedelta(seconds=2)
_SOMEBODY = f" {SOMEBODY}"
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)")


def key(review: Review) -> str:
    """Under which its reminders are promised."""
    return f"review:{review.incident_id}"


def rewrite(desk: Desk, incident: Incident, review: Review, *, aloud: bool = False) -> None:
    """Keep the text as it now reads, and redraw the message."""
    look_up_people(desk, incident)
    reviews.rewrite(desk.tx, review, markdown=write(desk, incident, review, aloud=aloud), now=desk.now)
    redraw(desk, incident)


def redraw(desk: Desk, incident: Incident) -> None:
    """Show its present state in its message."""
    owe(desk.tx, DrawReview(incident_id=incident.id), needs=channel_first(desk, incident))


def upload(desk: Desk, incident: Incident, review: Review) -> None:
    """Upload the text to the channel; a moment later while Slack is asked for names that it lacks."""
    sent = UploadReview(incident_id=incident.id, revision=review.changed_at.isoformat())
    later = datetime.now(UTC) + _ASKING if _SOMEBODY in review.markdown else None  # real time, as all of the outbox
    owe(desk.tx, sent, needs=channel_first(desk, incident), due_at=later)


def look_up_people(desk: Desk, incident: Incident) -> None:
    """Have everybody looked up who did something in the incident and whose name nobody has asked for."""
    entries = timeline.of_incident(desk.tx, incident.id)
    marked = [user for entry in entries for user in _MENTION.findall(f"{entry.text} {entry.reason}")]
    steps = [one.by for run in runs.of_incident(desk.tx, incident.id) for one in runs.walk(desk.tx, run).records]
    for user in {entry.author for entry in entries} | set(marked) | set(steps) | {incident.opened_by}:
        if user and name_of(desk.tx, user) == SOMEBODY:
            owe(desk.tx, LookUpPerson(user=user))


def name_in_drafts(desk: Desk) -> None:
    """Somebody's name is known now: write the drafts anew that had to do without."""
    for incident_id in reviews.unfinished_with(desk.tx, _SOMEBODY):
        incident = by_id(desk, incident_id)
        review = reviews.by_incident(desk.tx, incident.id)
        if review is not None:
            rewrite(desk, incident, review)


def note(desk: Desk, incident: Incident, text: str, *, reason: str | None = None) -> None:
    """On the timeline; text and reason in Slack's own form."""
    enter(desk, incident, "review", text, reason=reason)


def state(desk: Desk, incident: Incident, review: Review) -> ReviewState:
    """What its message shows."""
    filled = filling(desk, incident, review)
    promised = reminders.find(desk.tx, key(review))
    is_promised = promised is not None and promised.ended_at is None
    return ReviewState(
        number=INC(incident.id, desk.policy),
        incident_id=incident.id,
        title=incident.title,
        state=review.state,
        author=review.author,
        is_open=Status(incident.status).is_open,
        due_at=review.due_at,
        published_at=review.published_at,
        published_by=review.published_by,
        dismissed_reason=review.dismissed_reason,
        snoozed_reason=review.snoozed_reason if is_promised else None,
        snoozed_until=promised.next_due_at if promised is not None else None,
        gaps=[(TITLES[name], who) for name, who in filled.gaps],
        must=[TITLES[name] for name in filled.must],
        blaming=[(TITLES[name], words) for name, words in filled.blaming],
    )
