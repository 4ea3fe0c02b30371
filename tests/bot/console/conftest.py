"""The command as somebody types it, in a folder of its own, with what they type as its input."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import main


@dataclass
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Interrupted(io.StringIO):
    """A terminal at which somebody presses Ctrl-C once the lines are used up."""

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # typeshed mixes text and bytes
        line = super().readline(size)
        if not line:
            raise KeyboardInterrupt
        return line


Command = Callable[..., Ended]


@pytest.fixture
def ml_incident(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs `ml-incident WORDS…` in a folder with nothing in it, no settings, and no way to any network."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("ML_INCIDENT_", "SLACK_", "DATABASE_", "MLFLOW_")):
            monkeypatch.delenv(name)

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("this command must not use the network")

    monkeypatch.setattr("socket.socket.connect", unreachable)

    def command(*words: str, typed: str = "", stdin: io.StringIO | None = None) -> Ended:
        monkeypatch.setattr(sys, "argv", ["ml-incident", *words])
        monkeypatch.setattr(sys, "stdin", stdin if stdin is not None else io.StringIO(typed))
        code: object = 0
        try:
            main.run()
        except SystemExit as ended:
            code = ended.code or 0
        printed = capsys.readouterr()
        return Ended(int(str(code)), printed.out, printed.err)

    return command
