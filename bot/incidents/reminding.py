"""The tick: claims what is due and owes the message, in one transaction per reminder."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from bot.incidents.desk import Desk
from storage import incidents, reminders
from storage.models import Reminder
from storage.outages import out_of_reach
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)

BREATH_S = 0.002
"""Between two reminders, so that on SQLite whoever waits to write comes in: the lock goes to whoever asks first."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a due reminder: when to look again (None: never), and whether something was said."""

    next_due_at: datetime | None
    said: bool = True


OnDue = Callable[[Desk, Reminder], Outcome]

_FEATURES: dict[str, str] = {
    "update": "bot.incidents.updates",
    "long-command": "bot.incidents.roles",
    "step": "bot.incidents.step_reminders",
    "timer": "bot.incidents.step_reminders",
    "wait": "bot.incidents.checks",
    "check": "bot.incidents.checks",
    "review": "bot.incidents.review_nags",
    "follow-up": "bot.incidents.follow_ups",
    "digest": "bot.incidents.digest",
}
"""Kind of reminder → the module whose `on_due` knows what to say."""


def remind_due(storage: Storage, desk_for: Callable[[Transaction], Desk], *, now: datetime, limit: int = 200) -> int:
    """Handle what is due at `now` (business time). Returns how many messages were owed.

    One that cannot be handled is logged and left due, and does not stop the others.
    """
    with storage.reading() as tx:
        waiting = reminders.due(tx, now=now, limit=limit)
    said = 0
    for ident, incident_id in waiting:
        time.sleep(BREATH_S)
        try:
            with storage.transaction(patient=True) as tx:
                said += _remind(tx, desk_for, ident, incident_id, now)
        except Exception as problem:
            if out_of_reach(problem):
                raise  # none of the others could be handled either
            log.exception("reminder %s could not be handled; it stays due", ident)
    return said


def _remind(
    tx: Transaction, desk_for: Callable[[Transaction], Desk], ident: int, incident_id: int | None, now: datetime
) -> bool:
    if incident_id is not None:
        incidents.by_id(tx, incident_id, for_change=True)
    reminder = reminders.claim(tx, ident, now=now)
    if reminder is None:
        return False
    outcome = _on_due(reminder.kind)(desk_for(tx), reminder)
    reminders.settle(reminder, now=now, next_due_at=outcome.next_due_at, sent=outcome.said)
    return outcome.said


def _on_due(kind: str) -> OnDue:
    on_due: OnDue = import_module(_FEATURES[kind]).on_due
    return on_due
