"""What we owe the outside: owed with the fact it tells, claimed by lease, settled with what was learnt.

Ways in which an effect waits for another:
- `needs`: not before that one is done; a dead one holds it back until an operator retries it.
- `stream`: facts said in one place keep their order; a dead one frees the next.
- `subject`: a drawing of the present state; one waiting is enough, one in flight at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Executable, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from storage.models import Effect
from storage.transaction import Transaction
from storage.types import Json

UNHURRIED = 9
"""From this priority on an effect can wait for everything else: nobody looks out for it."""


@dataclass(frozen=True)
class Claimed:
    """An effect this worker may do until its lease ends."""

    id: int
    key: str
    kind: str
    payload: Json
    incident_id: int | None
    attempts: int
    """This attempt included: 1 at the first."""
    progress: Json | None
    lease: str
    owed_at: datetime | None = None
    unhurried: bool = False


def owe(
    tx: Transaction,
    *,
    kind: str,
    key: str,
    payload: Json,
    now: datetime,
    incident_id: int | None = None,
    needs: int | None = None,
    stream: str | None = None,
    subject: str | None = None,
    priority: int = 5,
    due_at: datetime | None = None,
    first: bool = False,
) -> int:
    """Owe an effect, and return its id. The same key, or a subject already waiting to be drawn, is owed once.

    `now` and `due_at` are real time. `first`: this subject is new, so that nothing can be waiting for it yet.
    """
    tx.owes = True
    if (owed := tx.owed.get(subject or key)) is not None:
        return owed
    if subject is not None and not first and (waiting := _waiting_drawing(tx, subject)) is not None:
        return waiting
    row = {
        "kind": kind,
        "key": key,
        "payload": payload,
        "incident_id": incident_id,
        "needs_id": needs,
        "stream": stream,
        "subject": subject,
        "priority": priority,
        "due_at": due_at or now,
        "owed_at": now,
    }
    made: int | None = tx.session.execute(_insert(on_postgresql=tx.on_postgresql), row).scalar()
    if made is None:
        return tx.session.execute(_SAME_KEY, {"key": key}).scalar_one()
    tx.owed[subject or key] = made
    return made


def _waiting_drawing(tx: Transaction, subject: str) -> int | None:
    if tx.on_postgresql:  # two transactions must not both find nothing waiting
        tx.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(subject))))
    # Locked, so that a worker on PostgreSQL cannot claim it, and draw the state from before our commit.
    return tx.session.execute(_WAITING, {"subject": subject}).scalar()


# An opening owes a dozen effects while the person waits: what can be built once is built once.
_SAME_KEY = select(Effect.id).where(Effect.key == bindparam("key"))
_WAITING = (
    select(Effect.id).where(Effect.subject == bindparam("subject"), Effect.state == "owed").limit(1).with_for_update()
)


@cache
def _insert(*, on_postgresql: bool) -> Executable:
    insert = postgresql.insert if on_postgresql else sqlite.insert
    return insert(Effect.__table__).on_conflict_do_nothing(index_elements=["key"]).returning(Effect.id)  # type: ignore[arg-type]


def claim(
    tx: Transaction,
    *,
    now: datetime,
    lease: timedelta,
    limit: int,
    kinds_waiting: Sequence[str] = (),
    unhurried: int | None = None,
) -> list[Claimed]:
    """Take up to `limit` effects that may be done now, most urgent first, skipping kinds that must wait.

    At most `unhurried` of them are such that can wait; None is any number.
    """
    tx.owed.clear()  # what is claimed here waits no more: a change after this is drawn by another
    other = aliased(Effect)
    needed = aliased(Effect)
    may = and_(
        or_(Effect.state == "owed", and_(Effect.state == "doing", Effect.lease_until < now)),
        Effect.due_at <= now,
        or_(
            Effect.needs_id.is_(None),
            exists().where(needed.id == Effect.needs_id, needed.state == "done"),
        ),
        or_(
            Effect.stream.is_(None),
            ~exists().where(other.stream == Effect.stream, other.id < Effect.id, other.state.in_(("owed", "doing"))),
        ),
        or_(
            Effect.subject.is_(None),
            ~exists().where(other.subject == Effect.subject, other.id != Effect.id, other.state == "doing"),
        ),
    )
    if kinds_waiting:
        may = and_(may, Effect.kind.not_in(kinds_waiting))
    rows = _take(tx, and_(may, Effect.priority < UNHURRIED), limit)
    left = limit - len(rows) if unhurried is None else min(unhurried, limit - len(rows))
    if left > 0:  # asked for by themselves: thousands may be waiting, and whoever opens an incident waits for none
        rows += _take(tx, and_(may, Effect.priority >= UNHURRIED), left)
    token = secrets.token_hex(8)
    claimed = []
    subjects: set[str] = set()
    for row in rows:
        if row.subject is not None:
            if row.subject in subjects:
                continue
            subjects.add(row.subject)
        row.state, row.lease, row.lease_until = "doing", token, now + lease
        row.attempts += 1
        claimed.append(
            Claimed(
                row.id,
                row.key,
                row.kind,
                row.payload,
                row.incident_id,
                row.attempts,
                row.progress,
                token,
                row.owed_at,
                row.priority >= UNHURRIED,
            )
        )
    return claimed


def _take(tx: Transaction, may: ColumnElement[bool], limit: int) -> list[Effect]:
    asked = select(Effect).where(may).order_by(Effect.priority, Effect.id).limit(limit)
    return list(tx.session.scalars(asked.with_for_update(skip_locked=True, of=Effect)))


def keep_progress(tx: Transaction, effect: Claimed, progress: Json) -> bool:
    """Write down what this attempt learnt before it is over; False when the lease was lost to another worker."""
    return _change(tx, effect, progress=progress)


def settle_done(tx: Transaction, effect: Claimed, *, now: datetime) -> bool:
    """It is done. False when the lease was lost: another worker does it again, and settles."""
    tx.owes = True  # what needed this one may go now
    return _change(tx, effect, state="done", settled_at=now, error=None, lease=None, lease_until=None)


def settle_later(tx: Transaction, effect: Claimed, *, due_at: datetime, error: str) -> bool:
    """It did not work and may work later."""
    return _change(tx, effect, state="owed", due_at=due_at, error=error, lease=None, lease_until=None)


def settle_never(tx: Transaction, effect: Claimed, *, now: datetime, error: str) -> bool:
    """It will not work until somebody changes something."""
    tx.owes = True  # the next fact of its stream may go now
    return _change(tx, effect, state="dead", settled_at=now, error=error, lease=None, lease_until=None)


def release(tx: Transaction, effect: Claimed, *, now: datetime) -> bool:
    """Give it back untouched, as a worker that is told to stop does; the attempt does not count."""
    return _change(tx, effect, state="owed", due_at=now, attempts=effect.attempts - 1, lease=None, lease_until=None)


def release_all(tx: Transaction, *, now: datetime) -> int:
    """Let everything in flight come due again. Only where one process serves (SQLite), when it starts."""
    released = tx.session.execute(
        update(Effect)
        .where(Effect.state == "doing")
        .values(state="owed", lease=None, lease_until=None, due_at=now)
        .returning(Effect.id)
    )
    tx.owes = True
    return len(released.all())


def _change(tx: Transaction, effect: Claimed, **values: object) -> bool:
    # with_for_update does nothing on SQLite: the lease in the WHERE is the guard on both.
    changed = tx.session.execute(
        update(Effect)
        .where(Effect.id == effect.id, Effect.lease == effect.lease, Effect.attempts == effect.attempts)
        .values(**values)
        .returning(Effect.id)
    )
    return changed.first() is not None


def next_due(tx: Transaction) -> datetime | None:
    """When the next effect comes due or the next lease ends; None when nothing is owed."""
    owed = tx.session.scalar(select(func.min(Effect.due_at)).where(Effect.state == "owed"))
    leased = tx.session.scalar(select(func.min(Effect.lease_until)).where(Effect.state == "doing"))
    return min((at for at in (owed, leased) if at is not None), default=None)


def depth(tx: Transaction) -> dict[str, int]:
    """How many effects are owed, being done and dead."""
    rows = tx.session.execute(
        select(Effect.state, func.count()).where(Effect.state != "done").group_by(Effect.state)
    ).all()
    return {"owed": 0, "doing": 0, "dead": 0} | {state: count for state, count in rows}  # noqa: C416 -- rows are no pairs to mypy


def dead(tx: Transaction) -> list[Effect]:
    """Effects that gave up, oldest first."""
    return list(tx.session.scalars(select(Effect).where(Effect.state == "dead").order_by(Effect.id)))


def unsettled(tx: Transaction, *, limit: int = 200) -> list[Effect]:
    """Everything not done, oldest first."""
    return list(tx.session.scalars(select(Effect).where(Effect.state != "done").order_by(Effect.id).limit(limit)))


def retry(tx: Transaction, ids: Sequence[int] | None, *, now: datetime) -> int:
    """Owe dead effects again, all of them when `ids` is None. Returns how many."""
    chosen = Effect.state == "dead" if ids is None else and_(Effect.state == "dead", Effect.id.in_(ids))
    owed = tx.session.execute(
        update(Effect).where(chosen).values(state="owed", due_at=now, settled_at=None).returning(Effect.id)
    )
    tx.owes = True
    return len(owed.all())


def forget_settled(tx: Transaction, *, before: datetime) -> int:
    """Delete done effects that nothing waits for any more. Returns how many."""
    waiting = aliased(Effect)
    forgotten = tx.session.execute(
        delete(Effect)
        .where(
            Effect.state == "done",
            Effect.settled_at < before,
            ~exists().where(waiting.needs_id == Effect.id),
        )
        .returning(Effect.id)
    )
    return len(forgotten.all())
