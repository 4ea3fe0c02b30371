"""Promises to remind somebody, as rows: a restart between any two ticks forgets nothing and repeats nothing."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, Executable, Table, select
from sqlalchemy.dialects import postgresql, sqlite

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
) -> None:
    """Promise to remind at `next_due_at` (business time). The same key is one promise: made again, it moves
    and counts from nought."""
    row = {"key": key, "kind": kind, "next_due_at": next_due_at, "incident_id": incident_id, "data": data}
    tx.session.execute(_promise(on_postgresql=tx.on_postgresql), row)
    for held in tx.session.identity_map.values():  # what was read of it before is no longer so
        if isinstance(held, Reminder) and held.key == key:
            tx.session.refresh(held)


@cache
def _promise(*, on_postgresql: bool) -> Executable:
    """One statement, because two replicas may make the first promise at once."""
    insert = postgresql.insert if on_postgresql else sqlite.insert
    row = insert(cast(Table, Reminder.__table__)).values(sent=0)
    anew = {name: row.excluded[name] for name in ("kind", "next_due_at", "incident_id", "data")}
    return row.on_conflict_do_update(
        index_elements=["key"], set_={**anew, "sent": 0, "last_sent_at": None, "ended_at": None}
    )


def _held(tx: Transaction, *conditions: ColumnElement[bool], skip_locked: bool = False) -> Reminder | None:
    chosen = select(Reminder).where(*conditions).execution_options(populate_existing=True)
    return tx.session.scalar(chosen.with_for_update(skip_locked=skip_locked))


def find(tx: Transaction, key: str) -> Reminder | None:
    """The promise made under this key, ended or not."""
    return tx.session.scalar(select(Reminder).where(Reminder.key == key))


def fulfil(tx: Transaction, key: str, now: datetime) -> bool:
    """End a promise: nothing more will be said. False when there was none open."""
    reminder = _held(tx, Reminder.key == key, Reminder.ended_at.is_(None))
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


def due(tx: Transaction, *, now: datetime, limit: int = 50) -> list[tuple[int, int | None]]:
    """(id, incident) of what is due, oldest first. To handle one, hold its incident and then `claim` it."""
    rows = tx.session.execute(
        select(Reminder.id, Reminder.incident_id)
        .where(Reminder.ended_at.is_(None), Reminder.next_due_at <= now)
        .order_by(Reminder.next_due_at, Reminder.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def claim(tx: Transaction, reminder_id: int, *, now: datetime) -> Reminder | None:
    """Hold a reminder that is due; None when somebody else has it, or has handled it since it was found.

    Hold its incident first, as everybody does who promises and fulfils: held the other way round, they would wait
    for each other.
    """
    still_due = (Reminder.id == reminder_id, Reminder.ended_at.is_(None), Reminder.next_due_at <= now)
    return _held(tx, *still_due, skip_locked=True)


def settle(reminder: Reminder, *, now: datetime, next_due_at: datetime | None, sent: bool) -> None:
    """Write down that a due reminder was handled: when it is next due, or that it has ended."""
    if sent:
        reminder.sent += 1
        reminder.last_sent_at = now
    if next_due_at is None:
        reminder.ended_at = now
    else:
        reminder.next_due_at = next_due_at
