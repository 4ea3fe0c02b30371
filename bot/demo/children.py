"""The processes of the demo: each with its log, each ending with the demo however that ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.errors import Stop

START_WITHIN_S = 20.0
_OURS = ("SLACK_", "ML_INCIDENT_", "MLFLOW_", "DATABASE_")


class Child:
    """One process of ours that can be started, killed and started again. It says that it is ready by a file."""

    def __init__(self, name: str, command: Sequence[str], *, folder: Path, settings: Mapping[str, str]) -> None:
        self._command = [sys.executable, *command]
        self._folder = folder
        self._ready = folder / f"{name}.ready"
        self._log = folder / f"{name}.log"
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
        self._environment = {**inherited, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo, which ends what it started, in order. Its input is a pipe
            # that nobody writes to: when the demo is killed the pipe closes, and the child ends too.
            self._process = subprocess.Popen(  # noqa: S603 -- our own modules, by our own interpreter
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> str:
        """Wait until it is ready; what it said then. Raises Stop with its last words when it never is."""
        until = time.monotonic() + START_WITHIN_S
        while not self._ready.exists():
            if not self.running or time.monotonic() > until:
                said = self.last_words()
                raise Stop(said[-1] if said else "The demo could not start one of its processes, which said nothing.")
            time.sleep(0.02)
        return self._ready.read_text("utf-8")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        return self.running and self._ready.exists()

    def kill(self) -> None:
        """End it as a power cut would: with no chance to tidy up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """Ask it to end; what does not is killed."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def last_words(self) -> list[str]:
        """The end of its log."""
        if not self._log.exists():
            return []
        return self._log.read_text("utf-8", errors="replace").strip().splitlines()[-8:]
