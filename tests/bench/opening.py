"""How fast incidents open: `python -m tests.bench.opening [--database URL]`. Prints what was promised and measured."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot.sandbox.client import Json, SandboxSlack
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

_OPENERS = ("erik", "ana", "lee", "kim", "pat", "maya", "jonas", "priya", "tom", "sofia")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One opening, in seconds: how long the acknowledgement took, and from it until usable and until all was done."""

    acknowledged: float
    usable: float
    complete: float


def catalogue(folder: Path, models: int) -> Path:
    """A models.yaml with so many models, each with an owner, a backup and three contacts."""
    lines = ["models:"]
    for number in range(models):
        lines += [
            f"  bench-{number:03}:",
            "    tier: 1",
            "    owner: ana@example.com",
            "    owner.backup: lee@example.com",
            "    poc: {product: pat@example.com, dsp: jonas@example.com, data-eng: priya@example.com}",
            "    docs: https://docs.example.com/bench",
            "    dashboard: https://dashboards.example.com/bench",
        ]
    path = folder / "models.yaml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@contextmanager
def measured_bot(
    *, models: int, database: str | None = None, limited: bool = False
) -> Iterator[tuple[SandboxSlack, BotProcess, float]]:
    """A sandbox and a bot that knows everybody; and how long the bot took to be ready."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with start_sandbox(folder) as slack:
            bot = BotProcess(
                folder,
                slack,
                database or sqlite_url(folder),
                command=None if limited else [sys.executable, "-m", "tests.bench.unlimited"],
                ML_INCIDENT_REGISTRY_FILE=str(catalogue(folder, models)),
                PYTHONPATH=str(Path(__file__).parents[2]),
            )
            began = time.monotonic()
            bot.start()
            took = time.monotonic() - began
            try:
                slack.wait_for(lambda: sum(c["method"] == "users.lookupByEmail" for c in slack.calls()) >= 5)
                # One opening unmeasured, so that what is looked up once is known.
                open_one(slack, models - 1, "erik")
                wait_until_quiet(slack)
                yield slack, bot, took
            finally:
                bot.stop()


def open_one(slack: SandboxSlack, number: int, by: str) -> tuple[str, float, float]:
    """Open an incident: its channel's prefix, when it was acknowledged, and how long that took."""
    reply = slack.person(by).command(f"open bench-{number:03} scores are all zero", channel="general")
    acknowledged = time.time()
    if "INC-" not in reply.text:
        raise SystemExit(f"nothing opened: {reply.text or reply.error}")
    return f"inc-{reply.text.split('INC-')[1].split()[0]}-", acknowledged, reply.ms / 1000


def wait_until_quiet(slack: SandboxSlack) -> None:
    """Until no call was made for a while."""
    seen = -1
    while seen != (seen := len(slack.calls())):
        time.sleep(0.6)


def read_back(slack: SandboxSlack, opened: list[tuple[str, float, float]]) -> list[Opened]:
    """What the workspace saw of each opening."""
    calls = slack.calls()
    by_channel: dict[str, list[Json]] = {}
    for call in calls:
        by_channel.setdefault(str(call["args"].get("channel", call["args"].get("channel_id"))), []).append(call)
    channels = {channel["name"]: channel["id"] for channel in slack.channels()}
    found = []
    for prefix, acknowledged, took in opened:
        ident = next(ident for name, ident in channels.items() if name.startswith(prefix))
        ours = by_channel[ident]
        card = next(call for call in ours if call["method"] == "chat.postMessage")
        invite = next(call for call in ours if call["method"] == "conversations.invite")
        found.append(
            Opened(
                acknowledged=took,
                usable=max(_done(card), _done(invite)) - acknowledged,
                complete=max(_done(call) for call in ours) - acknowledged,
            )
        )
    return found


def _done(call: Json) -> float:
    return float(call["at"]) + float(call["ms"]) / 1000


def one_at_a_time(database: str | None, say: Callable[[str], None]) -> None:
    """Round trips, at 100 ms each."""
    with measured_bot(models=12, database=database) as (slack, bot, started):
        memory = psutil.Process(bot.process.pid).memory_info().rss / 1e6 if bot.process else 0.0
        say(f"start to ready: {started:.2f} s (promised: under 3 s)")
        say(f"memory after one opening: {memory:.0f} MB (promised: under 150 MB)")
        slack.configure(latency_ms=100)
        opened = []
        for number in range(10):
            opened.append(open_one(slack, number, "erik"))
            time.sleep(1.2)
        found = read_back(slack, opened)
        usable, complete = (statistics.median(getattr(one, name) for one in found) for name in ("usable", "complete"))
        say(f"100 ms a call: usable {usable * 10:.1f} round trips after the acknowledgement (promised: 3)")
        say(f"100 ms a call: all done after {complete * 10:.1f} round trips (promised: 5)")


def many_at_once(database: str | None, say: Callable[[str], None], *, count: int = 50) -> None:
    """Fifty openings at the same moment, 50 ms a call."""
    with measured_bot(models=count + 1, database=database) as (slack, _, _):
        slack.configure(latency_ms=50)
        barrier = threading.Barrier(count)

        def one(number: int) -> tuple[str, float, float]:
            with SandboxSlack(slack.base_url) as mine:
                mine.person("erik")
                barrier.wait(30)
                return open_one(mine, number, _OPENERS[number % len(_OPENERS)])

        with ThreadPoolExecutor(count) as pool:
            opened = list(pool.map(one, range(count)))
        wait_until_quiet(slack)
        found = read_back(slack, opened)
        say(f"{count} at once: slowest acknowledgement {max(o.acknowledged for o in found):.2f} s (promised: 0.5 s)")
        say(
            f"{count} at once: median usable after {statistics.median(o.usable for o in found):.2f} s (promised: 1.2 s)"
        )
        say(f"{count} at once: all done after {max(o.complete for o in found):.2f} s")


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a PostgreSQL database that may be filled; SQLite when left out")
    given = parser.parse_args()
    one_at_a_time(given.database, print)
    many_at_once(given.database, print)


if __name__ == "__main__":
    main()
