"""The database goes and comes back under a worker and a clock: two sentences in the log, and nothing is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from bot import effects
from bot.clock import Clock, Job
from bot.delivery.counts import Counts
from bot.incidents.desk import Desk
from bot.incidents.reminding import remind_due
from bot.metrics import Metrics
from bot.outages import Outage
from storage import reminders
from storage.transaction import Transaction
from tests.bot.delivery.world import World, desk
from tests.databases import PostgresServer

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@contextmanager
def shut(server: PostgresServer, url: str) -> Iterator[None]:
    """Nobody is let into this database meanwhile, and whoever was in it is out."""
    name = make_url(url).database
    plain = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        yield
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def wait_for(there: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not there():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def gauge(metrics: Metrics, name: str) -> float:
    families = text_string_to_metric_families(metrics.exposition().decode())
    return next(sample.value for family in families for sample in family.samples if sample.name == name)


@ON_POSTGRESQL
def test_a_database_that_goes_and_comes_back_is_two_sentences_and_a_metric(
    world: World, database_url: str, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    outage, ticks = Outage(world.storage.engine.url), 0
    metrics = Metrics(world.storage, counts=Counts(), slack_up=lambda: True, outage=outage)
    number = world.declare()

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        remind_due(world.storage, desk, now=datetime.now(UTC))

    clock = Clock([Job(name="reminding", every=timedelta(seconds=0.05), run=tick)], outage=outage)
    with world.working(poll_s=0.05, outage=outage) as worker:
        wait_for(lambda: not worker.depth()["owed"])
        with shut(postgres, database_url):
            clock.start()
            wait_for(lambda: "cannot be used" in caplog.text and ticks > 5)
            assert gauge(metrics, "ml_incident_database_up") == 0
        wait_for(lambda: "is back" in caplog.text)
        clock.stop(5)
        owed = world.owe(effects.CreateChannel(incident_id=number))
        wait_for(lambda: {row.id: row.state for row in world.effects()}[owed] == "done")
    assert gauge(metrics, "ml_incident_database_up") == 1
    said = [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]
    assert [record.name for record in said if record.exc_info] == [], "a traceback helps nobody here"
    assert len(said) == 2
    gone, back = (record.getMessage() for record in said)
    # Whoever was in it is told so, whoever comes is not let in: either may be first to notice.
    assert re.search(
        r"(terminating connection due to administrator command|not currently accepting connections)"
        r"\. See that it runs and can be reached from here\.",
        gone,
    )
    assert back.startswith("the database is back after")


@ON_POSTGRESQL
def test_what_was_being_done_when_the_database_went_is_written_down_when_it_is_back(
    world: World, database_url: str, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    number = world.declare()
    world.slack.fault("conversations.create", "slow", seconds=1.0)
    with world.working(poll_s=0.05) as worker:
        world.owe(effects.CreateChannel(incident_id=number))
        wait_for(lambda: "doing" in world.states())
        with shut(postgres, database_url):
            wait_for(lambda: worker._flight and worker._flight.finished)  # Slack's answer, and nowhere to write it
            wait_for(lambda: "cannot be used" in caplog.text)
        wait_for(lambda: world.states("CreateChannel") == ["done"])
    assert len(world.calls("conversations.create")) == 1
    assert [record for record in caplog.records if record.exc_info] == []


@ON_POSTGRESQL
def test_a_reminder_during_which_the_database_goes_is_no_fault_of_its_own(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    with world.storage.transaction() as tx:
        for number in (1, 2):
            reminders.promise(tx, key=f"follow-up:{number}", kind="follow-up", next_due_at=now)

    def cut_off(tx: Transaction) -> Desk:
        tx.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return desk(tx)

    with pytest.raises(OperationalError):
        remind_due(world.storage, cut_off, now=now)
    assert "could not be handled" not in caplog.text


def test_what_is_no_outage_is_not_called_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(world.storage.engine.url)
    assert not outage.explains(ZeroDivisionError("a fault of ours"))
    outage.over()
    assert caplog.text == ""
