"""Reviews: one per incident, from draft to published or dismissed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select

from storage.incidents import may_see
from storage.models import Incident, Review
from storage.transaction import Transaction
from storage.types import Json

UNFINISHED = ("draft", "in-review")


def by_incident(tx: Transaction, incident_id: int) -> Review | None:
    """The review of an incident, as it stands in the database now. Lock the incident before changing it."""
    return tx.session.get(Review, incident_id, populate_existing=True)


def create(
    tx: Transaction, *, incident_id: int, author: str, due_at: datetime | None, now: datetime, markdown: str = ""
) -> Review:
    """A first draft."""
    review = Review(
        incident_id=incident_id, author=author, due_at=due_at, markdown=markdown, drafted_at=now, changed_at=now
    )
    tx.session.add(review)
    tx.session.flush()
    return review


def rewrite(tx: Transaction, review: Review, *, markdown: str, now: datetime) -> None:
    """Keep the text as it now reads."""
    review.markdown, review.changed_at = markdown, now
    tx.session.flush()


def answer(tx: Transaction, review: Review, *, field: str, text: str, by: str, now: datetime) -> None:
    """Somebody filled in one field of the review; an empty text takes the answer back."""
    answers: dict[str, Json] = dict(review.answers or {})
    if text:
        answers[field] = {"text": text, "by": by, "at": now.isoformat()}
    else:
        answers.pop(field, None)
    review.answers = answers
    tx.session.flush()


def unfinished(
    tx: Transaction, *, user: str, author: str | None = None, limit: int = 30
) -> tuple[list[tuple[Review, Incident]], int]:
    """Reviews of real incidents that are neither published nor dismissed and that this person may know of.

    The most urgent first, at most `limit`; and how many there are in all.
    """
    chosen = (
        select(Review, Incident, func.count().over())
        .join(Incident, Incident.id == Review.incident_id)
        .where(Review.state.in_(UNFINISHED), Incident.kind == "real", may_see(user))
        .order_by(Review.due_at.is_(None), Review.due_at, Review.incident_id)
        .limit(limit)
    )
    if author is not None:
        chosen = chosen.where(Review.author == author)
    rows = tx.session.execute(chosen).all()
    return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0


def unfinished_with(tx: Transaction, words: str, *, limit: int = 20) -> list[int]:
    """The incidents whose review is not finished and has these words in its text, newest first."""
    chosen = (
        select(Review.incident_id)
        .where(Review.state.in_(UNFINISHED), Review.markdown.contains(words, autoescape=True))
        .order_by(Review.incident_id.desc())
        .limit(limit)
    )
    return list(tx.session.scalars(chosen))


def similar(tx: Transaction, incident: Incident, *, limit: int = 5) -> list[Incident]:
    """Earlier public incidents of the same model, or with the same failure mode, newest first."""
    same = Incident.model == incident.model
    if incident.failure_mode != "unknown":
        same = or_(same, Incident.failure_mode == incident.failure_mode)
    return list(
        tx.session.scalars(
            select(Incident)
            .where(same, Incident.id < incident.id, Incident.private.is_(False), Incident.kind == "real")
            .order_by(Incident.id.desc())
            .limit(limit)
        )
    )
