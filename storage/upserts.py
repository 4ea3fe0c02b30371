"""Writing many rows at once, whether or not they are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.models.base import Base
from storage.transaction import Transaction


def upsert(tx: Transaction, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add these rows, or give those that are there these values; all rows name the same columns."""
    if not rows:
        return
    table = cast(Table, model.__table__)
    insert = (postgresql.insert if tx.on_postgresql else sqlite.insert)(table)
    keys = [column.name for column in table.primary_key]
    values = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    tx.session.execute(insert.on_conflict_do_update(index_elements=keys, set_=values), list(rows))
