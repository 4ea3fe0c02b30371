"""`ml-incident demo` as a process, with its workspace in hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot.sandbox.client import SandboxSlack
from tests.processes import ROOT

ADDRESS = re.compile(r"The workspace is at (http://[\d.]+:\d+)")


@dataclass
class Demo:
    """A demo that runs."""

    process: subprocess.Popen[bytes]
    slack: SandboxSlack
    log: Path

    @property
    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def playing(folder: Path, *options: str, **settings: str) -> Iterator[Demo]:
    """A demo in a folder of its own; `settings` are its environment."""
    log = folder / "demo.log"
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
        "CI": "yes",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.main", "demo", "--port", "0", *options],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        with SandboxSlack(_address(process, log)) as slack:
            yield Demo(process, slack, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 20
    while True:
        if found := ADDRESS.search(log.read_text("utf-8")):
            return found.group(1)
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < until, log.read_text("utf-8")
        time.sleep(0.05)
