"""Counting over all incidents, for reports: what is open and what is late, private ones left out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from playbooks.lifecycle import OPEN_STATUSES
from storage.incidents import may_see
from storage.models import FollowUp, Incident, Review
from storage.reviews import UNFINISHED
from storage.transaction import Transaction

_OPEN = tuple(status.value for status in OPEN_STATUSES)


def open_incidents(tx: Transaction, *, user: str = "", limit: int = 30) -> list[Incident]:
    """Real incidents that are open and that this person may know of (nobody: only public ones), the worst first."""
    return list(
        tx.session.scalars(
            select(Incident)
            .where(Incident.status.in_(_OPEN), Incident.kind == "real", may_see(user))
            .order_by(Incident.severity, Incident.id)
            .limit(limit)
        )
    )


def count_open(tx: Transaction) -> dict[str, int]:
    """How many incidents are open, by severity; private ones count without being named."""
    rows = tx.session.execute(
        select(Incident.severity, func.count())
        .where(Incident.status.in_(_OPEN), Incident.kind == "real")
        .group_by(Incident.severity)
    )
    return {row[0]: row[1] for row in rows}


def overdue_reviews(
    tx: Transaction, *, now: datetime, user: str = "", limit: int = 30
) -> list[tuple[Review, Incident]]:
    """Reviews past their due time, the latest first."""
    chosen = (
        select(Review, Incident)
        .join(Incident, Incident.id == Review.incident_id)
        .where(Review.state.in_(UNFINISHED), Review.due_at < now, Incident.kind == "real", may_see(user))
        .order_by(Review.due_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in tx.session.execute(chosen)]


def overdue_follow_ups(
    tx: Transaction, *, today: date, user: str = "", limit: int = 30
) -> list[tuple[FollowUp, Incident]]:
    """Follow-ups past their date and not done, the latest first."""
    chosen = (
        select(FollowUp, Incident)
        .join(Incident, Incident.id == FollowUp.incident_id)
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.removed_at.is_(None),
            FollowUp.due_on < today.isoformat(),
            Incident.kind == "real",
            may_see(user),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in tx.session.execute(chosen)]
