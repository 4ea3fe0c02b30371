"""An owner who was confirmed in Slack is written to MLflow's tags once, at whatever instant the bot is killed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from bot.sandbox.person import Person
from tests.bot.owning.tagged import Mlflow, mlflow
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

MODEL = "fraud-scorer"
Json = dict[str, Any]


@pytest.fixture
def server() -> Iterator[Mlflow]:
    with mlflow(fraud_scorer={"owner": "ana@example.com", "reviewed_at": "2025-01-31"}) as running:
        yield running


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    with start_sandbox(tmp_path) as started:
        yield started


@pytest.fixture
def bot(tmp_path: Path, slack: SandboxSlack, server: Mlflow) -> Iterator[BotProcess]:
    made = BotProcess(
        tmp_path,
        slack,
        sqlite_url(tmp_path),
        ML_INCIDENT_REGISTRIES="mlflow",
        MLFLOW_TRACKING_URI=server.service.url,
        ML_INCIDENT_MLFLOW_WRITE_OWNERS="true",
    )
    made.start()
    yield made
    made.stop()


def press(slack: SandboxSlack, who: Person, label: str) -> None:
    """A button below what `who` answers them."""
    ts, button = slack.wait_for(lambda: find(who, label), timeout=20)
    assert who.click(None, ts, button["action_id"], value=button["value"]).ok


def find(who: Person, label: str) -> tuple[str, Json] | None:
    assert who.command(f"who {MODEL}").ok
    for message in reversed(who.ephemerals()):
        for block in message.get("blocks") or []:
            for part in block.get("elements", []):
                if part.get("type") == "button" and part["text"]["text"] == label:
                    return message["ts"], part
    return None


@pytest.mark.timeout(120)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_bot_is_killed_while_mlflow_sets_the_tag(
    when: str, bot: BotProcess, slack: SandboxSlack, server: Mlflow
) -> None:
    ana, lee = slack.person("ana"), slack.person("lee")
    press(slack, ana, "Hand over to…")
    slack.wait_for(ana.view, timeout=10)
    assert "MLflow's tags" in str(ana.view())
    server.hold = when
    assert not ana.fill_and_submit({"owning.to": lee.id}).body
    assert server.held.wait(20)
    bot.kill()
    server.go_on.set()
    bot.start()
    today = datetime.now(UTC).date().isoformat()
    slack.wait_for(lambda: len(server.set) >= 2 or None, timeout=60)
    press(slack, lee, "Still mine")
    slack.wait_for(lambda: "is still yours" in str(lee.ephemerals()) or None, timeout=10)
    assert server.set == [(MODEL, "owner", "lee@example.com"), (MODEL, "reviewed_at", today)]
