"""Slack's limits are known ahead: a burst waits, and is never refused."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import effects
from bot.effects.reaching import AskOnCall
from bot.effects.writing import WriteOwner
from bot.slack.outcomes import LONGEST_WAIT_S, backoff
from bot.slack.rates import Rates
from bot.slack.ways import all_ways
from storage.transaction import Storage
from tests.bot.delivery.world import ANA, World
from tests.processes import start_sandbox


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@settings(max_examples=50)
@given(st.lists(st.floats(0, 10), min_size=30, max_size=80))
def test_no_minute_sees_more_calls_than_a_tier_allows(gaps: list[float]) -> None:
    clock = Clock()
    rates = Rates(clock=clock)
    calls: list[float] = []
    for gap in gaps:
        clock.now += gap
        clock.now += rates.wait("conversations.create")
        rates.count("conversations.create")
        calls.append(clock.now)
    assert all(later - earlier >= 59.999 for earlier, later in zip(calls, calls[20:], strict=False))


def test_a_burst_goes_at_once_and_then_waits() -> None:
    clock = Clock()
    rates = Rates(clock=clock)
    for _ in range(20):
        assert rates.wait("conversations.create") == 0
        rates.count("conversations.create")
    assert rates.wait("conversations.create") == 60
    assert rates.wait("conversations.invite") == 0


def test_posting_waits_for_each_channel_by_itself() -> None:
    rates = Rates(clock=Clock())
    for _ in range(5):
        rates.count("chat.postMessage", "C1")
    assert 1 < rates.wait("chat.postMessage", "C1") < 1.1
    assert rates.wait("chat.postMessage", "C2") == 0


def test_slacks_own_pause_holds_even_without_limits() -> None:
    clock = Clock()
    rates = Rates(limited=False, clock=clock)
    rates.pause("chat.postMessage", 7, "C1")
    rates.pause("users.info", 3)
    assert rates.wait("chat.postMessage", "C1") == 7
    assert rates.wait("chat.postMessage", "C2") == 0
    clock.now += 3
    assert rates.wait("users.info") == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_under_slacks_own_limits_nothing_is_refused(storage: Storage, tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as slack:
        slack.configure(rate_limits=True)
        world = World(storage, slack)
        with world.working(limited=True):
            texts = [f"{uuid.uuid4().hex}" for _ in range(8)]
            for text in texts:
                world.owe(effects.SayInDigestChannel(name=text, text=text))
            world.settled(20)
        assert {call["error"] for call in slack.calls()} == {None}
        assert set(world.texts("ml-ownership")) == set(texts)


def test_a_paused_method_holds_back_its_own_kind_and_nothing_else(world: World) -> None:
    with world.working() as worker:
        world.slack.fault("users.info", "ratelimited", retry_after=3)
        world.owe(effects.LookUpPerson(user=ANA))
        world.slack.wait_for(lambda: world.calls("users.info"))
        world.slack.wait_for(lambda: world.states("LookUpPerson") == ["owed"])
        world.owe(effects.LookUpPerson(user="U02LEEOKA"))
        world.owe(effects.ResolveContact(contact="kim@example.com"))
        world.slack.wait_for(lambda: world.states("ResolveContact") == ["done"])
        assert len(world.calls("users.info")) == 1
        world.settled()
        world.slack.wait_for(lambda: worker.counts.later["LookUpPerson"] == 1)
    assert [row.attempts for row in world.effects("LookUpPerson")] == [1, 1]


def test_waits_grow_and_never_exceed_five_minutes() -> None:
    assert backoff(1) <= 0.5
    assert 0.6 * 32 <= backoff(7) <= 32
    assert all(backoff(attempts) <= LONGEST_WAIT_S for attempts in range(1, 400))


def test_every_effect_has_a_way() -> None:
    wired = (effects.CallConnection, AskOnCall, WriteOwner)  # the wiring gives these the services that they call
    known = {kind.__name__ for kind in (*all_ways(), *wired)}
    assert known == set(effects.Effect.kinds)
