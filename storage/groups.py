"""Groups of people in Slack, as last looked up."""

from __future__ import annotations

from datetime import datetime

from storage.models import SlackGroup
from storage.transaction import Transaction


def group(tx: Transaction, group_id: str) -> SlackGroup | None:
    """A group by its id."""
    return tx.session.get(SlackGroup, group_id)


def keep_group(tx: Transaction, group_id: str, *, handle: str, people: int, now: datetime) -> None:
    """Write down what Slack says of a group."""
    row = tx.session.get(SlackGroup, group_id)
    if row is None:
        tx.session.add(SlackGroup(group_id=group_id, handle=handle, people=people, checked_at=now))
    else:
        row.handle, row.people, row.checked_at = handle, people, now
    tx.session.flush()
