"""Keeping the database right: its schema, and what may be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, delete

from storage import outbox
from storage.models import Seen
from storage.transaction import Storage


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


def upgrade(engine: Engine) -> None:
    """Bring the schema to `newest()`; on SQLite and PostgreSQL all of it or nothing."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def forget(storage: Storage, *, now: datetime, answers_after: timedelta, effects_after: timedelta) -> tuple[int, int]:
    """Delete old answers to requests and effects done long ago. `now` is real time. Returns how many of each."""
    with storage.transaction() as tx:
        answers = tx.session.execute(delete(Seen).where(Seen.at < now - answers_after).returning(Seen.key)).all()
        effects = outbox.forget_settled(tx, before=now - effects_after)
    return len(answers), effects
