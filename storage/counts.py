"""How many there are of what an operator watches."""

from __future__ import annotations

from sqlalchemy import func, select

from playbooks.lifecycle import OPEN_STATUSES
from storage.models import Effect, Incident
from storage.transaction import Transaction


def effects_by_state(tx: Transaction) -> dict[str, int]:
    """State → how many effects; done ones until they are forgotten."""
    counted = tx.session.execute(select(Effect.state, func.count()).group_by(Effect.state)).all()
    return {state: number for state, number in counted}  # noqa: C416 - typed, which dict() of rows is not


def open_by_severity(tx: Transaction) -> dict[str, int]:
    """Severity → how many real incidents are open."""
    counted = tx.session.execute(
        select(Incident.severity, func.count())
        .where(Incident.status.in_(OPEN_STATUSES), Incident.kind == "real")
        .group_by(Incident.severity)
    ).all()
    return {severity: number for severity, number in counted}  # noqa: C416 - as above
