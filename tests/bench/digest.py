"""How long the weekly digest of 10,000 models and 1,500 owners takes: `python -m tests.bench.digest [URL]`.

Incidents open all the while, as somebody who waits would have them. Exits 1 where a promise is broken.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from sqlalchemy import func, select

from bot.collecting import collecting_when_asked
from bot.incidents import digest
from bot.incidents.declaring import Declaration, declare
from bot.incidents.desk import Desk
from bot.incidents.reminding import remind_due
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.lifecycle import Severity
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import catalogue
from storage.database import open_engine, parse_url
from storage.models import Contact, Effect, SlackPerson
from storage.transaction import Storage, Transaction
from storage.upkeep import upgrade
from tests.databases import sqlite_url

MODELS, OWNERS, LEADS = 10_000, 1_500, 150
SECONDS, OPENING_MS = 10.0, 500.0
FRIDAY, MONDAY = datetime(2026, 11, 20, 14, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
_RSS_IN_MEGABYTES = 1024 * 1024 if sys.platform == "darwin" else 1024


def fill(storage: Storage, *, models: int = MODELS, owners: int = OWNERS, checked_at: datetime = FRIDAY) -> None:
    """Models of all tiers with thirteen facts each, some missing, each with an owner and a lead whom Slack knows.

    `checked_at` is when Slack was last asked about these people.
    """
    chance = random.Random(20261123)
    with storage.transaction() as tx:
        for number in range(owners):
            tx.session.add(SlackPerson(user_id=f"U0BENCH{number:04}", name=f"Person {number}", checked_at=checked_at))
            tx.session.add(
                Contact(
                    contact=f"p{number}@example.com", user_id=f"U0BENCH{number:04}", problem=None, checked_at=checked_at
                )
            )
    cards = []
    for number in range(models):
        facts: dict[str, FactValue] = {
            "plain_name": f"Model number {number}",
            "purpose": "Does what it does",
            "tier": str(number % 4),
            "mode": ("online", "batch", "streaming")[number % 3],
            "owner": f"Person <p{number % owners}@example.com>",
            "team": f"team-{number % LEADS}",
            "team.lead": f"p{number % min(LEADS, owners)}@example.com",
            "poc.ds": f"p{(number + 7) % owners}@example.com",
            "serving": "2",
            "rollback": "1",
            "deployed_at": "2026-11-01T00:00:00Z",
            "consumers": ["shop", "checkout"],
            "reviewed_at": "2026-01-01" if number % 5 else "2026-11-01",
        }
        for key in chance.sample(sorted(facts), 2):
            if key not in {"owner", "team.lead"}:
                del facts[key]
        cards.append(ModelCard(f"model-{number:05}", {key: Fact(said, "bench", FRIDAY) for key, said in facts.items()}))
    for start in range(0, models, 1000):
        with storage.transaction() as tx:
            catalogue.keep(tx, *cards[start : start + 1000], now=FRIDAY)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How the computing went."""

    took: float
    """Seconds."""
    cpu: float
    """Seconds of the computing thread alone."""
    longest: float
    """Seconds of CPU that one transaction took."""
    ticks: int
    openings: list[float]
    """Milliseconds of each opening meanwhile."""
    quiet: list[float]
    """Of some before."""


def measured(storage: Storage) -> Measured:
    """Compute it while incidents open."""
    policy, library = load_policy(), shipped_library()
    begun: list[float] = []

    def part(tx: Transaction) -> Desk:
        begun.append(time.thread_time())
        return desk(tx)

    def desk(tx: Transaction, by: str = "") -> Desk:
        return Desk(tx=tx, now=MONDAY, by=by, policy=policy, library=library)

    def open_one(number: int) -> float:
        began = time.perf_counter()
        with storage.transaction(hurried=True) as tx:
            said = Declaration(model=f"model-{number:05}", what="scores are all zero", severity=Severity.SEV2)
            declare(desk(tx, "U0BENCH0001"), said)
        return 1000 * (time.perf_counter() - began)

    with storage.transaction() as tx:
        digest.schedule(Desk(tx=tx, now=FRIDAY, by="", policy=policy, library=library))
    quiet = [open_one(number) for number in range(40)]
    stop, openings = threading.Event(), list[float]()

    def keep_opening() -> None:
        number = 100
        while not stop.wait(0.1):
            openings.append(open_one(number := number + 1))

    opener = threading.Thread(target=keep_opening)
    opener.start()
    began, cpu, ticks = time.perf_counter(), time.thread_time(), 0
    while remind_due(storage, part, now=MONDAY) or ticks < 3:
        ticks += 1
    took, cpu = time.perf_counter() - began, time.thread_time() - cpu
    stop.set()
    opener.join()
    begun.append(time.thread_time())
    longest = max(after - before for before, after in pairwise(begun))
    return Measured(took=took, cpu=cpu, longest=longest, ticks=ticks, openings=openings, quiet=quiet)


def main(url: str | None = None) -> int:
    """Fill, measure, print, judge."""
    sys.setswitchinterval(0.0005)  # as `serve` sets it
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        engine = open_engine(parse_url(url or sqlite_url(Path(name))))
        upgrade(engine)
        storage = Storage(engine)
        fill(storage)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_IN_MEGABYTES
        with collecting_when_asked():  # as `serve` does
            done = measured(storage)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _RSS_IN_MEGABYTES
        with storage.reading() as tx:
            told = tx.session.execute(
                select(func.count(), func.count(Effect.key.distinct())).where(Effect.key.startswith("digest:"))
            ).one()
            first = tx.session.scalar(select(Effect.kind).order_by(Effect.priority, Effect.id).limit(1))
            last = tx.session.scalar(select(Effect.key).order_by(Effect.priority.desc(), Effect.id).limit(1))
        storage.close()
    print(f"{MODELS} models, {OWNERS} owners: {told[0]} messages, each once: {told[0] == told[1]}")
    print(f"computed and owed in {done.took:.1f} s of work and {done.ticks} ticks (promised: {SECONDS:.0f} s)")
    each, longest = 1000 * done.cpu / MODELS, 1000 * done.longest
    print(f"of CPU: {done.cpu:.1f} s, {each:.2f} ms a model, at most {longest:.0f} ms in one transaction")
    print(f"memory: {memory:.0f} MB at most, of which {before:.0f} MB were needed to fill the database")
    worst, usual = max(done.openings), statistics.median(done.openings)
    quietly, slowest = statistics.median(done.quiet), max(done.quiet)
    print(f"{len(done.openings)} openings meanwhile: median {usual:.0f} ms, slowest {worst:.0f} ms")
    print(f"(promised: {OPENING_MS:.0f} ms); in quiet: median {quietly:.0f} ms, slowest {slowest:.0f} ms")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"sent first: {first}; sent last: {last}")
    return 0 if done.took <= SECONDS and worst <= OPENING_MS and told[0] == told[1] == 1 + OWNERS else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
