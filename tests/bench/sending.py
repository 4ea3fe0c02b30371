"""How the weekly digest of 10,000 models reaches 1,500 owners while incidents open: `python -m tests.bench.sending`.

A real bot, and a sandbox Slack that enforces the published rate limits. By default the first minutes are looked at;
with `--all` it runs until everybody has theirs. Exits 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from ruamel.yaml import YAML

from bot.sandbox.client import Json, SandboxSlack
from bot.sandbox.workspace import COMPANY
from playbooks.policy import load_policy
from playbooks.working_time import next_digest
from storage.database import open_engine, parse_url
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.bench.digest import MODELS, OWNERS, fill
from tests.bench.opening import Opened, read_back
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import ROOT, start_sandbox

TICK_S = 15.0
"""As `serve` ticks."""
BEFORE = timedelta(seconds=75)
LATENCY_MS = 50
OPENINGS, EVERY_S, COMPUTING_EVERY_S = 8, 4.0, 1.4
"""So many are measured before it and while it is sent, and one now and then while it is computed; Slack lets 20
channels be made a minute."""
MINUTE_S = 61.0
ACK_MS, USABLE_S = 500.0, 1.2
NOWHERE = "http://127.0.0.1:9"


@dataclass
class Seen:
    """What was seen of the workspace's Web API so far."""

    slack: SandboxSlack
    last: int = 0
    told: Counter[str] = field(default_factory=Counter)
    """Key of a digest's message → how often it was posted."""
    at: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Method → how often Slack said 429."""
    methods: Counter[str] = field(default_factory=Counter)

    def look(self) -> None:
        """Take in what is new."""
        for call in self.slack.calls(self.last):
            if call["ms"] is None:
                return  # still going on: from here on again next time
            self.last = call["n"]
            self.methods[call["method"]] += 1
            if call["error"] == "ratelimited":
                self.refused[call["method"]] += 1
            if (key := key_of(call)).startswith("digest:") and call["ok"]:
                self.told[key] += 1
                self.at.append(call["at"])


def key_of(call: Json) -> str:
    """The effect that a message is of."""
    if call["method"] != "chat.postMessage":
        return ""
    metadata = call["args"].get("metadata") or "{}"
    said = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str((said.get("event_payload") or {}).get("key", ""))


def write_company(folder: Path, people: int) -> Path:
    """The sandbox's company with so many people more."""
    company = YAML(typ="safe", pure=True).load(COMPANY.read_text("utf-8"))
    del company["said"]
    for number in range(people):
        company["people"][f"U0BENCH{number:04}"] = {
            "name": f"p{number}",
            "real_name": f"Person {number}",
            "email": f"p{number}@example.com",
            "tz": "UTC",
        }
    path = folder / "company.yaml"
    path.write_text(json.dumps(company), "utf-8")  # JSON is YAML
    return path


@contextmanager
def serving(folder: Path, database: str) -> Iterator[tuple[SandboxSlack, BotProcess]]:
    """Everything in place, some time before the digest is due."""
    engine = open_engine(parse_url(database))
    upgrade(engine)
    storage = Storage(engine)
    monday = next_digest(datetime.now(UTC) + BEFORE, load_policy())
    fill(storage, checked_at=monday - timedelta(hours=1))
    storage.close()
    with start_sandbox(folder, company=str(write_company(folder, OWNERS))) as slack:
        slack.configure(rate_limits=True, latency_ms=LATENCY_MS)
        bot = BotProcess(
            folder,
            slack,
            database,
            command=[sys.executable, "-m", "tests.bench.shifted", slack.base_url, str(TICK_S)],
            ML_INCIDENT_REGISTRIES="mlflow",
            MLFLOW_TRACKING_URI=NOWHERE,  # what is known of the models stays, as with any registry that is down
            PYTHONPATH=str(ROOT),
        )
        slack.advance((monday - BEFORE - datetime.now(UTC)).total_seconds())
        bot.start()
        try:
            yield slack, bot
        finally:
            bot.stop()


class Opener:
    """Somebody who opens an incident every few seconds."""

    def __init__(self, slack: SandboxSlack) -> None:
        self._slack = slack
        self._number = 0
        self._typed: dict[str, list[tuple[str, float, float]]] = {}

    def open(self, when: str) -> None:
        """One opening."""
        self._number += 1
        model = f"model-{self._number * 37 % MODELS:05}"
        reply = self._slack.person("erik").command(f"open {model} scores are all zero", channel="general")
        acknowledged = time.time()
        if "INC-" not in reply.text:
            raise SystemExit(f"nothing opened: {reply.text or reply.error}")
        number = reply.text.split("INC-")[1].split()[0]
        self._typed.setdefault(when, []).append((f"inc-{number}-", acknowledged, reply.ms / 1000))

    def found(self) -> dict[str, list[Opened]]:
        """When → how each went, once all channels are there."""
        prefixes = [prefix for typed in self._typed.values() for prefix, _, _ in typed]

        def all_there() -> bool:
            names = [channel["name"] for channel in self._slack.channels()]
            return all(any(name.startswith(prefix) for name in names) for prefix in prefixes)

        self._slack.wait_for(all_there, timeout=90)
        time.sleep(2)  # for what is done in the last of them
        return {when: read_back(self._slack, typed) for when, typed in self._typed.items()}


