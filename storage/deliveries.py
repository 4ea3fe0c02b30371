"""What the worker reads before it does an effect, and what it writes down once Slack has answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Table, func, select, tuple_, update

from storage.models import Effect, Incident, Participant, Review, RoleHolder, Run
from storage.outbox import Claimed
from storage.transaction import Transaction

# Tables rather than classes where many rows are changed one by one: half the time, and the writers' turn is shared.
_EFFECTS, _INCIDENTS = cast(Table, Effect.__table__), cast(Table, Incident.__table__)


def settle_done(tx: Transaction, effects: Collection[Claimed], *, now: datetime) -> set[int]:
    """These are done. Returns the ids of those whose lease still held; another worker settles the others."""
    if not effects:
        return set()
    tx.owes = True  # what needed them may go now
    leases = [(effect.id, effect.lease) for effect in effects]
    settled = tx.session.execute(
        update(_EFFECTS)
        .where(tuple_(_EFFECTS.c.id, _EFFECTS.c.lease).in_(leases), _EFFECTS.c.state == "doing")
        .values(state="done", settled_at=now, error=None, lease=None, lease_until=None)
        .returning(_EFFECTS.c.id)
    )
    return set(settled.scalars())


def incident(tx: Transaction, incident_id: int) -> Incident | None:
    return tx.session.get(Incident, incident_id)


def run(tx: Transaction, run_id: int) -> Run | None:
    return tx.session.get(Run, run_id)


def review(tx: Transaction, incident_id: int) -> Review | None:
    return tx.session.get(Review, incident_id)


def commander(tx: Transaction, incident_id: int) -> str | None:
    """Who commands the incident now: a Slack user id."""
    return tx.session.scalar(
        select(RoleHolder.user_id)
        .where(RoleHolder.incident_id == incident_id, RoleHolder.role == "commander", RoleHolder.until.is_(None))
        .order_by(RoleHolder.id.desc())
        .limit(1)
    )


def given_up(tx: Transaction, keys: Collection[str]) -> dict[str, str]:
    """Why these effects gave up, by key; those that did not are left out."""
    dead = select(Effect.key, Effect.error).where(Effect.key.in_(keys), Effect.state == "dead")
    return {key: error or "" for key, error in tx.session.execute(dead)} if keys else {}


def lock_incidents(tx: Transaction, ids: Collection[int]) -> None:
    """Take incidents in the one order that no two transactions can take crosswise."""
    if tx.on_postgresql and ids:
        chosen = select(Incident.id).where(Incident.id.in_(ids)).order_by(Incident.id)
        tx.session.execute(chosen.with_for_update(key_share=True)).all()


def owner_of_channel(tx: Transaction, channel_id: str) -> int | None:
    """The incident that has this channel."""
    return tx.session.scalar(select(Incident.id).where(Incident.channel_id == channel_id))


def keep_channel(tx: Transaction, incident_id: int, *, channel_id: str, name: str) -> None:
    _change_incident(tx, incident_id, channel_id=channel_id, channel_name=name)


def keep_card(tx: Transaction, incident_id: int, *, ts: str) -> None:
    _change_incident(tx, incident_id, card_ts=ts)


def keep_announcement(tx: Transaction, incident_id: int, *, channel_id: str, ts: str) -> None:
    _change_incident(tx, incident_id, announcement_channel=channel_id, announcement_ts=ts)


def keep_run_message(tx: Transaction, run_id: int, *, ts: str) -> None:
    tx.session.execute(update(Run).where(Run.id == run_id).values(message_ts=ts))


def keep_review_message(tx: Transaction, incident_id: int, *, ts: str) -> None:
    tx.session.execute(update(Review).where(Review.incident_id == incident_id).values(message_ts=ts))


def keep_review_file(tx: Transaction, incident_id: int, *, file_id: str) -> None:
    tx.session.execute(update(Review).where(Review.incident_id == incident_id).values(file_id=file_id))


def keep_invited(tx: Transaction, incident_id: int, problems: Mapping[str, str | None]) -> bool:
    """Who could not be brought in, and why; None for those who are there. Returns whether anything changed."""
    rows = tx.session.execute(
        select(Participant.id, Participant.user_id, Participant.problem).where(
            Participant.incident_id == incident_id, Participant.user_id.in_(problems)
        )
    )
    changed = [{"id": row.id, "problem": problems[row.user_id]} for row in rows if problems[row.user_id] != row.problem]
    if changed:
        tx.session.execute(update(Participant), changed)
    return bool(changed)


def next_due(tx: Transaction, *, after: datetime) -> datetime | None:
    """When the next effect comes due that is not due yet; real time."""
    return tx.session.scalar(select(func.min(Effect.due_at)).where(Effect.state == "owed", Effect.due_at > after))


def _change_incident(tx: Transaction, incident_id: int, **values: str) -> None:
    tx.session.execute(update(_INCIDENTS).where(_INCIDENTS.c.id == incident_id).values(**values))
