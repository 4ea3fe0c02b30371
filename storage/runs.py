"""Playbook runs: what each pinned, and what became of its steps, in the order in which it happened."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Executable, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from playbooks.pinning import Pinned, unpin
from playbooks.walk import Outcome, Record, Walk, still_counting
from storage.models import PlaybookText, Run, RunRecord
from storage.transaction import Transaction
from storage.types import Json

ASSIGNED = "assigned"


def start(
    tx: Transaction, *, incident_id: int, pinned: Pinned, chosen_because: str, started_by: str, at: datetime
) -> Run:
    """Begin a run, keeping the playbook exactly as it is now. Lock the incident first."""
    _keep_text(tx, pinned)
    run = Run(
        incident_id=incident_id,
        content_hash=pinned.hash,
        chosen_because=chosen_because,
        started_by=started_by,
        started_at=at,
    )
    tx.session.add(run)
    tx.session.flush()
    return run


def _keep_text(tx: Transaction, pinned: Pinned) -> None:
    # Two incidents may be the first to need it, at the same second.
    playbook = pinned.playbook
    row = {
        "content_hash": pinned.hash,
        "playbook_id": playbook.id,
        "version": playbook.version,
        "title": playbook.title,
        "body": pinned.text,
    }
    tx.session.execute(_keep(on_postgresql=tx.on_postgresql), row)


@cache
def _keep(*, on_postgresql: bool) -> Executable:
    insert = postgresql.insert if on_postgresql else sqlite.insert
    return insert(cast(Table, PlaybookText.__table__)).on_conflict_do_nothing()


def by_id(tx: Transaction, run_id: int) -> Run | None:
    """One run, as it stands in the database now. Lock its incident before changing it."""
    return tx.session.get(Run, run_id, populate_existing=True)


def of_incident(tx: Transaction, incident_id: int) -> list[Run]:
    """Every run, oldest first."""
    return list(tx.session.scalars(select(Run).where(Run.incident_id == incident_id).order_by(Run.id)))


def going_on(tx: Transaction, incident_id: int) -> list[Run]:
    """The runs being walked now, oldest first."""
    return list(tx.session.scalars(_GOING_ON, {"incident": incident_id}))


_GOING_ON = select(Run).where(Run.incident_id == bindparam("incident"), Run.ended_at.is_(None)).order_by(Run.id)


def pinned(tx: Transaction, run: Run) -> Pinned:
    """The playbook as this run keeps it."""
    kept = tx.session.get_one(PlaybookText, run.content_hash)
    return unpin(kept.body)


def walk(tx: Transaction, run: Run) -> Walk:
    """The run as `playbooks.progress` takes it."""
    rows, kept = _rows(tx, run), pinned(tx, run)
    return Walk(
        pinned=kept,
        started_at=run.started_at,
        records=tuple(_record(row) for row in rows if row.outcome != ASSIGNED),
        assignments={row.step: row.by for row in rows if row.outcome == ASSIGNED},
        earlier=_earlier(tx, run) if kept.included else {},
    )


def _earlier(tx: Transaction, run: Run) -> dict[str, Record]:
    """What runs that began before this one had done by then, for what this one includes."""
    found: dict[str, Record] = {}
    for other in of_incident(tx, run.incident_id):
        if other.id >= run.id:
            break
        before = pinned(tx, other)
        counted = still_counting(row for row in _moves(tx, other) if row.at <= run.started_at)
        for row in counted:
            if row.outcome != "skipped":
                playbook, step = before.find(row.step)
                found[f"{playbook.id}/{step.id}"] = _record(row)
    return found


def _rows(tx: Transaction, run: Run) -> list[RunRecord]:
    asked = select(RunRecord).where(RunRecord.run_id == run.id).order_by(RunRecord.position)
    return list(tx.session.scalars(asked))


def _moves(tx: Transaction, run: Run) -> list[RunRecord]:
    return [row for row in _rows(tx, run) if row.outcome != ASSIGNED]


def _record(row: RunRecord) -> Record:
    return Record(
        path=row.step,
        outcome=cast("Outcome", row.outcome),
        by=row.by,
        at=row.at,
        reason=row.reason,
        answer=row.answer,
        evidence=row.evidence or {},
        sets=row.sets or {},
    )


def record(tx: Transaction, run: Run, done: Record, *, replaced: Json | None = None) -> None:
    """Write down what somebody did with a step, and what it replaced in the incident."""
    _append(
        tx,
        run,
        RunRecord(
            step=done.path,
            outcome=done.outcome,
            by=done.by,
            at=done.at,
            reason=done.reason,
            answer=done.answer,
            evidence=dict(done.evidence) or None,
            sets=dict(done.sets) or None,
            replaced=replaced or None,
        ),
    )


def take_back(tx: Transaction, run: Run, reopened: Record) -> Json:
    """Reopen the step that was left last; the run goes on. Returns what had been replaced in the incident for it."""
    counted = still_counting(_moves(tx, run))
    record(tx, run, reopened)
    run.ended_at = run.end = None
    tx.session.flush()
    return dict(counted[-1].replaced or {}) if counted else {}


def assign(tx: Transaction, run: Run, *, step: str, user: str, at: datetime) -> None:
    """Somebody holds a step from now on."""
    _append(tx, run, RunRecord(step=step, outcome=ASSIGNED, by=user, at=at))


def _append(tx: Transaction, run: Run, row: RunRecord) -> None:
    highest = tx.session.scalar(select(func.max(RunRecord.position)).where(RunRecord.run_id == run.id))
    row.run_id, row.position = run.id, (highest or 0) + 1
    run.revision += 1
    tx.session.add(row)
    tx.session.flush()


def cut_short(tx: Transaction, incident_id: int) -> list[Run]:
    """The runs that were being walked when the incident ended the last time, oldest first."""
    ended = [run for run in of_incident(tx, incident_id) if run.end == "incident-resolved"]
    latest = max((run.ended_at for run in ended if run.ended_at), default=None)
    return [run for run in ended if run.ended_at == latest]


def go_on(tx: Transaction, run: Run) -> None:
    """The run is not over after all; what was drawn for its end is old now."""
    run.ended_at = run.end = None
    run.revision += 1
    tx.session.flush()


def end(tx: Transaction, run: Run, *, how: str, at: datetime) -> None:
    """The run is over: finished, replaced or incident-resolved."""
    run.ended_at, run.end = at, how
    run.revision += 1
    tx.session.flush()
