"""The timeline: what happened in an incident, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select

from storage.models import TimelineEntry
from storage.transaction import Transaction
from storage.types import Json


def add(
    tx: Transaction,
    *,
    incident_id: int,
    at: datetime,
    recorded_at: datetime,
    kind: str,
    author: str | None,
    text: str,
    reason: str | None = None,
    permalink: str | None = None,
    source_channel: str | None = None,
    source_ts: str | None = None,
    added_by: str | None = None,
    data: Json | None = None,
) -> None:
    """Write one entry. `at` is when it happened, `recorded_at` when we learnt of it; author None is the bot.

    A message (source_channel and source_ts) has one entry per incident; added again, that one is filled anew and
    is back on the timeline.
    """
    row = {
        "incident_id": incident_id,
        "at": at,
        "recorded_at": recorded_at,
        "kind": kind,
        "author": author,
        "text": text,
        "reason": reason,
        "permalink": permalink,
        "source_channel": source_channel,
        "source_ts": source_ts,
        "added_by": added_by,
        "data": data,
        "removed_at": None,
    }
    entry = None
    if source_channel is not None and source_ts is not None:
        entry = by_source(tx, incident_id=incident_id, channel=source_channel, ts=source_ts)
    if entry is None:
        tx.session.execute(_ADD, row)
        return
    for name, value in row.items():
        setattr(entry, name, value)
    tx.session.flush()


# Built once, and past the session: an opening writes several while the person waits.
_ADD = insert(cast(Table, TimelineEntry.__table__))


def of_incident(tx: Transaction, incident_id: int, *, kinds: Collection[str] | None = None) -> list[TimelineEntry]:
    """What is on the timeline, oldest first; of some kinds only, where they are named."""
    query = select(TimelineEntry).where(TimelineEntry.incident_id == incident_id, TimelineEntry.removed_at.is_(None))
    if kinds is not None:
        query = query.where(TimelineEntry.kind.in_(kinds))
    return list(tx.session.scalars(query.order_by(TimelineEntry.at, TimelineEntry.id)))


def holds(tx: Transaction, incident_id: int, *, kind: str, author: str) -> bool:
    """Whether there is an entry of this kind by this person."""
    chosen = select(TimelineEntry.id).where(
        TimelineEntry.incident_id == incident_id, TimelineEntry.kind == kind, TimelineEntry.author == author
    )
    return tx.session.scalar(chosen.limit(1)) is not None


def by_source(tx: Transaction, *, incident_id: int, channel: str, ts: str) -> TimelineEntry | None:
    """The entry made of a message, also when it was taken off the timeline."""
    return tx.session.scalar(
        select(TimelineEntry).where(
            TimelineEntry.incident_id == incident_id,
            TimelineEntry.source_channel == channel,
            TimelineEntry.source_ts == ts,
        )
    )


def remove(tx: Transaction, entry: TimelineEntry, *, at: datetime) -> None:
    """Take a message off the timeline, its words included: nobody wants them kept any more."""
    entry.removed_at, entry.text, entry.data = at, "", None
    tx.session.flush()
