"""Storage.transaction(): one `with`, all or nothing. Whatever was owed in it wakes the worker once it is committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import Engine, Executable, Table, bindparam, event, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.models import Seen
from storage.types import Json

PATIENCE_S = 0.5
_SEEN = cast(Table, Seen.__table__)
_KEEP = update(_SEEN).where(_SEEN.c.key == bindparam("seen_key")).values(answer=bindparam("answer"))


@cache
def _claim(*, on_postgresql: bool) -> Executable:
    insert = postgresql.insert if on_postgresql else sqlite.insert
    return insert(_SEEN).on_conflict_do_nothing().returning(_SEEN.c.key)


class Transaction:
    """An open transaction. Functions in `storage` take it first; nothing else reaches the database."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.owes = False
        """Set when an effect was owed, so that the commit wakes the worker."""
        self.owed: dict[str, int] = {}
        """Key or subject → id of what was owed in this very transaction."""
        event.listen(session, "after_soft_rollback", lambda *_: self.owed.clear())

    @property
    def on_postgresql(self) -> bool:
        return self.session.get_bind().dialect.name == "postgresql"

    def first_time(self, key: str, *, now: datetime) -> bool:
        """Whether this request is seen for the first time; claims the key until the transaction ends.

        A second delivery that arrives meanwhile waits here, and is told False once the first has committed.
        `now` is real time: what arrives twice arrives within minutes, whatever the business clock says.
        """
        claim = _claim(on_postgresql=self.on_postgresql)
        return self.session.execute(claim, {"key": key[:255], "at": now}).first() is not None

    def answer_given(self, key: str) -> Json | None:
        """What the first delivery of this request was answered."""
        seen = self.session.get(Seen, key[:255], populate_existing=True)
        return None if seen is None else seen.answer

    def keep_answer(self, key: str, answer: Json | None) -> None:
        """Remember the answer, to give it again to a repeat."""
        self.session.execute(_KEEP, {"seen_key": key[:255], "answer": answer})


class Storage:
    """The database, opened. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # SQLite lets one writer in at a time and makes the others poll; a lock hands over at once and in turn.
        self._writers = threading.Lock()
        self._hurried = 0
        self._counting = threading.Lock()
        self._wakers: list[Callable[[], None]] = []

    def call_when_owed(self, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit that owed something. It must return at once and never raise."""
        self._wakers.append(wake)

    @contextmanager
    def transaction(self, *, hurried: bool = False, patient: bool = False) -> Iterator[Transaction]:
        """All or nothing, for whatever changes something. Leaving the block commits; an exception rolls back.

        `hurried`: somebody waits for the answer. `patient`: those go first, for half a second at most.
        """
        with (
            self._queue(hurried=hurried, patient=patient),
            self._turn(),
            Session(self.engine, expire_on_commit=False) as session,
        ):
            if self._sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            tx = Transaction(session)
            yield tx
            session.commit()
        if tx.owes:
            for wake in self._wakers:
                wake()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A consistent look at the database that changes nothing and waits for no writer."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            if self._sqlite:
                session.execute(text("BEGIN"))
            yield Transaction(session)
            session.expunge_all()  # the rows stay usable; ending the transaction would empty them

    @contextmanager
    def _queue(self, *, hurried: bool, patient: bool) -> Iterator[None]:
        until = time.monotonic() + PATIENCE_S
        while patient and self._hurried and time.monotonic() < until:
            time.sleep(0.002)
        with self._counting:
            self._hurried += hurried
        try:
            yield
        finally:
            with self._counting:
                self._hurried -= hurried

    def _turn(self) -> AbstractContextManager[object]:
        return self._writers if self._sqlite else nullcontext()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
