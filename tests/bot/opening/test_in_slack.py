"""Opening through Slack: the real bot as a process, and people who type and click in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

SECRET = "personal-data-in-prompts"


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxSlack]:
    """The sandbox with the bot at work in it, shared by the tests of this module: each opens models of its own."""
    folder: Path = tmp_path_factory.mktemp("opening")
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


def _channel(slack: SandboxSlack, part: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        names = [one["name"] for one in slack.channels() if part in one["name"]]
        return slack.channel(names[0]) if names else None

    there = slack.wait_for(found, timeout=15)
    slack.wait_for(lambda: slack.channel(there["id"])["pins"], timeout=15)
    return slack.channel(there["id"])


def _texts(slack: SandboxSlack, channel: str) -> str:
    return "\n".join(f"{message['text']} {message.get('blocks')}" for message in slack.messages(channel))


def test_a_command_makes_a_channel_with_a_pinned_card_its_people_and_an_announcement(slack: SandboxSlack) -> None:
    reply = slack.person("erik").command("open fraud-scorer scores are all zero")
    assert reply.ok
    assert "is open: SEV1" in reply.text
    channel = _channel(slack, "fraud-scorer")
    assert channel["name"].endswith("fraud-scorer-scores-are-all-zero")
    assert {"U15ERIJOH", "U01ANAMOR", "U02LEEOKA"} <= set(channel["members"])
    slack.wait_for(lambda: "commander: nobody yet" in str(slack.channel(channel["id"])["topic"]), timeout=10)
    assert "The first fifteen minutes" in _texts(slack, channel["id"])
    slack.wait_for(lambda: "scores are all zero" in _texts(slack, "ml-incidents"), timeout=10)
    again = slack.person("ana").command("open fraud-scorer everything is declined")
    assert "has an open incident already" in again.text
    join = slack.messages("ml-incidents")[-1]
    slack.person("lucia").click("ml-incidents", join["ts"], "joining.join")
    slack.wait_for(lambda: "U16LUCFER" in slack.channel(channel["id"])["members"], timeout=10)


def test_the_same_command_three_times_is_one_incident(slack: SandboxSlack) -> None:
    reply = slack.person("maya").command("open search-ranker results are empty", deliveries=3)
    assert reply.ok
    _channel(slack, "search-ranker")
    assert len([one for one in slack.channels() if "search-ranker" in one["name"]]) == 1
    assert _texts(slack, "ml-incidents").count("results are empty*") == 1


def test_two_people_at_the_same_second_get_two_numbers(slack: SandboxSlack) -> None:
    said = [("wei", "open image-moderator nothing passes"), ("hana", "open demand-forecaster forecasts are flat")]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda pair: slack.person(pair[0]).command(pair[1]), said))
    assert all(reply.ok for reply in replies)
    numbers = {reply.text.split()[0] for reply in replies}
    assert len(numbers) == 2
    for part in ("image-moderator", "demand-forecaster"):
        _channel(slack, part)


def test_the_form_opens_a_private_incident_that_others_find_nowhere(slack: SandboxSlack) -> None:
    ruth, wei = slack.person("ruth"), slack.person("wei")
    assert ruth.command("open").ok
    assert ruth.suggest("opening.model", "support")
    reply = ruth.fill_and_submit(
        {"opening.model": "support-assistant", "opening.what": SECRET, "opening.private": ["private"]}
    )
    assert reply.ok
    channel = _channel(slack, "support-assistant")
    assert channel["is_private"]
    assert "U20WEIZHA" not in channel["members"]
    assert SECRET in ruth.command("list all").text
    for words in ("list all", f"search {SECRET}", "search support", ""):
        assert SECRET not in wei.command(words).text.replace(f"holds “{SECRET}”", "")
    assert SECRET not in _texts(slack, "ml-incidents")
    assert SECRET not in _texts(slack, "ml-ownership")


def test_an_unknown_model_is_asked_about_and_can_be_opened(slack: SandboxSlack) -> None:
    wei = slack.person("wei")
    assert wei.command("open image-moderater blocks everything").ok
    view = wei.view()
    assert view is not None
    assert "image-moderator" in str(view["blocks"])
    wei.fill_and_submit({"opening.model": "as-typed"})
    channel = _channel(slack, "image-moderater")
    assert "The catalogue did not know this model" in _texts(slack, channel["id"])


def test_the_wrong_channel_offers_what_is_open_and_help_helps(slack: SandboxSlack) -> None:
    tom = slack.person("tom")
    assert "belongs to no incident" in tom.command("severity sev1 because").text
    assert "/ml-incident open" in tom.command("help").text
    assert "Did you mean" in tom.command("hlep").text
