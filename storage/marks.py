"""Who marked which message with a reaction, so that what it put somewhere stays until the last mark is gone."""

from __future__ import annotations

from sqlalchemy import func, select

from storage.models import Mark
from storage.transaction import Transaction


def put(
    tx: Transaction, *, incident_id: int, channel: str, ts: str, mark: str, user_id: str, event_ts: str, there: bool
) -> bool:
    """Write down that somebody set or took back a mark. False when it changes nothing or is older news.

    Lock the incident first.
    """
    known = tx.session.get(Mark, (channel, ts, mark, user_id), populate_existing=True)
    if known is None:
        tx.session.add(
            Mark(
                channel=channel,
                ts=ts,
                mark=mark,
                user_id=user_id,
                incident_id=incident_id,
                changed_at=event_ts,
                there=there,
            )
        )
        tx.session.flush()
        return there
    if float(event_ts) < float(known.changed_at):
        return False
    changed = known.there != there
    known.changed_at, known.there = event_ts, there
    tx.session.flush()
    return changed


def left(tx: Transaction, *, channel: str, ts: str, mark: str) -> int:
    """How many people's marks are on the message now."""
    return (
        tx.session.scalar(
            select(func.count()).where(Mark.channel == channel, Mark.ts == ts, Mark.mark == mark, Mark.there.is_(True))
        )
        or 0
    )


def on(tx: Transaction, *, channel: str, ts: str) -> set[str]:
    """The kinds of marks that are on the message now."""
    return set(
        tx.session.scalars(
            select(Mark.mark).where(Mark.channel == channel, Mark.ts == ts, Mark.there.is_(True)).distinct()
        )
    )


def whose(tx: Transaction, *, channel: str, ts: str, mark: str) -> str:
    """The Slack user id of whoever's mark has been on the message the longest; empty when there is none."""
    found = tx.session.scalar(
        select(Mark.user_id)
        .where(Mark.channel == channel, Mark.ts == ts, Mark.mark == mark, Mark.there.is_(True))
        .order_by(Mark.changed_at, Mark.user_id)
        .limit(1)
    )
    return found or ""
