"""Serving: everything the bot is made of, wired top to bottom in one readable place."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType
from typing import Protocol

from bot.account import Account
from bot.addresses import reach_directly
from bot.app import build_app, dispatcher
from bot.clock import Clock, Job
from bot.collecting import collecting_when_asked
from bot.database import engine_for, require_schema, said_plainly
from bot.delivery import AlreadyServing, Delivery, calling, writing
from bot.delivery import on_call as asking_on_call
from bot.delivery.alone import Alone
from bot.delivery.worker import LEASE, MARGIN
from bot.effects import CallConnection
from bot.effects.reaching import AskOnCall
from bot.effects.writing import WriteOwner
from bot.errors import WrongUsage
from bot.forms import Forms
from bot.handlers.lent import Lent
from bot.incidents import digest
from bot.incidents.desk import Desk
from bot.incidents.features import feature
from bot.incidents.reminding import remind_due
from bot.metrics import Metrics
from bot.oncall import open_schedules
from bot.oncall.keeping import Keeping
from bot.outages import Outage
from bot.practice import read_connections, read_people_and_rotas, read_practice, read_template
from bot.readiness import Readiness
from bot.registries import open_registries
from bot.registries.owner_tags import open_owner_tags
from bot.settings import Settings
from bot.socket_mode import SocketMode
from bot.sync import bring_up_to_date
from bot.web import WebServer, build_web
from storage import upkeep
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)

STOP_WITHIN_S = 4.0
"""For all parts together: what is not finished then is given back, or ends with the process."""
KEEP_EFFECTS_FOR = timedelta(days=30)


def real_now() -> datetime:
    """The time it is, in UTC."""
    return datetime.now(UTC)


def serve_bot(
    settings: Settings,
    *,
    now: Callable[[], datetime] = real_now,
    tick_seconds: float = 15,
    sync_seconds: float = 300,
    limited: bool = True,
    stop: threading.Event | None = None,
    ready: Callable[[str], object] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`.

    `now` is the business clock: what people see and are reminded by. Leases, backoff and signatures stay on real time.
    `limited=False` forgets Slack's rate limits, for a sandbox that has none. `ready` is called with the web address
    once requests are taken. Raises Stop when it cannot start.
    """
    reach_directly(settings.slack_api_url)
    # Requests, the worker and the sockets take short turns in many threads; at Python's 5 ms, one that computes
    # keeps each of the others waiting for that long.
    sys.setswitchinterval(0.0005)
    policy, library = read_practice(settings)
    connections = read_connections(settings)
    review_template = read_template(settings)
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
    app_token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None

    practice = partial(Desk, policy=policy, library=library, review_template=review_template, sources=settings.sources)

    def desk_for(tx: Transaction, by: str) -> Desk:
        return practice(tx=tx, now=now(), by=by, owner_tags=settings.owner_tags)

    with ExitStack() as closing, stopping_on_signals(stop) as stopped:
        storage = closing.enter_context(serving_storage(settings))
        with storage.transaction() as tx:
            digest.schedule(desk_for(tx, ""))

        schedules = open_schedules(settings)
        keeping = Keeping(storage, schedules, people_file=settings.people, rotas_file=settings.rotas)
        read_people_and_rotas(keeping)

        account = Account(token=token, api_url=settings.slack_api_url)
        forms = Forms(api_url=settings.slack_api_url, token=token)
        closing.callback(forms.close)

        outage = Outage(storage.engine.url)
        delivery = Delivery(
            storage,
            token=token,
            base_url=settings.slack_api_url,
            feature=feature(),
            desk=lambda tx: desk_for(tx, ""),
            announce_channel=settings.announce_channel,
            digest_channel=settings.digest_place,
            ways={
                CallConnection: calling.way(connections),
                AskOnCall: asking_on_call.way(schedules),
                WriteOwner: writing.way(open_owner_tags(settings)),
            },
            lease=max(LEASE, timedelta(seconds=connections.patience_s) + 2 * MARGIN),
            limited=limited,
            outage=outage,
        )

        lent = Lent(storage=storage, feature=feature(), desk_for=desk_for, forms=forms)
        app = build_app(lent, account, signing_secret=secret)
        metrics = Metrics(storage, counts=delivery.counts, slack_up=lambda: account.problem is None, outage=outage)
        dispatch = dispatcher(app, metrics, lent.feature)

        socket_mode = (
            SocketMode(app, dispatch, app_token=app_token, api_url=settings.slack_api_url) if app_token else None
        )
        readiness = Readiness(storage, slack=lambda: account.problem or _not_connected(socket_mode))
        web = WebServer(
            build_web(dispatch=dispatch if secret else None, readiness=readiness, metrics=metrics),
            host=settings.host,
            port=settings.port,
        )
        registries = open_registries(settings)

        def read_registries() -> None:
            bring_up_to_date(storage, registries, now())
            keeping.ask_new(now())  # a new card would wait for the next round

        clock = Clock(
            [
                Job(
                    name="reminding",
                    every=timedelta(seconds=tick_seconds),
                    run=lambda: remind_due(storage, lambda tx: desk_for(tx, ""), now=now()),
                ),
                Job(
                    name="reading the registries",
                    every=timedelta(seconds=sync_seconds),
                    run=read_registries,
                    at_start=True,
                ),
                Job(
                    name="asking who is on call",
                    every=timedelta(seconds=sync_seconds),
                    run=lambda: keeping.refresh(now()),
                    at_start=True,
                ),
                Job(name="asking Slack who we are", every=timedelta(minutes=1), run=account.greet, at_start=True),
                Job(
                    name="forgetting what is settled",
                    every=timedelta(hours=1),
                    run=lambda: upkeep.forget(
                        storage,
                        now=real_now(),
                        answers_after=policy.remember_repeats_for,
                        effects_after=KEEP_EFFECTS_FOR,
                    ),
                ),
            ],
            outage=outage,
        )

        closing.enter_context(collecting_when_asked())
        with running(delivery, clock, web, *([socket_mode] if socket_mode else [])):
            log.info("serving on %s%s", web.address, ", Slack over Socket Mode" if socket_mode else "")
            if ready is not None:
                ready(web.address)
            stopped.wait()
            log.info("stopping")


