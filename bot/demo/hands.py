"""The stagehand: tells the page how the bot is and what it owes, and does what the page wishes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.demo.pace import Pace
from bot.demo.stage import Stage
from bot.errors import Stop
from bot.sandbox.client import Json, SandboxError, SandboxSlack
from storage import outbox
from storage.database import open_engine, parse_url
from storage.transaction import Storage

CONNECTS_WITHIN_S = 5.0
"""What has no connection to Slack by then runs all the same: Slack may be down."""


class Stagehand:
    """A thread beside the story. Killing and starting the bot is done here, so that it never waits for the story."""

    def __init__(self, stage: Stage, pace: Pace) -> None:
        self._stage = stage
        self._started = time.monotonic()
        self._reached = False
        self._slack = SandboxSlack(stage.slack.base_url)
        self._engine = open_engine(parse_url(stage.database))
        self._storage = Storage(self._engine)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="stagehand", daemon=True)
        self._can: dict[str, Callable[[], object]] = {
            "kill_bot": stage.bot.kill,
            "start_bot": self._start_bot,
            "registry_down": stage.break_catalogue,
            "registry_up": stage.mend_catalogue,
            "pause": pace.pause,
            "play": pace.play,
            "next": pace.next,
            "skip": pace.skip,
        }

    def __enter__(self) -> Stagehand:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(3)
        self._storage.close()
        self._engine.dispose()
        self._slack.close()

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                wishes = self._slack.backstage(self._report())
            except (httpx.HTTPError, SandboxError):
                self._stopped.wait(0.3)  # the sandbox is being ended
                continue
            for wish in wishes:
                self._can[wish]()

    def _start_bot(self) -> None:
        if not self._stage.bot.running:
            self._started, self._reached = time.monotonic(), False
            self._stage.bot.start()

    def _state(self) -> str:
        """Whether the bot runs. It connects a moment after it is up; before that, nobody's command would reach it."""
        bot = self._stage.bot
        if not bot.running:
            return "stopped"
        if bot.ready and not self._reached:
            late = time.monotonic() - self._started > CONNECTS_WITHIN_S
            self._reached = late or self._slack.state()["sockets"] > 0
        return "running" if self._reached else "starting"

    def _report(self) -> Json:
        report: Json = {"bot": self._state(), "registry": "down" if self._stage.catalogue_broken else "up"}
        report["breakable"] = self._stage.models is not None
        try:
            with self._storage.reading() as tx:
                depth = outbox.depth(tx)
        except (SQLAlchemyError, Stop):
            return report | {"owed": 0, "gave_up": 0}  # the database is being made
        return report | {"owed": depth["owed"] + depth["doing"], "gave_up": depth["dead"]}
