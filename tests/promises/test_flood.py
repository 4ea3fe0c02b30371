"""Twenty incidents at once while a hundred messages and reactions a second arrive, on SQLite: nothing is lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.sandbox.client import SandboxSlack
from storage.database import open_engine, parse_url
from tests.bench.flood import A_SECOND, chatter
from tests.bench.opening import catalogue
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

INCIDENTS, PINNED, SECONDS = 20, 40, 4


@pytest.mark.timeout(180)
def test_a_flood_of_events_loses_nothing_while_twenty_incidents_open(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    with start_sandbox(tmp_path) as slack:
        bot = BotProcess(tmp_path, slack, url, ML_INCIDENT_REGISTRY_FILE=str(catalogue(tmp_path, INCIDENTS + 1)))
        bot.start()
        try:
            slack.wait_for(lambda: sum(c["method"] == "users.lookupByEmail" for c in slack.calls()) >= 5)
            slack.person("erik").command(f"open bench-{INCIDENTS:03} scores are zero", channel="general")
            first = slack.wait_for(
                lambda: next((c for c in slack.channels() if c["name"].startswith("inc-1-")), None), timeout=10
            )["name"]
            slack.wait_for(lambda: len(slack.channel(first)["members"]) > 5, timeout=10)
            stop = threading.Event()
            with ThreadPoolExecutor(INCIDENTS + 5) as pool:
                talkers = [pool.submit(chatter, slack, stop) for _ in range(4)]
                time.sleep(1)

                def open_one(number: int) -> str:
                    with SandboxSlack(slack.base_url) as mine:
                        reply = mine.person("lee").command(f"open bench-{number:03} it is wrong", channel="general")
                        return reply.text or reply.error

                answers = list(pool.map(open_one, range(INCIDENTS)))
                ana = slack.person("ana")
                for number in range(PINNED):
                    ana.react(first, ana.say(first, f"finding {number}"), "pushpin")
                time.sleep(SECONDS)
                stop.set()
                sent = sum(talker.result() for talker in talkers)
            assert all("is open" in answer for answer in answers), answers
            assert sent > SECONDS * A_SECOND * 0.5, "the machine was too slow to make the flood that this is about"
            assert _captured(url, slack) == PINNED
            bad = [one for one in slack.deliveries() if one["error"]]
            assert bad == []
            assert "locked" not in bot.log.read_text("utf-8")
        finally:
            bot.stop()


def _captured(url: str, slack: SandboxSlack) -> int:
    """How many of the pinned messages reached the timeline, once the bot has had its time."""
    engine = open_engine(parse_url(url))

    def count() -> int:
        with engine.connect() as connection:
            return int(
                connection.execute(
                    text("SELECT count(*) FROM timeline_entries WHERE source_ts IS NOT NULL")
                ).scalar_one()
            )

    try:
        slack.wait_for(lambda: count() >= PINNED or None, timeout=100)
        return count()
    finally:
        engine.dispose()
