"""Bringing the schema up to date: all of it or nothing, once, and never over what is not ours."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from storage.database import open_engine, parse_url
from storage.models import Base
from storage.upkeep import SchemaBroken, current, newest, problem, upgrade
from tests.databases import BACKENDS, PostgresServer, sqlite_url


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.make(migrated=False)


def test_the_migrations_make_the_tables_that_the_code_uses(empty: str) -> None:
    engine = open_engine(parse_url(empty))
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_tables_of_another_program_are_left_alone_and_said(empty: str) -> None:
    engine = open_engine(parse_url(empty))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE incidents (x int)"))
    for _ in range(2):
        with pytest.raises(SchemaBroken, match=r"tables of another program \(incidents\)"):
            upgrade(engine)
    assert inspect(engine).get_table_names() == ["incidents"]
    engine.dispose()


def test_a_migration_that_breaks_off_leaves_nothing_behind(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def break_off(name: str, *columns: Any, **options: Any) -> Any:
        made.append(name)
        if len(made) > 2:
            raise KeyboardInterrupt
        return create_table(name, *columns, **options)

    create_table = op.create_table
    engine = open_engine(parse_url(empty))
    with monkeypatch.context() as changed:
        changed.setattr(op, "create_table", break_off)
        with pytest.raises(KeyboardInterrupt):
            upgrade(engine)
    assert inspect(engine).get_table_names() == []
    upgrade(engine)
    assert current(engine) == newest()
    engine.dispose()


def test_two_that_upgrade_at_once_take_turns(empty: str) -> None:
    engines = [open_engine(parse_url(empty)) for _ in range(4)]
    broken: list[BaseException] = []

    def run(at: int) -> None:
        try:
            upgrade(engines[at])
        except BaseException as wrong:
            broken.append(wrong)

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert broken == []
    assert current(engines[0]) == newest()
    for engine in engines:
        engine.dispose()


def test_a_schema_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    engine = open_engine(parse_url(sqlite_url(tmp_path)))
    upgrade(engine)
    with sqlite3.connect(tmp_path / "incidents.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SchemaBroken, match="only a newer ml-incident knows"):
        upgrade(engine)
    assert current(engine) == "9999"
    assert "db upgrade" not in str(problem("9999"))
    engine.dispose()


def test_what_is_wrong_with_a_schema_says_what_to_do() -> None:
    assert problem(newest()) is None
    assert str(problem(None)).endswith("run `ml-incident db upgrade`.")
