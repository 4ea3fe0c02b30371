"""Promises to remind somebody, as rows: a restart between any two ticks forgets nothing and repeats nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.models import Reminder
from storage.transaction import Transaction
from storage.types import Json


def promise(
    tx: Transaction,
    *,
    key: str,
    kind: str,
    next_due_at: datetime,
    incident_id: int | None = None,
    data: Json | None = None,
) -> Reminder:
    """Promise to remind at `next_due_at` (business time). The same key is one promise: made again, it moves
    and counts from nought."""
    reminder = tx.session.scalar(select(Reminder).where(Reminder.key == key).with_for_update())
    if reminder is None:
        reminder = Reminder(key=key, kind=kind, incident_id=incident_id, next_due_at=next_due_at, data=data)
        tx.session.add(reminder)
    else:
        reminder.kind, reminder.incident_id, reminder.data = kind, incident_id, data
        reminder.next_due_at, reminder.ended_at = next_due_at, None
        reminder.sent, reminder.last_sent_at = 0, None
    tx.session.flush()
    return reminder


def find(tx: Transaction, key: str) -> Reminder | None:
    """The promise made under this key, ended or not."""
    return tx.session.scalar(select(Reminder).where(Reminder.key == key))


def fulfil(tx: Transaction, key: str, now: datetime) -> bool:
    """End a promise: nothing more will be said. False when there was none open."""
    reminder = tx.session.scalar(
        select(Reminder).where(Reminder.key == key, Reminder.ended_at.is_(None)).with_for_update()
    )
    if reminder is None:
        return False
    reminder.ended_at = now
    return True


def fulfil_all(tx: Transaction, *, incident_id: int, kinds: tuple[str, ...], now: datetime) -> int:
    """End every open promise of these kinds in one incident. Returns how many."""
    open_ones = tx.session.scalars(
        select(Reminder)
        .where(Reminder.incident_id == incident_id, Reminder.kind.in_(kinds), Reminder.ended_at.is_(None))
        .with_for_update()
    ).all()
    for reminder in open_ones:
        reminder.ended_at = now
    return len(open_ones)


def due(tx: Transaction, *, now: datetime, limit: int = 50) -> list[Reminder]:
    """Claim what is due, oldest first; replicas side by side never get the same one."""
    return list(
        tx.session.scalars(
            select(Reminder)
            .where(Reminder.ended_at.is_(None), Reminder.next_due_at <= now)
            .order_by(Reminder.next_due_at, Reminder.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def settle(reminder: Reminder, *, now: datetime, next_due_at: datetime | None, sent: bool) -> None:
    """Write down that a due reminder was handled: when it is next due, or that it has ended."""
    if sent:
        reminder.sent += 1
        reminder.last_sent_at = now
    if next_due_at is None:
        reminder.ended_at = now
    else:
        reminder.next_due_at = next_due_at
