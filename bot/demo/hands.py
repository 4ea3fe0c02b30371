"""The stagehand: tells the page how the bot is and what it owes, and does what the page wishes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.demo.pace import Pace
from bot.demo.stage import Stage
from bot.errors import Stop
from bot.sandbox.client import Json, SandboxSlack
from storage import outbox
from storage.database import open_engine, parse_url
from storage.transaction import Storage


class Stagehand:
    """A thread beside the story. Killing and starting the bot is done here, so that it never waits for the story."""

    def __init__(self, stage: Stage, pace: Pace) -> None:
        self._stage = stage
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
            except httpx.HTTPError:
                self._stopped.wait(0.3)  # the sandbox is being ended
                continue
            for wish in wishes:
                self._can[wish]()

    def _start_bot(self) -> None:
        if not self._stage.bot.running:
            self._stage.bot.start()

    def _report(self) -> Json:
        bot = self._stage.bot
        state = "running" if bot.ready else "starting" if bot.running else "stopped"
        report: Json = {"bot": state, "registry": "down" if self._stage.catalogue_broken else "up"}
        report["breakable"] = self._stage.models is not None
        try:
            with self._storage.reading() as tx:
                depth = outbox.depth(tx)
        except (SQLAlchemyError, Stop):
            return report | {"owed": 0, "gave_up": 0}  # the database is being made
        return report | {"owed": depth["owed"] + depth["doing"], "gave_up": depth["dead"]}
