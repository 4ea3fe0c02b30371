"""The two processes of the demo, which talk over HTTP and Socket Mode only, and end together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Stop
from bot.manifest import subscribed_events
from bot.sandbox.client import SandboxSlack

START_WITHIN_S = 20.0
_OURS = ("SLACK_", "ML_INCIDENT_", "MLFLOW_", "DATABASE_")


@contextmanager
def running(*, port: int, models: Path) -> Iterator[SandboxSlack]:
    """A fresh workspace with the bot in it, both ended on leaving. Raises Stop when one of them cannot start.

    Everything that it keeps is in a folder that goes with it, and no setting of yours is read.
    """
    with tempfile.TemporaryDirectory(prefix="ml-incident-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        address_file, ready_file = folder / "sandbox.address", folder / "bot.ready"
        sandbox = [sys.executable, "-m", "bot.sandbox.server", "--port", str(port), "--ready-file", str(address_file)]
        sandbox += ["--events", ",".join(subscribed_events())]
        with _process("sandbox", sandbox, folder, {}) as slack:
            address = _wait(slack, address_file, folder / "sandbox.log")
            bot = [sys.executable, "-m", "bot.demo.process", address, str(ready_file)]
            with (
                _process("bot", bot, folder, _settings(address, folder, models)) as serving,
                SandboxSlack(address) as workspace,
            ):
                _wait(serving, ready_file, folder / "bot.log")
                try:
                    yield workspace
                except Exception as broken:
                    raise Stop(f"The demo lost its thread: {broken!r}\n{_tail(folder / 'bot.log')}") from broken


def _settings(address: str, folder: Path, models: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "SLACK_API_URL": f"{address}/api/",
        "DATABASE_URL": f"sqlite:///{folder / 'demo.db'}",
        "ML_INCIDENT_PORT": "0",
        "ML_INCIDENT_DIGEST_CHANNEL": "ml-ownership",
        "ML_INCIDENT_REGISTRY_FILE": str(models),
    }


@contextmanager
def _process(
    name: str, command: list[str], folder: Path, settings: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    with (folder / f"{name}.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches the demo, and the demo ends what it started, in order.
        process = subprocess.Popen(  # noqa: S603 -- our own modules, by our own interpreter
            command,
            cwd=folder,
            env={**inherited, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return "\n".join(["The bot's log ends with:", *lines[-8:]])


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path) -> str:
    until = time.monotonic() + START_WITHIN_S
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > until:
            said = log.read_text("utf-8", errors="replace").strip().splitlines()
            raise Stop(said[-1] if said else "The demo could not start one of its processes, which said nothing.")
        time.sleep(0.02)
    return ready.read_text("utf-8")
