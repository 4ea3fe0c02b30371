"""Transactions: all or nothing, repeats recognised, writers in turn."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from storage import outbox
from storage.models import Effect, Seen
from storage.transaction import Storage

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def test_a_repeat_is_told_so_and_finds_the_first_answer(storage: Storage) -> None:
    with storage.transaction() as tx:
        assert tx.first_time("command:1", now=NOW)
        tx.keep_answer("command:1", {"text": "INC-1 is open"})
    with storage.transaction() as tx:
        assert not tx.first_time("command:1", now=NOW)
        assert tx.answer_given("command:1") == {"text": "INC-1 is open"}


def test_a_failed_request_is_not_remembered(storage: Storage) -> None:
    def fail() -> None:
        with storage.transaction() as tx:
            tx.first_time("command:1", now=NOW)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        fail()
    with storage.transaction() as tx:
        assert tx.first_time("command:1", now=NOW)


def test_of_many_deliveries_at_once_exactly_one_is_the_first(storage: Storage) -> None:
    barrier = threading.Barrier(8)

    def deliver(_: int) -> bool:
        barrier.wait(timeout=10)
        with storage.transaction() as tx:
            first = tx.first_time("event:7", now=NOW)
            if first:
                tx.keep_answer("event:7", "taken")
            else:
                assert tx.answer_given("event:7") == "taken"
            return first

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(deliver, range(8))) == 1


def test_forty_writers_at_once_never_find_the_database_locked(storage: Storage) -> None:
    def write(worker: int) -> None:
        for turn in range(10):
            with storage.transaction() as tx:
                tx.first_time(f"{worker}:{turn}", now=NOW)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(write, range(40)))
    with storage.reading() as tx:
        assert len(tx.session.scalars(select(Seen.key)).all()) == 400


def test_the_worker_is_woken_after_the_commit_and_only_when_something_is_owed(storage: Storage) -> None:
    seen: list[int] = []

    def wake() -> None:
        with storage.reading() as tx:
            seen.append(len(tx.session.scalars(select(Effect.id)).all()))

    storage.call_when_owed(wake)
    with storage.transaction() as tx:
        tx.first_time("nothing owed", now=NOW)
    assert seen == []
    with storage.transaction() as tx:
        outbox.owe(tx, kind="Say", key="a", payload={}, now=NOW)
        assert seen == []
    assert seen == [1]


def test_times_come_back_in_utc_whatever_zone_they_were_given_in(storage: Storage) -> None:
    with storage.transaction() as tx:
        tx.first_time("x", now=NOW.astimezone(timezone(timedelta(hours=9))))
    with storage.reading() as tx:
        at = tx.session.scalar(select(Seen.at))
        assert at == NOW
        assert at is not None
        assert at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(storage: Storage) -> None:
    with pytest.raises(Exception, match="needs a zone"), storage.transaction() as tx:
        tx.first_time("x", now=datetime(2026, 11, 20))  # noqa: DTZ001
