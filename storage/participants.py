"""Who an incident concerns, why, where that is written, and whether Slack could bring them in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from playbooks.lifecycle import OPEN_STATUSES
from storage.models import Incident, Participant
from storage.transaction import Transaction

JOINED = "joined"


def add(
    tx: Transaction,
    *,
    incident_id: int,
    why: str,
    contact: str,
    added_at: datetime,
    source: str | None = None,
    user_id: str | None = None,
    problem: str | None = None,
) -> Participant:
    """Somebody takes part, for one reason; the row that says so already is given back unchanged."""
    earlier = tx.session.scalar(
        select(Participant).where(
            Participant.incident_id == incident_id, Participant.why == why, Participant.contact == contact
        )
    )
    if earlier is not None:
        return earlier
    participant = Participant(
        incident_id=incident_id,
        why=why,
        contact=contact,
        source=source,
        user_id=user_id,
        problem=problem,
        added_at=added_at,
    )
    tx.session.add(participant)
    tx.session.flush()
    return participant


def concern(tx: Transaction, everybody: Iterable[Participant]) -> None:
    """Everybody whom a new incident concerns, at once; somebody named twice for one reason counts once."""
    columns = ("incident_id", "why", "contact", "source", "user_id", "problem", "added_at")
    rows = {(row.why, row.contact): {name: getattr(row, name) for name in columns} for row in everybody}
    if rows:  # one statement: an opening holds SQLite's only writer's turn
        tx.session.execute(insert(Participant), list(rows.values()))


def of_incident(tx: Transaction, incident_id: int) -> list[Participant]:
    """Everybody, in the order in which they were added."""
    return list(
        tx.session.scalars(select(Participant).where(Participant.incident_id == incident_id).order_by(Participant.id))
    )


def members(tx: Transaction, incident_id: int) -> set[str]:
    """The Slack accounts that are in the channel or about to be."""
    return {row.user_id for row in of_incident(tx, incident_id) if row.user_id is not None and row.problem is None}


def problems_of(tx: Transaction, incident_id: int, *, user_id: str) -> list[str | None]:
    """The problem, or None, of each row of this person; empty when they take no part."""
    chosen = select(Participant.problem).where(Participant.incident_id == incident_id, Participant.user_id == user_id)
    return list(tx.session.scalars(chosen))


def set_problem(tx: Transaction, incident_id: int, *, user_id: str, problem: str | None) -> bool:
    """Write down why somebody could not be brought in, or None once they are; False when nothing changes."""
    changed = tx.session.execute(
        update(Participant)
        .where(
            Participant.incident_id == incident_id,
            Participant.user_id == user_id,
            Participant.problem.is_distinct_from(problem),
        )
        .values(problem=problem)
        .returning(Participant.id)
    )
    return bool(changed.all())


def forget_joined(tx: Transaction, incident_id: int, *, user_id: str) -> None:
    """Somebody who had only joined has left again."""
    tx.session.execute(
        delete(Participant).where(
            Participant.incident_id == incident_id, Participant.user_id == user_id, Participant.why == JOINED
        )
    )


def not_found(tx: Transaction) -> list[Participant]:
    """Rows of open incidents whose contact has no Slack account so far."""
    return list(
        tx.session.scalars(
            select(Participant)
            .join(Incident, Incident.id == Participant.incident_id)
            .where(Participant.user_id.is_(None), Incident.status.in_([status.value for status in OPEN_STATUSES]))
            .order_by(Participant.id)
        )
    )
