"""A real MLflow server that is killed, or never answers: incidents open as fast as before, with the last known card."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.sandbox.client import Json, SandboxSlack
from tests.bench.opening import wait_until_quiet
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

MODELS = ("warm-up", "well", "killed", "silent", "restarted")
PEOPLE = {"owner": "ana@example.com", "owner.backup": "lee@example.com", "poc.product": "pat@example.com"}
ASKED_TWICE = 2
"""A question that was not answered in time is asked once more, and then the reading has failed."""


class Silent:
    """In the place of a server: it takes every connection and never answers."""

    def __init__(self, port: int) -> None:
        self._listening = socket.create_server(("127.0.0.1", port), reuse_port=False)
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self._listening.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self._listening.close()
        for one in self.taken:
            one.close()


@contextmanager
def silence(server: MlflowServer) -> Iterator[Silent]:
    silent = Silent(int(server.uri.rsplit(":", 1)[1]))
    try:
        yield silent
    finally:
        silent.close()


@dataclass(frozen=True)
class Opened:
    acknowledged_ms: float
    calls: Counter[str]
    """How often each method was called for the channel."""
    card: str


def open_one(slack: SandboxSlack, model: str) -> Opened:
    reply = slack.person("erik").command(f"open {model} scores are all zero", channel="general")
    assert "INC-" in reply.text, reply
    wait_until_quiet(slack)
    prefix = f"inc-{reply.text.split('INC-')[1].split()[0]}-"
    channel = next(one for one in slack.channels() if one["name"].startswith(prefix))
    ours = [call for call in slack.calls() if is_about(call, channel["id"])]
    (pinned,) = channel["pins"]
    card = next(one for one in slack.messages(channel["id"]) if one["ts"] == pinned)
    return Opened(reply.ms, Counter(call["method"] for call in ours), json.dumps(card["blocks"], ensure_ascii=False))


def is_about(call: Json, channel: str) -> bool:
    return channel in {call["args"].get("channel"), call["args"].get("channel_id")}


@contextmanager
def bot_with(folder: Path, slack: SandboxSlack, server: MlflowServer) -> Iterator[BotProcess]:
    clock = ["--sandbox-clock", slack.base_url]
    bot = BotProcess(
        folder,
        slack,
        sqlite_url(folder),
        command=[sys.executable, "-m", "bot.main", "serve", *clock, "--ready-file"],
        ML_INCIDENT_REGISTRIES="mlflow",
        MLFLOW_TRACKING_URI=server.uri,
    )
    bot.start()
    try:
        yield bot
    finally:
        bot.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MlflowServer]:
    (tmp_path / "mlflow").mkdir()
    with mlflow_server(tmp_path / "mlflow") as running:
        for model in MODELS:
            running.register(model, tier="1", **PEOPLE)
            running.point(model, "champion", running.add_version(model))
        yield running


def questions(server: MlflowServer) -> int:
    return server.log.read_text("utf-8").count("/api/2.0/mlflow/")


def test_an_incident_opens_as_before_while_the_registry_is_killed_or_silent(
    tmp_path: Path, server: MlflowServer, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, Opened] = {}
    with start_sandbox(tmp_path) as slack, bot_with(tmp_path, slack, server) as bot:
        slack.wait_for(lambda: sum(c["method"] == "users.lookupByEmail" for c in slack.calls()) >= len(PEOPLE), 30)
        wait_until_quiet(slack)
        open_one(slack, "warm-up")
        asked = questions(server)
        assert asked > 0
        found["well"] = open_one(slack, "well")
        assert questions(server) == asked, "MLflow was asked while an incident opened"

        server.kill()
        slack.advance(14 * 60)
        wait_until_quiet(slack)
        found["killed"] = open_one(slack, "killed")
        with silence(server) as silent:
            found["silent"] = open_one(slack, "silent")
            assert silent.taken == [], "the registry was asked while an incident opened"

            bot.kill()
            bot.start()  # which reads the registries first, and gets no answer
            slack.wait_for(lambda: silent.taken or None)
            found["restarted"] = open_one(slack, "restarted")
            slack.wait_for(lambda: "did not answer within 3 seconds. Check" in bot.log.read_text("utf-8") or None, 20)
            assert len(silent.taken) == ASKED_TWICE

    with capsys.disabled():
        for how, one in found.items():
            print(f"\n{how}: acknowledged in {one.acknowledged_ms:.0f} ms, {one.calls.total()} calls", end="")
    for how in ("killed", "silent", "restarted"):
        assert found[how].calls == found["well"].calls
        assert found[how].acknowledged_ms < 1000
        for known in ("<@U01ANAMOR> (mlflow tag)", "1 (mlflow alias champion)", "mlflow tag as of"):
            assert known in found[how].card
        assert "14 minutes old when this was opened" in found[how].card
    assert "14 minutes old" not in found["well"].card
