"""Checks and actions of runs: one row each time that a run comes to one."""

from __future__ import annotations

from sqlalchemy import select

from storage.models import Call, Run
from storage.transaction import Transaction


def begin(tx: Transaction, *, run_id: int, step: str, turn: int, kind: str, state: str) -> Call:
    """Write down that the run has come to it. Lock the incident first."""
    call = Call(run_id=run_id, step=step, turn=turn, kind=kind, state=state, revision=0, attempts=0)
    tx.session.add(call)
    tx.session.flush()
    return call


def at(tx: Transaction, *, run_id: int, step: str, turn: int) -> Call | None:
    """The call of where the run stands now."""
    return tx.session.scalar(select(Call).where(Call.run_id == run_id, Call.step == step, Call.turn == turn))


def by_id(tx: Transaction, call_id: int) -> Call | None:
    """One call, as it stands in the database now. Lock its incident before changing it."""
    return tx.session.get(Call, call_id, populate_existing=True)


def to_undo(tx: Transaction, run: Run) -> Call | None:
    """The run's latest action that the bot did, when it has not been undone."""
    newest = select(Call).where(Call.run_id == run.id, Call.kind == "action", Call.before.is_not(None))
    call = tx.session.scalar(newest.where(Call.state.in_(("done", "undoing", "undone"))).order_by(Call.id.desc()))
    return call if call is not None and call.state == "done" else None


def change(call: Call, **to: object) -> None:
    """Change it; whatever was drawn before is old now."""
    for name, value in to.items():
        setattr(call, name, value)
    call.revision += 1
