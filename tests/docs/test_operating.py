"""docs/operating.md says what the code says: settings, metrics, policy, what is kept and for how long."""

from __future__ import annotations

import inspect
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.delivery.counts import Counts
from bot.demo.play import example_models
from bot.manifest import build_manifest
from bot.metrics import Metrics
from bot.serving import KEEP_EFFECTS_FOR, serve_bot
from bot.settings import REGISTRIES, Settings
from playbooks.lifecycle import RuleBroken, Severity
from playbooks.permissions import Standing, check_permission
from playbooks.policy import Allowed, Policy, parse_policy
from storage.database import open_engine, parse_url
from storage.models import Seen
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.databases import sqlite_url
from tests.docs.pages import blocks, code, rows, text

PAGE = "docs/operating.md"


def plain(default: Any) -> str:
    """A default as an operator would write it."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, tuple):
        default = ",".join(default)
    if isinstance(default, bool):
        default = str(default).lower()
    return "–" if default in {None, ""} else f"`{default}`"


def test_the_table_of_settings_lists_every_setting_with_its_default() -> None:
    written = {name.strip("`"): default for name, default, _ in rows(PAGE, "| variable | default | meaning |")}
    real = {str(field.validation_alias): plain(field.default) for field in Settings.model_fields.values()}
    assert written == real


def test_the_table_of_settings_names_every_registry() -> None:
    meaning = next(
        row[2] for row in rows(PAGE, "| variable | default | meaning |") if "ML_INCIDENT_REGISTRIES" in row[0]
    )
    assert set(re.findall(r"`(\w+)`", meaning)) == set(REGISTRIES)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Storage:
    """An empty database."""
    engine = open_engine(parse_url(sqlite_url(tmp_path)))
    upgrade(engine)
    return Storage(engine)


def test_the_table_of_metrics_lists_what_a_scrape_gives(on_sqlite: Storage) -> None:
    metrics = Metrics(on_sqlite, counts=Counts(), slack_up=lambda: True)
    scraped = re.findall(r"^# TYPE (\S+) (\w+)$", metrics.exposition().decode(), re.MULTILINE)
    real = {(name, kind) for name, kind in scraped if not name.endswith("_created")}
    table = rows(PAGE, "| metric | type | counts |")
    assert {(name.strip("`"), kind.split(",")[0]) for name, kind, _ in table} == real
    on_sqlite.close()


def test_the_alerts_worth_having_ask_for_metrics_that_are_there() -> None:
    listed = {name.strip("`") for name, _, _ in rows(PAGE, "| metric | type | counts |")}
    alerts = next(block for block in blocks(PAGE) if "ml_incident_outbox{" in block)
    assert set(re.findall(r"ml_incident_\w+", alerts)) <= listed


def test_the_example_policy_can_be_used_and_changes_only_what_it_says() -> None:
    example = next(block for block in blocks(PAGE, "yaml") if "severities:" in block)
    policy, shipped = parse_policy(example, "example.yaml"), parse_policy("", "policy.yaml")
    assert policy.severity(Severity.SEV1).update_every == timedelta(minutes=15)
    assert policy.severity(Severity.SEV1).means == shipped.severity(Severity.SEV1).means
    assert policy.severity(Severity.SEV2) == shipped.severity(Severity.SEV2)
    assert policy.who_may("resolve") == "roles"
    assert policy.who_may("note") == "anyone"
    assert policy.working_time.region == "BY"


def test_every_part_of_the_policy_is_explained() -> None:
    section = text(PAGE).split("## Your own policy")[1].split("\n## ")[0]
    assert set(Policy.model_fields) <= set(re.findall(r"`(\w+)`", section))


def test_who_may_do_what_is_explained_as_it_is_decided() -> None:
    said = text(PAGE).split("- `permissions`")[1].split("\n- ")[0]
    assert set(re.findall(r"`(\w+)`", said)) == set(get_args(Allowed))
    policy = parse_policy("permissions: {resolve: owner}", "example.yaml")
    check_permission(policy, "resolve", Standing(is_owner=True))
    check_permission(policy, "resolve", Standing(is_commander=True))
    with pytest.raises(RuleBroken):
        check_permission(policy, "resolve", Standing(holds_a_role=True))


def test_the_request_url_is_the_one_that_the_manifest_gives() -> None:
    assert "ml-incident manifest --http https://bot.example.com" in code(PAGE)
    made = build_manifest(public_url="https://bot.example.com")
    assert made["settings"]["interactivity"]["request_url"] in code(PAGE)


def test_what_is_kept_is_kept_as_long_as_the_page_says() -> None:
    assert timedelta(days=30) == KEEP_EFFECTS_FOR
    assert "thirty days after it was done" in " ".join(text(PAGE).split())


def test_registries_are_read_as_often_as_the_page_says() -> None:
    assert inspect.signature(serve_bot).parameters["sync_seconds"].default == 5 * 60
    assert "every five minutes" in text("docs/registries.md")


def test_postgresql_needs_as_many_connections_as_the_page_says() -> None:
    pool: Any = open_engine(parse_url("postgresql://nobody@localhost/none")).pool
    assert f"up to {pool.size() + pool._max_overflow} connections" in text(PAGE)


def test_sqlite_waits_for_the_disk_as_little_as_the_page_says(on_sqlite: Storage) -> None:
    with on_sqlite.engine.connect() as connection:
        normal = 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == normal
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert "synchronous=NORMAL" in code(PAGE)
    on_sqlite.close()


def test_the_backup_of_a_serving_database_holds_its_last_commit(on_sqlite: Storage, tmp_path: Path) -> None:
    said = next(block for block in blocks(PAGE) if "VACUUM INTO" in block)
    statement = said.split('"')[1].replace("ml-incident-backup.db", str(tmp_path / "copy.db"))
    with on_sqlite.transaction() as tx:
        assert tx.first_time("a request", now=datetime.now(UTC))
    with closing(sqlite3.connect(str(on_sqlite.engine.url.database))) as beside:
        beside.execute(statement)
    copy = Storage(open_engine(parse_url(f"sqlite:///{tmp_path / 'copy.db'}")))
    with copy.reading() as tx:
        assert tx.session.scalar(select(func.count()).select_from(Seen)) == 1
    copy.close()
    on_sqlite.close()


def test_the_example_catalogue_that_the_pages_point_at_is_the_one_of_the_demo() -> None:
    assert example_models().parts[-3:] == ("deploy", "examples", "models.yaml")
