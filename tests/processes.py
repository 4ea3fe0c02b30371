"""Starting the processes that tests talk to, and ending exactly those."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.sandbox.client import SandboxSlack

ROOT = Path(__file__).parent.parent
START_WITHIN_S = 20.0


def wait_for_file(path: Path, process: subprocess.Popen[bytes], *, log: Path) -> str:
    """The text of a file that a starting process writes; AssertionError with its log when it never does."""
    until = time.monotonic() + START_WITHIN_S
    while not path.exists():
        assert process.poll() is None, f"it ended with {process.returncode}: {log.read_text('utf-8')}"
        assert time.monotonic() < until, f"not ready after {START_WITHIN_S} s: {log.read_text('utf-8')}"
        time.sleep(0.02)
    return path.read_text("utf-8")


def end(process: subprocess.Popen[bytes], *, within_s: float = 5.0) -> int:
    """Ask a process to stop, kill it when it does not, and return its exit code."""
    process.terminate()
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(within_s)


@contextmanager
def start_sandbox(tmp_path: Path, **options: str) -> Iterator[SandboxSlack]:
    """A sandbox of its own on a free port; `options` are those of its command line, `events_url` and the like."""
    ready, log = tmp_path / "sandbox.ready", tmp_path / "sandbox.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bot.sandbox.server", "--port", "0", "--ready-file", str(ready)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", value]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            with SandboxSlack(wait_for_file(ready, process, log=log)) as slack:
                yield slack
        finally:
            end(process)
