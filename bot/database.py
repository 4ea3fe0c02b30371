"""Opening the database that the settings name, and its refusals as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Stop
from bot.settings import Settings
from storage import upkeep
from storage.database import open_engine, parse_url
from storage.transaction import Storage


@contextmanager
def opened_storage(settings: Settings) -> Iterator[Storage]:
    """The database for one command, beside whoever serves from it. Raises Stop."""
    engine = engine_for(settings)
    try:
        with said_plainly(engine):
            _require_file(engine)
            require_schema(engine)
            yield Storage(engine)
    finally:
        engine.dispose()


def engine_for(settings: Settings) -> Engine:
    """The engine for DATABASE_URL; it connects when it is first used."""
    return open_engine(parse_url(settings.database_url.get_secret_value()))


def require_schema(engine: Engine) -> None:
    """Raise Stop unless the database has the schema that this version needs."""
    if problem := upkeep.problem(upkeep.current(engine)):
        raise Stop(problem)


def _require_file(engine: Engine) -> None:
    """Raise Stop instead of making an empty SQLite file: whoever runs a command means the one that serve uses."""
    file = engine.url.database or ""
    if engine.dialect.name == "sqlite" and not Path(file).exists():
        raise Stop(
            f"There is no database {file} here: go where the bot serves, set DATABASE_URL, "
            "or, for a new one, run `ml-incident db upgrade`."
        )


@contextmanager
def said_plainly(engine: Engine) -> Iterator[None]:
    """Stop, with a sentence, for whatever the database refuses."""
    try:
        yield
    except upkeep.SchemaBroken as broken:
        raise Stop(str(broken)) from None
    except (SQLAlchemyError, OSError) as problem:
        why = str(getattr(problem, "orig", None) or problem).strip().splitlines()
        where = engine.url.render_as_string(hide_password=True)
        raise Stop(f"The database {where} cannot be used: {why[0] if why else type(problem).__name__}") from None
