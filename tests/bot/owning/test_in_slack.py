"""Through Slack: an owner leaves, the digest shows the orphan, the lead hands it over, the next incident knows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from bot.sandbox.person import Person
from tests.bot_process import BotProcess
from tests.processes import start_sandbox

Json = dict[str, Any]


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    with start_sandbox(tmp_path) as started:
        yield started


@pytest.fixture
def bot(tmp_path: Path, slack: SandboxSlack) -> Iterator[BotProcess]:
    """On the sandbox's clock, as in the demo: time can be moved."""
    command = [sys.executable, "-m", "bot.demo.process", slack.base_url]
    made = BotProcess(tmp_path, slack, f"sqlite:///{tmp_path / 'bot.db'}", command=command)
    made.start()
    made.wait_until_people_are_known()
    yield made
    made.stop()
    log = made.log.read_text("utf-8").rpartition("stopping")[0]
    assert "Traceback" not in log, log
    assert " ERROR " not in log, log


def press(who: Person, message: Json, label: str) -> None:
    parts = [part for block in message["blocks"] for part in block.get("elements", [])]
    button = next(part for part in parts if part.get("type") == "button" and part["text"]["text"] == label)
    assert who.click(message["channel"], message["ts"], button["action_id"], value=button["value"]).ok


def told(who: Person, words: str) -> Json | None:
    return next((one for one in reversed(who.dms()) if words in str(one)), None)


@pytest.mark.timeout(120)
def test_an_owner_leaves_and_the_next_incident_invites_whoever_was_made_owner(
    slack: SandboxSlack, bot: BotProcess
) -> None:
    ana, kim, lee, erik = (slack.person(name) for name in ("ana", "kim", "lee", "erik"))
    ana.leave_company()
    asked = slack.wait_for(lambda: told(kim, "has left"), timeout=30)
    now = datetime.fromtimestamp(slack.clock()["now"], UTC)
    monday = (now + timedelta(days=7 - now.weekday())).replace(hour=9, minute=1, second=0)
    slack.advance((monday - now).total_seconds())
    assert "fraud-scorer" in str(asked)
    digests = slack.wait_for(
        lambda: [one for one in slack.messages("ml-ownership") if "Who owns what" in one["text"]] or None, timeout=30
    )
    assert "Ana Moreau has a Slack account that is deactivated" in str(digests[-1]["blocks"])
    press(kim, {**asked, "channel": kim.dm_channel()}, "Hand over to…")
    slack.wait_for(kim.view, timeout=10)
    assert not kim.fill_and_submit({"owning.to": lee.id, "owning.why": "You know it best"}).body
    slack.wait_for(lambda: told(lee, "made you the owner"), timeout=10)
    assert erik.command("open fraud-scorer scores are all zero").ok
    channel = slack.wait_for(
        lambda: next((one for one in slack.channels() if one["name"].startswith("inc-1-")), None), timeout=15
    )
    slack.wait_for(lambda: lee.id in slack.channel(channel["name"])["members"] or None, timeout=15)
    card = slack.wait_for(
        lambda: next((one for one in slack.messages(channel["name"]) if "handed over in Slack" in str(one)), None),
        timeout=15,
    )
    assert "Kim Tanaka" in str(card)
