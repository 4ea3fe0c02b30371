"""Keeping the database right: its schema, and what may be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete, inspect

from storage import outbox
from storage.models import Base, Seen
from storage.transaction import Storage

_UPGRADING = 7_105_316
"""The number of PostgreSQL's advisory lock; any would do, if nothing else in the database uses it."""


def _config() -> Config:
    config = Config()
    # A percent sign in the folder's name would be taken for a reference to another option.
    folder = str(resources.files("storage").joinpath("migrations")).replace("%", "%%")
    config.set_main_option("script_location", folder)
    return config


def newest() -> str:
    """The schema revision that this version of the code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "the package holds at least one migration"  # noqa: S101
    return head


def current(engine: Engine) -> str | None:
    """The schema revision that the database has; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


class SchemaBroken(Exception):
    """The schema cannot be brought to what this version needs; the text says why and what to do."""


def problem(found: str | None) -> str | None:
    """What to do about a database whose schema is `found`, in a sentence; None when it is what this version needs."""
    needed = newest()
    if found == needed:
        return None
    if found is not None and found not in _known():
        return f"The database is at {found}, which only a newer ml-incident knows: run that one, or restore a backup."
    have = f"is at {found}" if found else "has no tables yet"
    return f"The database {have}, and this version needs {needed}: run `ml-incident db upgrade`."


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(engine: Engine) -> None:
    """Bring the schema to `newest()`; on SQLite and PostgreSQL all of it or nothing. Raises SchemaBroken."""
    config = _config()
    with engine.begin() as connection:
        # Several that start at once take turns; on SQLite nothing else would make this one transaction.
        on_sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("BEGIN IMMEDIATE" if on_sqlite else f"SELECT pg_advisory_xact_lock({_UPGRADING})")
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in _known():
            raise SchemaBroken(problem(found))
        if found is None and (taken := Base.metadata.tables.keys() & inspect(connection).get_table_names()):
            raise SchemaBroken(
                f"The database holds tables of another program ({', '.join(sorted(taken))}): "
                "set DATABASE_URL to a database of its own."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def forget(storage: Storage, *, now: datetime, answers_after: timedelta, effects_after: timedelta) -> tuple[int, int]:
    """Delete old answers to requests and effects done long ago. `now` is real time. Returns how many of each."""
    with storage.transaction() as tx:
        answers = tx.session.execute(delete(Seen).where(Seen.at < now - answers_after).returning(Seen.key)).all()
        effects = outbox.forget_settled(tx, before=now - effects_after)
    return len(answers), effects
