"""How fast Slack is answered in a flood: `python -m tests.bench.flood`. Twenty openings, a hundred events a second."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.sandbox.client import SandboxSlack
from tests.bench.opening import measured_bot, open_one

INCIDENTS, A_SECOND, SECONDS = 20, 100, 6
_TALKERS = 4


def chatter(slack: SandboxSlack, stop: threading.Event) -> int:
    """Messages and reactions in a channel that the bot is in, a share of the hundred a second; how many."""
    sent = 0
    with SandboxSlack(slack.base_url) as mine:
        person = mine.person("maya")
        while not stop.is_set():
            began = time.monotonic()
            person.react("general", person.say("general", f"talk {sent}"), "pushpin")
            sent += 2
            time.sleep(max(0.0, 2 * _TALKERS / A_SECOND - (time.monotonic() - began)))
    return sent


def flooded(say: Callable[[str], None]) -> None:
    """Twenty incidents opened at once in the middle of a flood of events, on SQLite."""
    with measured_bot(models=INCIDENTS + 1, limited=True) as (slack, bot, _):
        slack.configure(latency_ms=50)
        first = slack.deliveries()[-1]["n"]
        stop, barrier = threading.Event(), threading.Barrier(INCIDENTS)

        def one(number: int) -> float:
            with SandboxSlack(slack.base_url) as mine:
                mine.person("erik")
                barrier.wait(30)
                return open_one(mine, number, "erik")[2]

        with ThreadPoolExecutor(INCIDENTS + _TALKERS) as pool:
            talkers = [pool.submit(chatter, slack, stop) for _ in range(_TALKERS)]
            time.sleep(1)
            commands = list(pool.map(one, range(INCIDENTS)))
            time.sleep(SECONDS)
            stop.set()
            sent = sum(talker.result() for talker in talkers)
        answers = [one for one in slack.deliveries(first) if one["ms"] is not None]
        times = sorted(one["ms"] for one in answers)
        p99 = statistics.quantiles(times, n=100)[98]
        lost = sum(bool(one["error"]) for one in answers)
        say(f"{sent} messages and reactions, {INCIDENTS} openings: {len(answers)} requests acknowledged, {lost} not")
        say(f"acknowledgements: median {statistics.median(times):.0f} ms, p99 {p99:.0f} ms (promised: 250 ms)")
        for kind in sorted({one["kind"] for one in answers}):
            of_kind = [one["ms"] for one in answers if one["kind"] == kind]
            say(f"  {kind}: {len(of_kind)}, median {statistics.median(of_kind):.0f} ms, slowest {max(of_kind):.0f} ms")
        say(f"openings: slowest acknowledgement {max(commands) * 1000:.0f} ms")
        say(f"database is locked: {bot.log.read_text('utf-8').count('locked')} times")


if __name__ == "__main__":
    flooded(print)