def sent(say: Callable[[str], None], *, database: str | None, minutes: float | None) -> int:
    """Run it, print, judge."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with serving(folder, database or sqlite_url(folder)) as (slack, bot):
            assert bot.process is not None
            process = psutil.Process(bot.process.pid)
            seen, opener = Seen(slack), Opener(slack)
            began = time.time()
            due = began + BEFORE.total_seconds()
            opener.open("unmeasured")  # what is looked up once is known from here on
            for _ in range(OPENINGS):
                time.sleep(EVERY_S)
                opener.open("before it")
            time.sleep(max(0.0, due - time.time()))
            cpu = sum(process.cpu_times()[:2])
            while not seen.told:
                opener.open("while it is computed")
                time.sleep(COMPUTING_EVERY_S)
                seen.look()
            computed = sum(process.cpu_times()[:2]) - cpu
            say(f"first message {seen.at[0] - due:.1f} s after it was due, {computed:.1f} s of CPU until then")
            watched(seen, opener, until=None if minutes is None else time.time() + 60 * minutes)
            cpu = sum(process.cpu_times()[:2]) - cpu - computed
            return judge(say, slack, bot, seen, opener, due=due, cpu=cpu)


def watched(seen: Seen, opener: Opener, *, until: float | None) -> None:
    """Until everybody has theirs, or the time is over."""
    opened, from_here = 0, time.time() + MINUTE_S  # what was opened until now uses up what Slack lets be opened
    while len(seen.told) < OWNERS + 1 and (until is None or time.time() < until):
        time.sleep(EVERY_S)
        if opened < OPENINGS and time.time() > from_here:
            opener.open("while it is sent")
            opened += 1
        before = len(seen.told)
        seen.look()
        quiet = time.time() - max(seen.at)
        if len(seen.told) == before and quiet > 180:
            raise SystemExit(f"{len(seen.told)} messages, and nothing more for {quiet:.0f} s")


def judge(
    say: Callable[[str], None],
    slack: SandboxSlack,
    bot: BotProcess,
    seen: Seen,
    opener: Opener,
    *,
    due: float,
    cpu: float,
) -> int:
    """Print what was seen; 1 where a promise is broken."""
    took = max(seen.at) - min(seen.at)
    pace = 60 * (len(seen.at) - 1) / took if took else 0.0
    busiest = max(sum(start <= at < start + 60 for at in seen.at) for start in seen.at)
    say(f"{len(seen.told)} of {OWNERS + 1} messages in {took / 60:.1f} min: {pace:.0f} a minute, {busiest} at most")
    if len(seen.told) <= OWNERS:
        say(f"  at that pace everybody has theirs {(due, OWNERS / pace)[1]:.0f} min after it was due")
    say(f"  {cpu:.1f} s of the bot's CPU meanwhile; calls: {dict(seen.methods.most_common(8))}")
    twice = sum(count > 1 for count in seen.told.values())
    say(f"sent twice: {twice} (promised: 0); refused with 429: {sum(seen.refused.values())} {dict(seen.refused)}")
    found = opener.found()
    for when, opened in found.items():
        if when != "unmeasured":
            acks, usable = [1000 * one.acknowledged for one in opened], [one.usable for one in opened]
            say(
                f"{len(opened)} openings {when}: acknowledged in {statistics.median(acks):.0f} ms, slowest "
                f"{max(acks):.0f} ms (promised: {ACK_MS:.0f} ms); usable after {statistics.median(usable):.2f} s, "
                f"slowest {max(usable):.2f} s"
            )
    measured = [one for when, opened in found.items() if when != "unmeasured" for one in opened]
    slow = [one for one in measured if 1000 * one.acknowledged > ACK_MS or one.usable > USABLE_S]
    say(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    missing = missed(slack) if len(seen.told) > OWNERS else []
    if missing:
        say(f"without exactly one message: {missing[:10]}, {len(missing)} in all")
    say(f"database is locked: {bot.log.read_text('utf-8').count('locked')} times")
    return 1 if twice or slow or missing or sum(seen.refused.values()) else 0


def missed(slack: SandboxSlack) -> list[str]:
    """Owners who do not see exactly one digest in their direct messages."""
    wrong = []
    for number in range(OWNERS):
        said = [one for one in slack.person(f"p{number}").dms() if one["text"].startswith("Your models this week")]
        if len(said) != 1:
            wrong.append(f"p{number}: {len(said)}")
    return wrong


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="a PostgreSQL database that may be filled; SQLite when left out")
    parser.add_argument("--minutes", type=float, default=2.5, help="how long to look at it being sent")
    parser.add_argument("--all", action="store_true", help="until everybody has theirs")
    given = parser.parse_args()
    return sent(print, database=given.database, minutes=None if given.all else given.minutes)


if __name__ == "__main__":
    sys.exit(main())
