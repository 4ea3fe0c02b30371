"""Everybody gets one digest a week, whoever is killed, how many serve and what the clocks do meanwhile."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import PostgresServer, sqlite_url
from tests.promises.digests import TICK_S, Company, company, kill_while_held

MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)
OWNERS, MODELS = 12, 420
"""More models than are looked over at once."""


def killed_again_and_again(here: Company) -> None:
    """While it is made, and with a message in mid-air before and after Slack has taken it."""
    bot = here.bot()
    here.be_at(MONDAY - timedelta(minutes=1))
    bot.start()
    here.be_at(MONDAY)
    here.slack.wait_for(lambda: here.count("digest:look:", ended=True), timeout=20)
    bot.kill()
    here.let_leases_end()
    kill_while_held(here, bot, nth=1, when="after", also=bot.start)
    kill_while_held(here, bot, nth=3, when="before", also=bot.start)
    kill_while_held(here, bot, nth=2, when="after", also=bot.start)
    bot.start()
    here.wait_until_sent()
    assert here.all_told() == [1] * OWNERS
    assert len(here.posted()) == 1
    assert here.refused() == 0


@pytest.mark.timeout(180)
def test_a_bot_that_is_killed_again_and_again_sends_each_one_digest(tmp_path: Path) -> None:
    with company(tmp_path, sqlite_url(tmp_path), models=MODELS, owners=OWNERS) as here:
        killed_again_and_again(here)


@pytest.mark.timeout(180)
def test_a_bot_that_is_killed_again_and_again_sends_each_one_digest_on_postgresql(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.make()
    try:
        with company(tmp_path, url, models=MODELS, owners=OWNERS) as here:
            killed_again_and_again(here)
    finally:
        postgres.drop(url)


@pytest.mark.timeout(180)
def test_of_two_that_serve_one_is_killed_in_the_middle_and_each_gets_one_digest(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.make()
    try:
        with company(tmp_path, url, models=MODELS, owners=OWNERS) as here:
            one, other = here.bot("one"), here.bot("other")
            here.be_at(MONDAY - timedelta(minutes=1))
            one.start()
            other.start()
            hold = here.slack.hold("chat.postMessage", 4, "after")
            here.be_at(MONDAY)
            assert here.slack.held(timeout=30) is not None
            assert one.process is not None
            one.process.kill()  # perhaps the one whose message hangs
            one.process.wait(10)
            here.slack.release(hold, how="drop")
            here.let_leases_end()
            here.wait_until_sent()
            assert here.all_told() == [1] * OWNERS
            assert len(here.posted()) == 1
            assert here.refused() == 0
    finally:
        postgres.drop(url)


@pytest.mark.timeout(180)
def test_a_restart_at_the_very_moment_and_clocks_that_are_changed_bring_one_a_week(tmp_path: Path) -> None:
    """In Berlin 02:30 does not come on 28 March 2027, and comes twice on 31 October."""
    zone = {"zone": "Europe/Berlin", "day": "sun", "at": "02:30"}
    with company(tmp_path, sqlite_url(tmp_path), models=9, owners=3, **zone) as here:
        bot = here.bot(limited=False)

        def sees(weeks: int) -> None:
            here.slack.wait_for(lambda: len(here.posted()) >= weeks and min(here.all_told()) >= weeks, timeout=20)
            time.sleep(3 * TICK_S)  # another one would come with the next ticks
            assert (len(here.posted()), here.all_told()) == (weeks, [weeks] * 3)

        spring = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
        here.be_at(spring - timedelta(minutes=30))
        bot.start()
        bot.kill()
        here.be_at(spring)
        bot.start()
        sees(1)
        here.be_at(spring + timedelta(minutes=90))
        sees(1)
        autumn = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
        here.be_at(autumn - timedelta(hours=2))
        sees(2)  # for all the weeks since, the newest
        here.be_at(autumn)
        bot.kill()
        bot.start()
        sees(3)
        here.be_at(autumn + timedelta(hours=1))  # 02:30 again
        sees(3)
        here.be_at(autumn - timedelta(minutes=5))  # put back by hand
        bot.kill()
        bot.start()
        here.be_at(autumn + timedelta(seconds=1))
        sees(3)
        here.be_at(autumn + timedelta(days=7, hours=1))
        sees(4)
