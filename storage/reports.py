"""Looking over all incidents, for reports: what is open and what is late. Private ones are in no report."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import Executable

from playbooks.lifecycle import OPEN_STATUSES
from storage.models import FollowUp, Incident, Review
from storage.reviews import UNFINISHED
from storage.transaction import Transaction

_OPEN = tuple(status.value for status in OPEN_STATUSES)
_TOLD = (Incident.kind == "real", Incident.private.is_(False))
_ALL = func.count().over()
"""How many rows there are beyond the limit, too."""


def open_incidents(tx: Transaction, *, limit: int) -> tuple[list[Incident], int]:
    """Incidents that are open, the worst first, at most `limit`; and how many there are in all."""
    chosen = select(Incident, _ALL).where(Incident.status.in_(_OPEN), *_TOLD)
    rows, total = _some(tx, chosen.order_by(Incident.severity, Incident.id).limit(limit))
    return [row[0] for row in rows], total


def overdue_reviews(
    tx: Transaction, *, now: datetime, limit: int, author: str | None = None
) -> tuple[list[tuple[Review, Incident]], int]:
    """Reviews past their due time, of everybody or one author, the latest first; and how many there are in all."""
    chosen = (
        select(Review, Incident, _ALL)
        .join(Incident, Incident.id == Review.incident_id)
        .where(Review.state.in_(UNFINISHED), Review.due_at < now, *_TOLD)
        .order_by(Review.due_at, Review.incident_id)
    )
    if author is not None:
        chosen = chosen.where(Review.author == author)
    rows, total = _some(tx, chosen.limit(limit))
    return [(row[0], row[1]) for row in rows], total


def overdue_follow_ups(
    tx: Transaction, *, today: date, limit: int, owner: str | None = None
) -> tuple[list[tuple[FollowUp, Incident]], int]:
    """Follow-ups past their date and not done, of everybody or one owner; and how many there are in all."""
    chosen = (
        select(FollowUp, Incident, _ALL)
        .join(Incident, Incident.id == FollowUp.incident_id)
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.removed_at.is_(None),
            FollowUp.due_on < today.isoformat(),
            *_TOLD,
        )
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    if owner is not None:
        chosen = chosen.where(FollowUp.owner == owner)
    rows, total = _some(tx, chosen.limit(limit))
    return [(row[0], row[1]) for row in rows], total


def _some(tx: Transaction, chosen: Executable) -> tuple[list[Any], int]:
    rows = list(tx.session.execute(chosen))
    return rows, rows[0][-1] if rows else 0
