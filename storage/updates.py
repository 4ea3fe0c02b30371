"""What stakeholders were told, and when the next word was promised."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.models import Update
from storage.transaction import Transaction


def add(
    tx: Transaction,
    *,
    incident_id: int,
    at: datetime,
    author: str,
    impact: str,
    changed: str | None = None,
    next_step: str | None = None,
    unknown: str | None = None,
    promised_at: datetime | None = None,
    next_at: datetime | None = None,
) -> Update:
    """Write down one update. `promised_at` is when it had been promised, `next_at` when the next one is."""
    told = Update(
        incident_id=incident_id,
        at=at,
        author=author,
        impact=impact,
        changed=changed,
        next_step=next_step,
        unknown=unknown,
        promised_at=promised_at,
        next_at=next_at,
    )
    tx.session.add(told)
    tx.session.flush()
    return told


def of_incident(tx: Transaction, incident_id: int) -> list[Update]:
    """Every update, oldest first."""
    return list(
        tx.session.scalars(select(Update).where(Update.incident_id == incident_id).order_by(Update.at, Update.id))
    )


def latest(tx: Transaction, incident_id: int) -> Update | None:
    """The last update; None before the first."""
    return tx.session.scalar(
        select(Update).where(Update.incident_id == incident_id).order_by(Update.at.desc(), Update.id.desc()).limit(1)
    )
