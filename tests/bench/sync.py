"""How ten thousand models are read: `python -m tests.bench.sync`. A real MLflow, and people who type meanwhile.

Needs ML_INCIDENT_TEST_MLFLOW, an environment with MLflow in it.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.sandbox.client import SandboxSlack
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import ROOT, start_sandbox
from tests.real.mlflow_server import MlflowServer, mlflow_server

MODELS = 10_000
EVERY_S = 45
MOVED = 200
_DONE = re.compile(r"read the registries in ([\d.]+) s: (\d+) models, (\d+) aliases moved")


@dataclass
class Watched:
    """What was seen while the bot read its registries."""

    acknowledged: list[tuple[str, float]] = field(default_factory=list)
    """(command, milliseconds) of each that was typed."""
    memory: float = 0.0
    """Megabytes, at most."""


def type_commands(slack: SandboxSlack, watched: Watched, stop: threading.Event) -> None:
    """What people ask most, twice a second."""
    with SandboxSlack(slack.base_url) as mine:
        person, turn = mine.person("erik"), 0
        while not stop.wait(0.4):
            turn += 1
            asked = (
                f"who bench-{turn * 37 % MODELS:05}",
                "list",
                f"open bench-{turn * 91 % MODELS:05} scores are zero",
                f"who bnech-{turn * 53 % MODELS:05}",
                "models",
                f"open bench-{turn * 71 % MODELS:05} scores are zero",
                "models mine",
                "ready",
            )[turn % 8]
            reply = person.command(asked, channel="general")
            if reply.error:
                raise SystemExit(f"not answered: {reply.error}")
            kind = "who, misspelt" if "bnech" in asked else asked.partition(" bench")[0]
            watched.acknowledged.append((kind, reply.ms))


def watch_memory(process: int, watched: Watched, stop: threading.Event) -> None:
    """The most that the bot takes."""
    seen = psutil.Process(process)
    while not stop.wait(0.1):
        watched.memory = max(watched.memory, seen.memory_info().rss / 1e6)


def passes(log: Path) -> list[tuple[float, int, int]]:
    """(seconds, models, aliases that moved) of each reading so far."""
    found = _DONE.findall(log.read_text("utf-8"))
    return [(float(seconds), int(models), int(moved)) for seconds, models, moved in found]


def wait_for_pass(log: Path, number: int, within_s: float) -> tuple[float, int, int]:
    """How the reading of that number went, once it is over."""
    until = time.monotonic() + within_s
    while len(passes(log)) < number:
        if time.monotonic() > until:
            raise SystemExit(f"reading {number} was not over after {within_s:.0f} s:\n{log.read_text('utf-8')[-2000:]}")
        time.sleep(0.2)
    return passes(log)[number - 1]


def fill(folder: Path) -> None:
    """MLflow's own database with so many models."""
    python = Path(os.environ["ML_INCIDENT_TEST_MLFLOW"]) / "bin" / "python"
    script = ROOT / "tests" / "bench" / "mlflow_models.py"
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    command = [str(python), str(script), f"sqlite:///{folder / 'mlflow.db'}", str(MODELS)]
    subprocess.run(command, cwd=folder, env=quiet, check=True, capture_output=True)


def move(server: MlflowServer, count: int) -> None:
    """Point the champions of some models elsewhere, which leaves every timestamp as it was."""
    for number in range(1, count + 1):
        server.point(f"bench-{number:05}", "champion", "1")


def synced(say: Callable[[str], None], database: str | None = None) -> None:
    """Two readings of the same server, commands typed during both; and a third, to see that it stays so."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        fill(folder)
        with mlflow_server(folder) as server, start_sandbox(folder) as slack:
            bot = BotProcess(
                folder,
                slack,
                database or sqlite_url(folder),
                command=[sys.executable, "-m", "tests.bench.often", str(EVERY_S)],
                ML_INCIDENT_REGISTRIES="mlflow",
                MLFLOW_TRACKING_URI=server.uri,
                PYTHONPATH=str(ROOT),
            )
            bot.start()
            assert bot.process is not None
            stop, watched = threading.Event(), Watched()
            watchers = [
                threading.Thread(target=type_commands, args=(slack, watched, stop)),
                threading.Thread(target=watch_memory, args=(bot.process.pid, watched, stop)),
            ]
            for one in watchers:
                one.start()
            try:
                first = wait_for_pass(bot.log, 1, 240)
                say(f"{first[1]} models with 12 tags, the first time: {first[0]:.1f} s (promised: 120 s)")
                tell(say, "meanwhile", watched)
                watched.acknowledged.clear()
                move(server, MOVED)
                again = wait_for_pass(bot.log, 2, 240)
                say(f"the second time: {again[0]:.1f} s (promised: 30 s); {again[2]} aliases moved ({MOVED} did)")
                say(f"the third time: {wait_for_pass(bot.log, 3, 240)[0]:.1f} s")
                tell(say, "meanwhile and between", watched)
                say(f"memory: at most {watched.memory:.0f} MB (promised: 250 MB)")
            finally:
                stop.set()
                for one in watchers:
                    one.join(10)
                bot.stop()
            for line in bot.log.read_text("utf-8").splitlines():
                if "WARNING" in line or "ERROR" in line:
                    say(line)
            say(f"database is locked: {bot.log.read_text('utf-8').count('locked')} times")


def tell(say: Callable[[str], None], when: str, watched: Watched) -> None:
    """How fast commands were acknowledged, together and each kind of them."""
    say(f"{when}, acknowledgements (promised: p99 250 ms): {_times([ms for _, ms in watched.acknowledged])}")
    for kind in sorted({kind for kind, _ in watched.acknowledged}):
        say(f"  {kind}: {_times([ms for other, ms in watched.acknowledged if other == kind])}")


def _times(times: list[float]) -> str:
    if len(times) < 2:
        return "too few to tell"
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
    return f"{len(times)}, median {statistics.median(times):.0f} ms, p99 {p99:.0f} ms, slowest {max(times):.0f} ms"


if __name__ == "__main__":
    synced(print, sys.argv[1] if len(sys.argv) > 1 else None)
