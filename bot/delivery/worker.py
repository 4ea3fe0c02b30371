"""The worker: one event loop in a thread of its own that has many effects in flight over one Slack connection.

Only this part is asynchronous, because the synchronous client opens a connection for each call. Whatever touches the
database runs in threads: settling and claiming in one of its own, so that it never queues behind a reader.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.delivery.alone import Alone
from bot.delivery.counts import Counts
from bot.delivery.errands import carry_out
from bot.delivery.ledger import Finished, Ledger, Turn
from bot.delivery.pace import Pace
from bot.effects import Effect
from bot.incidents.desk import Desk, Feature
from bot.outages import Outage
from bot.slack.client import Slack
from bot.slack.errand import Surroundings
from bot.slack.rates import Rates
from bot.slack.ways import Way, all_ways
from storage import outbox
from storage.outbox import Claimed
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
MARGIN = timedelta(seconds=8)
"""An errand is given up this long before its lease ends, so that two workers never do the same."""
POLL_S = 1.0
READERS = 4


@dataclass(frozen=True, kw_only=True)
class _Settings:
    token: str
    base_url: str
    announce_channel: str
    digest_channel: str
    limited: bool
    in_flight: int
    lease: timedelta
    poll_s: float


@dataclass(kw_only=True)
class _Flight:
    """What lives while the loop runs."""

    loop: asyncio.AbstractEventLoop
    slack: Slack
    around: Surroundings
    pace: Pace
    stir: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    finished: list[Finished] = field(default_factory=list)


class Delivery:
    """Does what is owed. `start` it once the schema is there; `stop` it before the storage is closed."""

    def __init__(
        self,
        storage: Storage,
        *,
        token: str,
        base_url: str,
        desk: Callable[[Transaction], Desk],
        feature: Feature,
        announce_channel: str,
        digest_channel: str | None = None,
        ways: Mapping[type[Effect], Way] | None = None,
        limited: bool = True,
        in_flight: int = 50,
        lease: timedelta = LEASE,
        poll_s: float = POLL_S,
        outage: Outage | None = None,
    ) -> None:
        """`desk` gives the desk at which the bot itself works in a transaction; `ways` do what Slack does not.

        `limited=False` turns off the limits known ahead; Slack's own pauses always hold.
        """
        self.counts = Counts()
        self._storage = storage
        self._outage = outage or Outage(storage.engine.url)
        self._desk = desk
        self._feature = feature
        self._settings = _Settings(
            token=token,
            base_url=base_url,
            announce_channel=announce_channel,
            digest_channel=digest_channel or announce_channel,
            limited=limited,
            in_flight=in_flight,
            lease=lease,
            poll_s=poll_s,
        )
        self._ways = {**all_ways(), **(ways or {})}
        self._ledger = Ledger(
            storage=storage, desk=desk, feature=feature, ways=self._ways, counts=self.counts, lease=lease
        )
        self._patience_s = max((lease - MARGIN).total_seconds(), 1.0)
        self._alone = Alone(storage.engine.url)
        self._thread: threading.Thread | None = None
        self._flight: _Flight | None = None
        self._stopping = threading.Event()
        self._stop_by = 0.0
        self._ledger_thread: int | None = None
        storage.call_when_owed(self.wake)

    @property
    def alive(self) -> bool:
        """Whether the worker's thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def depth(self) -> dict[str, int]:
        """How many effects are owed, being done and dead, as the database has it."""
        with self._storage.reading() as tx:
            return outbox.depth(tx)

    def start(self) -> None:
        """Begin. Raises AlreadyServing when another process serves from the same SQLite file."""
        self._alone.take()
        if self._storage.engine.dialect.name == "sqlite":
            with self._storage.transaction() as tx:  # nobody else serves, so whatever is in flight was left behind
                outbox.release_all(tx, now=datetime.now(UTC))
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Finish what is in flight within `timeout` seconds; what is not finished then is put back."""
        self._stop_by = time.monotonic() + timeout
        self._stopping.set()
        self._stir()
        if self._thread is not None:
            self._thread.join(timeout + 5)
        if not self.alive:
            self._alone.leave()

    def wake(self) -> None:
        """Look for something to do now. From any thread; returns at once and never raises."""
        if threading.get_ident() != self._ledger_thread:  # the ledger claims in the transaction that owes
            self._stir()

    def _stir(self) -> None:
        flight = self._flight
        if flight is not None:
            try:
                flight.loop.call_soon_threadsafe(flight.stir.set)
            except RuntimeError:  # the loop has just ended
                return

    def _run(self) -> None:
        try:
            asyncio.run(self._fly())
        except Exception:
            log.exception("delivery ended on a fault of its own")

    async def _fly(self) -> None:
        settings, loop = self._settings, asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(READERS, thread_name_prefix="delivery-read"))
        slack = Slack(
            token=settings.token,
            base_url=settings.base_url,
            rates=Rates(limited=settings.limited),
            connections=settings.in_flight,
        )
        around = Surroundings(
            slack=slack,
            storage=self._storage,
            desk=self._desk,
            feature=self._feature,
            announce_channel=settings.announce_channel,
            digest_channel=settings.digest_channel,
        )
        with ThreadPoolExecutor(1, thread_name_prefix="delivery-ledger") as books:
            async with slack:
                pace = Pace(limited=settings.limited)
                flight = self._flight = _Flight(loop=loop, slack=slack, around=around, pace=pace)
                try:
                    while not self._stopping.is_set():
                        await self._pass(flight, books)
                    await self._land(flight, books)
                finally:
                    self._flight = None

    async def _pass(self, flight: _Flight, books: ThreadPoolExecutor) -> None:
        """One transaction, the errands it brought, and a wait for whatever comes next."""
        flight.stir.clear()
        try:
            wait_s = await self._turn(flight, books, room=self._settings.in_flight - len(flight.tasks))
        except Exception as problem:
            if not self._outage.explains(problem):
                log.exception("the outbox cannot be read or written; trying again")
            wait_s = self._settings.poll_s
            await asyncio.sleep(wait_s)
        if not flight.finished and not self._stopping.is_set():
            try:
                async with asyncio.timeout(wait_s):
                    await flight.stir.wait()
            except TimeoutError:
                return

    async def _turn(self, flight: _Flight, books: ThreadPoolExecutor, *, room: int) -> float:
        """Settles and claims; returns how long to wait at most, in seconds."""
        finished, flight.finished = flight.finished, []
        if not finished and room <= 0:
            return self._settings.poll_s
        held_back, wait_s = self._held_back(flight)
        unhurried = flight.pace.room()
        try:
            turn = await flight.loop.run_in_executor(
                books, lambda: self._turn_of_ledger(finished, room=room, held_back=held_back, unhurried=unhurried)
            )
        except Exception:
            flight.finished = finished + flight.finished
            raise
        if unhurried:
            flight.pace.count(sum(one.unhurried for one in turn.claimed))
        self._outage.over()
        for claimed in turn.claimed:
            task = flight.loop.create_task(self._do(flight, claimed))
            flight.tasks.add(task)
        if turn.next_due is not None:
            wait_s = min(wait_s, (turn.next_due - datetime.now(UTC)).total_seconds())
        return max(wait_s, 0.005)

    def _turn_of_ledger(
        self, finished: list[Finished], *, room: int, held_back: list[str], unhurried: int | None
    ) -> Turn:
        self._ledger_thread = threading.get_ident()
        return self._ledger.turn(finished, room=room, held_back=held_back, unhurried=unhurried)

    def _held_back(self, flight: _Flight) -> tuple[list[str], float]:
        """Kinds whose limit is reached, and how long until the first of them may go."""
        wait_s, kinds = self._settings.poll_s, []
        for kind, way in self._ways.items():
            wait = flight.slack.rates.wait(way.method) if way.method else 0.0
            if wait > 0:
                kinds.append(kind.__name__)
                wait_s = min(wait_s, wait)
        return kinds, wait_s

    async def _do(self, flight: _Flight, claimed: Claimed) -> None:
        try:
            finished = await carry_out(claimed, self._ways, flight.around, patience_s=self._patience_s)
            flight.pace.heed(finished)
            flight.finished.append(finished)  # only now: the list is another one after each turn
        finally:
            task = asyncio.current_task()
            if task is not None:
                flight.tasks.discard(task)
            flight.stir.set()

    async def _land(self, flight: _Flight, books: ThreadPoolExecutor) -> None:
        """Finish what is in flight, put back what takes too long, settle both."""
        if flight.tasks:
            left = max(0.0, self._stop_by - time.monotonic())
            _, unfinished = await asyncio.wait(set(flight.tasks), timeout=left)
            for task in unfinished:
                task.cancel()
            if unfinished:
                await asyncio.wait(unfinished, timeout=2)
        if flight.finished:
            await self._turn(flight, books, room=0)
