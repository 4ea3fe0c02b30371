"""Incidents: declared, found by number, channel, model, person or words. Private ones only for their members."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select

from playbooks.lifecycle import OPEN_STATUSES
from storage.models import Incident, Participant, RoleHolder
from storage.transaction import Transaction
from storage.types import Json

_OPEN = tuple(status.value for status in OPEN_STATUSES)
MOST_WORDS = 8


def declare(
    tx: Transaction,
    *,
    title: str,
    model: str,
    model_known: bool,
    card: Json | None,
    failure_mode: str,
    severity: str,
    private: bool,
    kind: str,
    opened_by: str,
    opened_from: str | None,
    declared_at: datetime,
) -> Incident:
    """A new incident; the database gives it its number."""
    incident = Incident(
        title=title,
        model=model,
        model_known=model_known,
        card=card,
        failure_mode=failure_mode,
        severity=severity,
        peak_severity=severity,
        status="investigating",
        private=private,
        kind=kind,
        opened_by=opened_by,
        opened_from=opened_from,
        declared_at=declared_at,
    )
    tx.session.add(incident)
    tx.session.flush()
    return incident


def by_id(tx: Transaction, incident_id: int, *, for_change: bool = False) -> Incident | None:
    """One incident; `for_change` holds it until the transaction ends."""
    chosen = select(Incident).where(Incident.id == incident_id).execution_options(populate_existing=True)
    return tx.session.scalar(chosen.with_for_update() if for_change else chosen)


def by_channel(tx: Transaction, channel_id: str, *, for_change: bool = False) -> Incident | None:
    """The incident that owns this channel."""
    chosen = select(Incident).where(Incident.channel_id == channel_id).execution_options(populate_existing=True)
    return tx.session.scalar(chosen.with_for_update() if for_change else chosen)


def owns(tx: Transaction, channel_id: str) -> bool:
    """Whether this channel is an incident's."""
    return tx.session.scalar(select(Incident.id).where(Incident.channel_id == channel_id)) is not None


def take_turn(tx: Transaction, model: str) -> None:
    """Let one transaction at a time decide whether this model has an open incident already."""
    if tx.on_postgresql:  # SQLite lets one writer in at a time as it is
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"open:{model}"))))


def open_for_model(tx: Transaction, model: str, *, user: str) -> Incident | None:
    """The newest open real incident of a model that this person may know of."""
    return tx.session.scalar(_OPEN_FOR_MODEL, {"model": model, "user": user})


def of_person(tx: Transaction, user: str, *, limit: int) -> list[Incident]:
    """The open incidents that concern this person, newest first."""
    concerns = or_(Incident.opened_by == user, _takes_part(user), _holds_a_role(user))
    return list(
        tx.session.scalars(
            select(Incident).where(Incident.status.in_(_OPEN), concerns).order_by(Incident.id.desc()).limit(limit)
        )
    )


def listed(tx: Transaction, *, user: str, everything: bool, limit: int) -> list[Incident]:
    """The open incidents, or all of them, that this person may see: open ones first, newest first."""
    chosen = select(Incident).where(may_see(user))
    if not everything:
        chosen = chosen.where(Incident.status.in_(_OPEN))
    open_first = Incident.status.in_(_OPEN).desc()
    return list(tx.session.scalars(chosen.order_by(open_first, Incident.id.desc()).limit(limit)))


def search(tx: Transaction, words: str, *, user: str, limit: int) -> list[Incident]:
    """Incidents this person may see whose model, title, impact or ending hold every word; newest first."""
    chosen = select(Incident).where(may_see(user))
    for word in words.split()[:MOST_WORDS]:
        chosen = chosen.where(_holds(word))
    return list(tx.session.scalars(chosen.order_by(Incident.id.desc()).limit(limit)))


def _holds(word: str) -> ColumnElement[bool]:
    columns = (Incident.title, Incident.model, Incident.impact, Incident.ended_by, Incident.failure_mode)
    found = [column.icontains(word, autoescape=True) for column in columns]
    digits = word.rpartition("-")[2]
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        found.append(Incident.id == int(digits))
    return or_(*found)


def is_visible(tx: Transaction, incident_id: int, *, user: str) -> bool:
    """Whether this person may know of this incident."""
    return tx.session.scalar(select(Incident.id).where(Incident.id == incident_id, may_see(user))) is not None


def may_see(user: str | ColumnElement[str]) -> ColumnElement[bool]:
    """The condition for what this person may know of: everything public, private ones as a member."""
    return or_(Incident.private.is_(False), Incident.opened_by == user, _takes_part(user), _holds_a_role(user))


def _takes_part(user: str | ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(
        and_(
            Participant.incident_id == Incident.id,
            Participant.user_id == user,
            Participant.problem.is_(None),
        )
    )


def _holds_a_role(user: str | ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(
        and_(RoleHolder.incident_id == Incident.id, RoleHolder.user_id == user, RoleHolder.until.is_(None))
    )


# Built once: every opening asks it while the person waits.
_OPEN_FOR_MODEL = (
    select(Incident)
    .where(
        Incident.model == bindparam("model"),
        Incident.kind == "real",
        Incident.status.in_(_OPEN),
        may_see(bindparam("user")),
    )
    .order_by(Incident.id.desc())
    .limit(1)
)
