"""Runs migrations on the connection that storage.upkeep hands over, or on DATABASE_URL for those who write one."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import Connection

from storage.database import open_engine, parse_url
from storage.models import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = open_engine(parse_url(os.environ.get("DATABASE_URL", "sqlite:///ml-incident.db")))
    with engine.begin() as own:
        _run(own)
