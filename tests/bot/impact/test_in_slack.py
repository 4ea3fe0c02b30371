"""The blast radius through Slack: the real bot as a process, and people who ask, are told, and come by the button."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSlack]:
    """The sandbox with the bot at work in it, and the example catalogue."""
    folder: Path = tmp_path_factory.mktemp("impact")
    with start_sandbox(folder) as workspace:
        bot = BotProcess(folder, workspace, sqlite_url(folder))
        bot.start()
        try:
            bot.wait_until_people_are_known()
            yield workspace
        finally:
            bot.stop()
            faults = [line for line in bot.log.read_text("utf-8").splitlines() if "Traceback" in line]
            assert faults == []


def told(slack: SandboxSlack, person: str) -> list[dict[str, Any]]:
    """The direct messages of the bot that offer to join."""
    return [one for one in slack.person(person).dms() if "It may reach what you own" in one["text"]]


def test_asked_before_anything_is_open_then_opened_on_the_table_told_and_joined(slack: SandboxSlack) -> None:
    maya, diego, erik = slack.person("maya"), slack.person("diego"), slack.person("erik")
    before = maya.command("impact dw.items")
    assert "Home page recommendations (Diego Santos)" in before.text
    assert "Search ranking (Maya Lindqvist)" in before.text

    opened = erik.command("open table:dw.items rows doubled since noon")
    assert "is open: SEV" in opened.text
    channel = slack.wait_for(lambda: [one for one in slack.channels() if "dw-items" in one["name"]], timeout=15)[0][
        "id"
    ]
    [message] = slack.wait_for(lambda: told(slack, "diego"), timeout=15)
    assert "*Home page recommendations* reads table:dw.items" in message["text"]
    assert slack.wait_for(lambda: told(slack, "maya"), timeout=15)
    assert told(slack, "ana") == []
    assert diego.id not in slack.channel(channel)["members"]

    def card() -> str:
        return str([one.get("blocks") for one in slack.messages(channel)])

    slack.wait_for(lambda: "*Affected downstream* Home page recommendations (Diego Santos)" in card(), timeout=15)
    assert "*Their owners were told* Diego Santos, Maya Lindqvist" in card()

    diego.click(diego.dm_channel(), message["ts"], "joining.join")
    slack.wait_for(lambda: diego.id in slack.channel(channel)["members"], timeout=15)

    again = maya.command("open search-ranker nothing is found")
    assert "It may be the same: Search ranking reads table:dw.items, which has an open incident" in again.text
    maya.click(maya.ephemerals()[-1]["channel"], maya.ephemerals()[-1]["ts"], "impact.together")
    slack.wait_for(lambda: maya.id in slack.channel(channel)["members"], timeout=15)
    slack.wait_for(lambda: "*Hurt, too* Search ranking: nothing is found (Maya Lindqvist)" in card(), timeout=15)

    shown = erik.command("impact", channel=channel)
    assert "*table:dw.items* · table" in shown.text
    erik.click(channel, erik.ephemerals()[-1]["ts"], "impact.picture")
    pictures = slack.wait_for(lambda: [one for one in slack.messages(channel) if one.get("files")], timeout=30)
    assert pictures[0]["files"][0]["alt_txt"].startswith("Who is affected: table:dw.items. Downstream are 2 models")
