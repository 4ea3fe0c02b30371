"""The outbox: what waits for what, who may do it, and what a lost lease may no longer write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from storage import outbox
from storage.outbox import Claimed
from storage.transaction import Storage

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
LEASE = timedelta(seconds=30)


def owe(storage: Storage, key: str, **options: object) -> int:
    with storage.transaction() as tx:
        return outbox.owe(tx, kind="Say", key=key, payload={"text": key}, now=NOW, **options)  # type: ignore[arg-type]


def claim(storage: Storage, *, at: datetime = NOW, limit: int = 50) -> list[Claimed]:
    with storage.transaction() as tx:
        return outbox.claim(tx, now=at, lease=LEASE, limit=limit)


def settle(storage: Storage, effect: Claimed, how: str = "done") -> bool:
    with storage.transaction() as tx:
        if how == "done":
            return outbox.settle_done(tx, effect, now=NOW)
        if how == "dead":
            return outbox.settle_never(tx, effect, now=NOW, error="channel_not_found")
        return outbox.settle_later(tx, effect, due_at=NOW + timedelta(minutes=1), error="ratelimited")


def keys(claimed: list[Claimed]) -> list[str]:
    return [effect.key for effect in claimed]


def test_the_same_key_is_owed_once(storage: Storage) -> None:
    assert owe(storage, "card") == owe(storage, "card")
    assert keys(claim(storage)) == ["card"]


def test_nothing_goes_before_what_it_needs_is_done(storage: Storage) -> None:
    channel = owe(storage, "channel")
    owe(storage, "card", needs=channel)
    [first] = claim(storage)
    assert first.key == "channel"
    assert claim(storage) == []
    settle(storage, first)
    assert keys(claim(storage)) == ["card"]


def test_a_dead_effect_holds_back_what_needs_it_until_it_is_retried(storage: Storage) -> None:
    channel = owe(storage, "channel")
    owe(storage, "card", needs=channel)
    settle(storage, claim(storage)[0], "dead")
    assert claim(storage) == []
    with storage.transaction() as tx:
        assert outbox.retry(tx, None, now=NOW) == 1
    [again] = claim(storage)
    assert again.attempts == 2
    settle(storage, again)
    assert keys(claim(storage)) == ["card"]


def test_facts_of_a_stream_keep_their_order_and_a_dead_one_frees_the_next(storage: Storage) -> None:
    for key in ("one", "two", "three"):
        owe(storage, key, stream="incident:1")
    owe(storage, "elsewhere", stream="incident:2")
    one, elsewhere = claim(storage)
    assert (one.key, elsewhere.key) == ("one", "elsewhere")
    settle(storage, elsewhere)
    settle(storage, one, "later")
    assert claim(storage) == []
    [one] = claim(storage, at=NOW + timedelta(minutes=2))
    settle(storage, one, "dead")
    assert keys(claim(storage)) == ["two"]


def test_a_burst_of_changes_owes_one_drawing_and_one_more_while_it_is_drawn(storage: Storage) -> None:
    first = owe(storage, "card-1", subject="card:1")
    assert owe(storage, "card-2", subject="card:1") == first
    [drawing] = claim(storage)
    second = owe(storage, "card-3", subject="card:1")
    assert second != first
    assert owe(storage, "card-4", subject="card:1") == second
    assert claim(storage) == []
    settle(storage, drawing)
    assert [effect.id for effect in claim(storage)] == [second]


def test_a_worker_that_died_lets_its_effect_come_due_again(storage: Storage) -> None:
    owe(storage, "card")
    [lost] = claim(storage)
    assert claim(storage, at=NOW + LEASE - timedelta(seconds=1)) == []
    [taken] = claim(storage, at=NOW + LEASE + timedelta(seconds=1))
    assert taken.attempts == 2
    assert not settle(storage, lost)
    assert settle(storage, taken)


def test_what_is_released_untouched_does_not_count_as_tried(storage: Storage) -> None:
    owe(storage, "card")
    [effect] = claim(storage)
    with storage.transaction() as tx:
        assert outbox.release(tx, effect, now=NOW)
    assert claim(storage)[0].attempts == 1


def test_a_restart_on_sqlite_releases_everything_that_was_in_flight(storage: Storage) -> None:
    owe(storage, "card")
    claim(storage)
    with storage.transaction() as tx:
        assert outbox.release_all(tx, now=NOW) == 1
    assert claim(storage)[0].attempts == 2


def test_the_urgent_goes_first(storage: Storage) -> None:
    owe(storage, "topic", priority=6)
    owe(storage, "card", priority=1)
    owe(storage, "channel", priority=0)
    assert keys(claim(storage, limit=2)) == ["channel", "card"]


def test_workers_side_by_side_never_claim_the_same_effect(storage: Storage) -> None:
    for number in range(60):
        owe(storage, f"effect-{number}")
    barrier = threading.Barrier(4)

    def work(_: int) -> list[str]:
        barrier.wait(timeout=10)
        mine: list[str] = []
        while batch := claim(storage, limit=5):
            mine += keys(batch)
        return mine

    with ThreadPoolExecutor(4) as pool:
        claimed = [key for mine in pool.map(work, range(4)) for key in mine]
    assert len(claimed) == len(set(claimed))
    assert len(claimed) >= 40  # a locked row may be skipped in the last look of every worker
    rest = claim(storage)
    assert len(claimed) + len(rest) == 60


def test_many_changes_at_once_leave_one_drawing_waiting(storage: Storage) -> None:
    barrier = threading.Barrier(8)

    def change(number: int) -> int:
        barrier.wait(timeout=10)
        return owe(storage, f"card-{number}", subject="card:1")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(change, range(8)))) == 1


def test_the_next_look_is_when_something_comes_due_or_a_lease_ends(storage: Storage) -> None:
    with storage.reading() as tx:
        assert outbox.next_due(tx) is None
    owe(storage, "card")
    [effect] = claim(storage)
    with storage.reading() as tx:
        assert outbox.next_due(tx) == NOW + LEASE
    settle(storage, effect, "later")
    with storage.reading() as tx:
        assert outbox.next_due(tx) == NOW + timedelta(minutes=1)


def test_old_done_effects_are_forgotten_unless_something_still_waits_for_them(storage: Storage) -> None:
    channel = owe(storage, "channel")
    owe(storage, "card", needs=channel, due_at=NOW + timedelta(days=40))
    owe(storage, "note")
    for effect in claim(storage):
        settle(storage, effect)
    with storage.transaction() as tx:
        assert outbox.forget_settled(tx, before=NOW + timedelta(days=1)) == 1
    with storage.reading() as tx:
        assert outbox.depth(tx) == {"owed": 1, "doing": 0, "dead": 0}
