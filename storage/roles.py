"""Who holds which role in an incident, and who held it before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from storage.models import RoleHolder
from storage.transaction import Transaction


def holders(tx: Transaction, incident_id: int) -> dict[str, RoleHolder]:
    """The present holders by role ('commander', 'ml-lead' …); a role that nobody holds is absent."""
    return {row.role: row for row in tx.session.scalars(_HOLDERS, {"incident": incident_id})}


_HOLDERS = (
    select(RoleHolder)
    .where(RoleHolder.incident_id == bindparam("incident"), RoleHolder.until.is_(None))
    .order_by(RoleHolder.since, RoleHolder.id)
)


def holder(tx: Transaction, incident_id: int, role: str) -> str | None:
    """The Slack user id of whoever holds the role now."""
    present = holders(tx, incident_id).get(role)
    return None if present is None else present.user_id


def held_by(tx: Transaction, incident_id: int, user_id: str) -> list[str]:
    """The roles that this person holds now."""
    return [role for role, row in holders(tx, incident_id).items() if row.user_id == user_id]


def give(
    tx: Transaction, *, incident_id: int, role: str, user_id: str, given_by: str, at: datetime
) -> RoleHolder | None:
    """Give the role to somebody, and return who held it until now. Lock the incident first."""
    before = take(tx, incident_id=incident_id, role=role, at=at)
    tx.session.add(RoleHolder(incident_id=incident_id, role=role, user_id=user_id, given_by=given_by, since=at))
    tx.session.flush()
    return before


def take(tx: Transaction, *, incident_id: int, role: str, at: datetime) -> RoleHolder | None:
    """End whoever holds the role, and return them; None when nobody did."""
    before = holders(tx, incident_id).get(role)
    if before is not None:
        before.until = at
        tx.session.flush()
    return before


def held_in(tx: Transaction, role: str, user_id: str) -> list[int]:
    """The incidents in which this person holds the role now."""
    return list(
        tx.session.scalars(
            select(RoleHolder.incident_id).where(
                RoleHolder.role == role, RoleHolder.user_id == user_id, RoleHolder.until.is_(None)
            )
        )
    )


def history(tx: Transaction, incident_id: int) -> list[RoleHolder]:
    """Everybody who ever held a role, in the order in which they took it."""
    return list(
        tx.session.scalars(
            select(RoleHolder).where(RoleHolder.incident_id == incident_id).order_by(RoleHolder.since, RoleHolder.id)
        )
    )
