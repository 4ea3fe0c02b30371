"""Follow-ups: what is to be done after the incident, by whom and until when."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from storage.models import FollowUp
from storage.transaction import Transaction


def add(
    tx: Transaction,
    *,
    incident_id: int,
    text: str,
    added_by: str,
    at: datetime,
    owner: str | None = None,
    due_on: date | None = None,
    source_channel: str | None = None,
    source_ts: str | None = None,
) -> FollowUp:
    """Write down a follow-up. A message (source_channel and source_ts) makes one; made again, it is back."""
    found = None
    if source_channel is not None and source_ts is not None:
        found = by_source(tx, incident_id=incident_id, channel=source_channel, ts=source_ts)
    if found is None:
        found = FollowUp(incident_id=incident_id, source_channel=source_channel, source_ts=source_ts)
        tx.session.add(found)
    found.text, found.added_by, found.added_at, found.removed_at = text, added_by, at, None
    found.owner = owner or found.owner
    found.due_on = due_on.isoformat() if due_on is not None else found.due_on
    tx.session.flush()
    return found


def by_id(tx: Transaction, follow_up_id: int) -> FollowUp | None:
    """One follow-up, as it stands in the database now. Lock its incident before changing it."""
    return tx.session.get(FollowUp, follow_up_id, populate_existing=True)


def by_source(tx: Transaction, *, incident_id: int, channel: str, ts: str) -> FollowUp | None:
    """The follow-up made of a message, also when it was taken back."""
    return tx.session.scalar(
        select(FollowUp).where(
            FollowUp.incident_id == incident_id, FollowUp.source_channel == channel, FollowUp.source_ts == ts
        )
    )


def of_incident(tx: Transaction, incident_id: int) -> list[FollowUp]:
    """The incident's follow-ups, done ones too, oldest first."""
    return list(
        tx.session.scalars(
            select(FollowUp)
            .where(FollowUp.incident_id == incident_id, FollowUp.removed_at.is_(None))
            .order_by(FollowUp.added_at, FollowUp.id)
        )
    )


def undone(tx: Transaction) -> list[FollowUp]:
    """Every follow-up of every incident that is not done, those due first in front and those without a date last."""
    return list(
        tx.session.scalars(
            select(FollowUp)
            .where(FollowUp.done_at.is_(None), FollowUp.removed_at.is_(None))
            .order_by(FollowUp.due_on.is_(None), FollowUp.due_on, FollowUp.id)
        )
    )


def remove(tx: Transaction, follow_up: FollowUp, *, at: datetime) -> None:
    """Take a follow-up back; the words of the message it was made of go too."""
    follow_up.removed_at = at
    if follow_up.source_ts is not None:
        follow_up.text = ""
    tx.session.flush()