class Part(Protocol):
    """Something that runs beside the others."""

    def start(self) -> None:
        """Begin."""

    def stop(self, timeout: float) -> None:
        """End within so many seconds."""


@contextmanager
def running(*parts: Part) -> Iterator[None]:
    """Start in this order and stop in the opposite: nothing new comes in before what was claimed is done."""
    started: list[Part] = []
    try:
        for part in parts:
            part.start()
            started.append(part)
        yield
    except AlreadyServing as other:
        raise WrongUsage(str(other)) from None
    finally:
        until = time.monotonic() + STOP_WITHIN_S
        for part in reversed(started):
            part.stop(max(until - time.monotonic(), 0.3))


@contextmanager
def serving_storage(settings: Settings) -> Iterator[Storage]:
    """The database to serve from; on SQLite its schema is brought up to date, unless another process serves from it.

    Raises Stop.
    """
    engine = engine_for(settings)
    try:
        with said_plainly(engine):
            if engine.dialect.name == "sqlite":
                alone = Alone(engine.url)
                alone.take()
                upkeep.upgrade(engine)
                alone.leave()  # delivery takes it, for as long as it runs
            else:
                require_schema(engine)
        yield Storage(engine)
    except AlreadyServing as other:
        raise WrongUsage(str(other)) from None
    finally:
        engine.dispose()


def _not_connected(socket_mode: SocketMode | None) -> str | None:
    return "Socket Mode is not connected." if socket_mode is not None and not socket_mode.connected else None


@contextmanager
def stopping_on_signals(stop: threading.Event | None) -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set, where this thread may hear signals."""
    event = stop or threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def hear(_signal: int, _frame: FrameType | None) -> None:
        event.set()

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
