"""What runs by the clock goes on running."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from bot.clock import Clock, Job


def test_a_job_that_fails_runs_again_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ran: dict[str, int] = {"bad": 0, "good": 0}
    enough = threading.Event()

    def bad() -> None:
        ran["bad"] += 1
        raise ZeroDivisionError("broken")

    def good() -> None:
        ran["good"] += 1
        if min(ran.values()) >= 2:
            enough.set()

    every = timedelta(milliseconds=30)
    clock = Clock([Job(name="bad one", every=every, run=bad), Job(name="good one", every=every, run=good)])
    clock.start()
    assert enough.wait(5)
    clock.stop(2)
    assert "bad one failed" in caplog.text


def test_a_job_never_runs_beside_itself_and_a_late_one_runs_once() -> None:
    together, most, runs = 0, 0, 0

    def slow() -> None:
        nonlocal together, most, runs
        together, runs = together + 1, runs + 1
        most = max(most, together)
        time.sleep(0.2)
        together -= 1

    clock = Clock([Job(name="slow", every=timedelta(milliseconds=20), run=slow, at_start=True)])
    clock.start()
    time.sleep(0.7)
    clock.stop(2)
    assert most == 1
    assert 2 <= runs <= 5


def test_a_job_can_run_at_the_start_and_stopping_does_not_wait_for_it_forever() -> None:
    begun, go = threading.Event(), threading.Event()

    def stuck() -> None:
        begun.set()
        go.wait(10)

    clock = Clock([Job(name="stuck", every=timedelta(hours=1), run=stuck, at_start=True)])
    clock.start()
    assert begun.wait(5)
    before = time.monotonic()
    clock.stop(0.2)
    assert time.monotonic() - before < 1
    go.set()
