"""The bot stays small."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox


def test_an_idle_bot_takes_less_than_150_mb_and_stops_cleanly(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as slack:
        bot = BotProcess(tmp_path, slack, sqlite_url(tmp_path))
        bot.start()
        try:
            bot.wait_until_people_are_known()
            time.sleep(1)
            assert bot.process is not None
            assert psutil.Process(bot.process.pid).memory_info().rss < 150e6
        finally:
            code = bot.stop()
    assert code == 0
