"""Everything that runs by the clock. A job takes what is due, so a tick that is late or missed loses nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.outages import Outage

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done again and again."""

    name: str
    every: timedelta
    run: Callable[[], Any]
    at_start: bool = False
    """Whether it also runs as soon as the clock starts."""


class Clock:
    """The jobs, ticking in threads of their own. What there is to do is in the database, never in here."""

    def __init__(self, jobs: list[Job], *, outage: Outage | None = None) -> None:
        """`outage` says it when the database is why a job failed, once for all of them."""
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(len(jobs), 1))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in jobs:
            first = {"next_run_time": datetime.now(UTC)} if job.at_start else {}
            self._scheduler.add_job(
                _guarded(job, outage),
                "interval",
                seconds=job.every.total_seconds(),
                id=job.name,
                name=job.name,
                **first,
            )

    def start(self) -> None:
        """Tick from now on."""
        self._scheduler.start()

    def stop(self, timeout: float) -> None:
        """Start no more jobs, and wait a little for those that run."""
        self._scheduler.pause()
        waiting = threading.Thread(target=self._scheduler.shutdown, name="clock-stop", daemon=True)
        waiting.start()
        waiting.join(timeout)


def _guarded(job: Job, outage: Outage | None) -> Callable[[], None]:
    def run() -> None:
        try:
            job.run()
        except Exception as problem:
            if outage is not None and outage.explains(problem):
                return
            log.exception("%s failed; it runs again within %s", job.name, job.every)

    return run
