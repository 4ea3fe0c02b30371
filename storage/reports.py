"""Looking over all incidents and models, for reports: what is open, what is late. Private incidents are in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.sql import Executable

from playbooks.card import ModelCard, from_json
from playbooks.lifecycle import OPEN_STATUSES, Status
from storage import ownership
from storage.models import (
    CatalogueModel,
    FollowUp,
    Incident,
    RegistryCard,
    Reminder,
    Review,
    RoleHolder,
    Run,
    RunRecord,
    SlackPerson,
)
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


def in_charge(tx: Transaction) -> list[tuple[int, str]]:
    """(incident, Slack account) of everybody who holds a role in an open incident now."""
    holding = select(RoleHolder.incident_id, RoleHolder.user_id).join(Incident, Incident.id == RoleHolder.incident_id)
    rows = tx.session.execute(holding.where(RoleHolder.until.is_(None), Incident.status.in_(_OPEN), *_TOLD))
    return [(incident, user) for incident, user in rows]


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


def resolved_with_evidence(tx: Transaction, *, limit: int) -> list[tuple[Incident, Review | None, list[Run]]]:
    """Incidents that are resolved and not closed, the newest first, with their reviews and the runs in which something
    was written down."""
    waiting = (
        select(Incident, Review)
        .outerjoin(Review, Review.incident_id == Incident.id)
        .where(Incident.status == Status.RESOLVED.value, *_TOLD)
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    found = [(row[0], row[1]) for row in tx.session.execute(waiting)]
    written = select(RunRecord.run_id).where(RunRecord.evidence.is_not(None))
    of_these = select(Run).where(Run.incident_id.in_([one.id for one, _ in found]), Run.id.in_(written))
    walked: dict[int, list[Run]] = {}
    for run in tx.session.scalars(of_these.order_by(Run.id)):
        walked.setdefault(run.incident_id, []).append(run)
    return [(incident, review, walked.get(incident.id, [])) for incident, review in found]


def cards_of(tx: Transaction, names: Sequence[str]) -> list[ModelCard]:
    """The cards of those of these models that a registry lists now, with what people said of their owners.

    For reports on a part of a large catalogue: when each fact was last read is as it was first written down.
    """
    asked = select(CatalogueModel.card).where(CatalogueModel.name.in_(names), CatalogueModel.missing_since.is_(None))
    cards = sorted(map(from_json, tx.session.scalars(asked)), key=lambda card: card.name)
    return ownership.all_settled(tx, cards)


def registries_of(tx: Transaction, model: str) -> set[str]:
    """The registries that list a model, as they were last read."""
    return set(tx.session.scalars(select(RegistryCard.source).where(RegistryCard.name == model)))


def promised(tx: Transaction, prefix: str) -> list[Reminder]:
    """The promises whose keys begin so, ended or not, in the order in which they were first made."""
    begin = select(Reminder).where(Reminder.key.startswith(prefix, autoescape=True)).order_by(Reminder.id)
    return list(tx.session.scalars(begin))


def accounts_named(tx: Transaction, name: str) -> list[str]:
    """The Slack accounts of people who go by this name in Slack, in any case."""
    rows = tx.session.execute(select(SlackPerson.user_id, SlackPerson.name).where(SlackPerson.deactivated.is_(False)))
    return sorted(user for user, known in rows if known.casefold() == name.casefold())


def _some(tx: Transaction, chosen: Executable) -> tuple[list[Any], int]:
    rows = list(tx.session.execute(chosen))
    return rows, rows[0][-1] if rows else 0
