"""Slack channels known by what they are for: announce, digest, dm:<user id>."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Place
from storage.transaction import Transaction


def recall(tx: Transaction, purpose: str, *, name: str) -> str | None:
    """The id of the channel for this purpose, if it was found under this name."""
    place = tx.session.get(Place, purpose)
    return place.channel_id if place is not None and place.name == name else None


def remember(tx: Transaction, purpose: str, *, name: str, channel_id: str) -> None:
    """This channel serves this purpose from now on."""
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    values = {"name": name, "channel_id": channel_id}
    tx.session.execute(
        insert(Place)
        .values(purpose=purpose, **values)
        .on_conflict_do_update(index_elements=[Place.purpose], set_=values)
    )


def forget(tx: Transaction, purpose: str) -> None:
    """Look for it anew next time."""
    tx.session.execute(delete(Place).where(Place.purpose == purpose))
