"""Doing a request once however often Slack sends it: the repeat does nothing and gets the first answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from storage.transaction import Storage, Transaction

Kept = dict[str, Any]
"""What a repeat is given: plain JSON."""


def once(storage: Storage, key: str, do: Callable[[Transaction], Kept], *, hurried: bool = True) -> tuple[Kept, bool]:
    """(what `do` returned the first time under this key, whether this is that time).

    Everything `do` changes is committed before this returns, or nothing is: then its exception comes out of here,
    and the key counts as never seen. Nobody waits for the answer to what is not `hurried`.
    """
    with storage.transaction(hurried=hurried) as tx:
        # Real time: what Slack repeats comes within minutes, whatever the business clock says.
        if tx.first_time(key, now=datetime.now(UTC)):
            answer = do(tx)
            if answer:
                tx.keep_answer(key, answer)
            return answer, True
        return tx.answer_given(key) or {}, False
