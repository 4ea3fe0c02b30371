"""The bot as an operator runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.client import SandboxSlack
from tests.processes import ROOT, end, wait_for_file

COMMAND = [sys.executable, "-m", "bot.main"]


def environment(slack: SandboxSlack | None = None, **settings: str) -> dict[str, str]:
    """Variables for a bot that talks to this sandbox over Socket Mode, unless the settings say otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK", "ML_INC", "MLFLOW"))}
    kept.pop("DATABASE_URL", None)
    # `python -m` finds the packages wherever the bot's working directory is.
    kept["PYTHONPATH"] = str(ROOT)
    talking = {}
    if slack is not None:
        talking = {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": slack.api_url,
            "ML_INCIDENT_REGISTRY_FILE": str(ROOT / "deploy/examples/models.yaml"),
            "ML_INCIDENT_ROTAS": str(ROOT / "deploy/examples/rotas.yaml"),
        }
    return {**kept, "ML_INCIDENT_PORT": "0", **talking, **settings}


def run(*words: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """One command to its end."""
    return subprocess.run([*COMMAND, *words], cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)


@dataclass
class Serving:
    """A bot that serves."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path


@contextmanager
def serving(folder: Path, env: dict[str, str]) -> Iterator[Serving]:
    """`ml-incident serve` from when it takes requests until the block is left."""
    ready, log = folder / "bot.ready", folder / "bot.log"
    ready.unlink(missing_ok=True)
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--ready-file", str(ready)], cwd=folder, env=env, stdout=out, stderr=out
        )
        try:
            yield Serving(process, wait_for_file(ready, process, log=log), log)
        finally:
            end(process, within_s=10)
