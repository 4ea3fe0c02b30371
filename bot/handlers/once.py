"""Doing a request once however often Slack sends it: the repeat does nothing and gets the first answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.grammar import Complaint
from bot.handlers.wording import REFUSALS
from playbooks.lifecycle import RuleBroken
from storage.transaction import Storage, Transaction

Kept = dict[str, Any]
"""What a repeat is given: plain JSON."""
Refused = Callable[[Transaction, RuleBroken | Complaint], Kept]


def once(
    storage: Storage,
    key: str,
    do: Callable[[Transaction], Kept],
    *,
    refused: Refused | None = None,
    hurried: bool = True,
) -> tuple[Kept, bool]:
    """(what `do` returned the first time under this key, whether this is that time).

    Everything `do` changes is committed before this returns, or nothing is: then its exception comes out of here,
    and the key counts as never seen. With `refused`, a refusal is an answer like any other, kept by a transaction
    of its own. Nobody waits for the answer to what is not `hurried`.
    """
    try:
        return _once(storage, key, do, hurried=hurried)
    except REFUSALS as no:
        if refused is None:
            raise
        # Not under a savepoint within the first: nearly everything is allowed, and would pay for it.
        said, answer = no, refused
    return _once(storage, key, lambda tx: answer(tx, said), hurried=hurried)


def _once(storage: Storage, key: str, do: Callable[[Transaction], Kept], *, hurried: bool) -> tuple[Kept, bool]:
    with storage.transaction(hurried=hurried) as tx:
        # Real time: what Slack repeats comes within minutes, whatever the business clock says.
        if tx.first_time(key, now=datetime.now(UTC)):
            answer = do(tx)
            if answer:
                tx.keep_answer(key, answer)
            return answer, True
        return tx.answer_given(key) or {}, False
