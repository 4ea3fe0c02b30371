"""Buttons, menus and type-ahead, as people use them in messages and forms."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.sandbox.client import Reply, SandboxSlack
from tests.bot.serving.tiny import TinyBot, written


def click(slack: SandboxSlack, action_id: str, *, deliveries: int = 1) -> Reply:
    """Ana asks for the buttons and presses one."""
    ana = slack.person("ana")
    ana.command("")
    return ana.click(None, ana.ephemerals()[-1]["ts"], action_id, deliveries=deliveries)


def read_by_ana(slack: SandboxSlack, words: str) -> list[str]:
    """What she was shown that holds these words, once there is something."""
    ana = slack.person("ana")
    return slack.wait_for(lambda: [said["text"] for said in ana.ephemerals() if words in said["text"]])


def test_a_click_is_answered_to_the_person_who_clicked(slack: SandboxSlack, bot: TinyBot) -> None:
    assert click(slack, "tiny.count").ok
    assert read_by_ana(slack, "counted") == ["counted"]
    (heard,) = bot.heard.clicks
    assert (heard.action_id, heard.value, heard.channel, heard.in_modal) == ("tiny.count", "12", "C01GENERAL", False)
    assert heard.message_ts == slack.person("ana").ephemerals()[0]["ts"]


def test_a_click_delivered_three_times_counts_once(slack: SandboxSlack, bot: TinyBot) -> None:
    assert click(slack, "tiny.count", deliveries=3).ok
    assert read_by_ana(slack, "counted") == ["counted"]
    assert written(bot.storage) == 1


def test_a_refused_click_changes_nothing_and_says_why(slack: SandboxSlack, http_bot: TinyBot) -> None:
    assert click(slack, "tiny.refuse", deliveries=2).ok
    assert read_by_ana(slack, "Not now.") == ["Not now."]
    assert written(http_bot.storage) == 0


def test_a_click_that_fails_on_our_fault_says_that_nothing_happened(slack: SandboxSlack, http_bot: TinyBot) -> None:
    http_bot.heard.fail = 1
    assert click(slack, "tiny.count").ok
    (said,) = read_by_ana(slack, "Nothing happened")
    assert "reference" in said
    assert written(http_bot.storage) == 0


def test_a_click_that_cannot_even_be_apologised_for_is_not_acknowledged(
    slack: SandboxSlack, http_bot: TinyBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = slack.person("ana")
    ana.command("")
    engine = http_bot.storage.engine
    with monkeypatch.context() as broken:
        broken.setattr(engine.pool, "connect", _gone)  # the database went away
        reply = ana.click(None, ana.ephemerals()[-1]["ts"], "tiny.count")
    assert not reply.ok


def _gone() -> None:
    raise OSError("the database is gone")


def test_the_longest_matching_name_hears_a_click(slack: SandboxSlack, http_bot: TinyBot) -> None:
    assert click(slack, "tiny.prefix.7").ok
    assert [heard.action_id for heard in http_bot.heard.clicks] == ["tiny.prefix.7"]


def test_a_click_opens_a_form_once(slack: SandboxSlack, bot: TinyBot) -> None:
    assert click(slack, "tiny.form", deliveries=2).ok
    view = slack.person("ana").view()
    assert view is not None
    assert view["callback_id"] == "tiny.form"
    assert len([call for call in slack.calls() if call["method"] == "views.open"]) == 1


def test_a_form_that_does_not_open_is_told_over_the_message(slack: SandboxSlack, http_bot: TinyBot) -> None:
    slack.fault("views.open", "server_error")
    assert click(slack, "tiny.form").ok
    assert read_by_ana(slack, "open the form")


def test_a_click_in_a_form_pushes_another_or_puts_one_in_its_place(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    assert ana.click_in_view("tiny.other").ok
    assert (ana.view() or {})["callback_id"] == "tiny.instead"
    assert ana.click_in_view("tiny.more").ok
    assert (ana.view() or {})["callback_id"] == "tiny.second"
    assert [call["method"] for call in slack.calls() if call["method"].startswith("views.")] == [
        "views.open",
        "views.update",
        "views.push",
    ]
    assert [heard.in_modal for heard in http_bot.heard.clicks] == [True]


def test_two_people_who_click_at_once_are_both_answered(slack: SandboxSlack, http_bot: TinyBot) -> None:
    http_bot.heard.gate = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(click, slack, "tiny.count") for _ in range(2)]
        http_bot.heard.gate.set()
        assert all(one.result().ok for one in clicks)
    assert written(http_bot.storage) == 2


def test_type_ahead_offers_at_most_a_hundred_options(slack: SandboxSlack, bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    offered = ana.suggest("model", "fraud")
    assert len(offered) == 100
    assert offered[0]["value"] == "fraud"


def test_type_ahead_that_fails_is_an_empty_menu(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    http_bot.heard.fail = 1
    assert ana.suggest("model", "fraud") == []
    assert len(ana.suggest("model", "fraud")) == 100
