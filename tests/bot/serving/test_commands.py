"""What a person reads who types a command, and what is done however often Slack delivers it."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from bot.sandbox.client import SandboxSlack
from tests.bot.serving.tiny import TinyBot, written


def test_a_command_is_answered_to_the_person_alone_after_it_is_done(slack: SandboxSlack, bot: TinyBot) -> None:
    reply = slack.person("ana").command("note scores are zero")
    assert (reply.ok, reply.text) == (True, "noted: scores are zero")
    assert written(bot.storage) == 1
    assert bot.heard.by == ["U01ANAMOR"]
    assert [message["text"] for message in slack.person("ana").ephemerals()] == ["noted: scores are zero"]


def test_a_command_delivered_three_times_is_done_once_and_answered_alike(slack: SandboxSlack, bot: TinyBot) -> None:
    reply = slack.person("ana").command("note once", deliveries=3)
    assert reply.ok
    assert [repeat["text"] for repeat in reply.repeats if repeat] == ["noted: once"] * 2
    assert written(bot.storage) == 1


def test_the_same_words_typed_twice_are_two_commands(slack: SandboxSlack, http_bot: TinyBot) -> None:
    for _ in range(2):
        slack.person("ana").command("note again")
    assert written(http_bot.storage) == 2


def test_a_command_about_a_payload_is_understood(slack: SandboxSlack, bot: TinyBot) -> None:
    assert slack.person("ana").command("note the payload= is empty").text == "noted: the payload= is empty"


def test_a_refusal_changes_nothing_and_is_read_as_it_was_written(slack: SandboxSlack, bot: TinyBot) -> None:
    reply = slack.person("ana").command("note refuse")
    assert reply.body is not None
    assert reply.body["text"] == "Write &lt;model&gt; &amp; ask <@U01ANAMOR>, not &lt;!channel&gt;."
    assert written(bot.storage) == 0


def test_an_unknown_word_gets_the_closest_one_and_its_usage(slack: SandboxSlack, http_bot: TinyBot) -> None:
    reply = slack.person("ana").command("opne fraud-scorer broken")
    assert reply.body is not None
    assert "/ml-incident open &lt;model&gt; &lt;what is wrong&gt;" in reply.body["text"]


def test_a_fault_of_ours_says_that_nothing_happened_and_gives_the_reference_of_the_log(
    slack: SandboxSlack, bot: TinyBot, caplog: pytest.LogCaptureFixture
) -> None:
    bot.heard.fail = 1
    reply = slack.person("ana").command("note broken")
    assert reply.ok
    said = re.search(r"Nothing happened.* reference ([A-Z0-9]{6})", reply.text)
    assert said is not None
    assert "ZeroDivision" not in reply.text
    assert said.group(1) in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert written(bot.storage) == 0
    assert slack.person("ana").command("note mended").text == "noted: mended"


def test_fifty_commands_at_once_are_all_answered_in_time(slack: SandboxSlack, http_bot: TinyBot) -> None:
    people = [slack.person(name) for name in ("ana", "lee", "kim", "pat", "maya")]
    with ThreadPoolExecutor(50) as pool:
        replies = list(pool.map(lambda n: people[n % 5].command(f"note {n}"), range(50)))
    assert all(reply.ok for reply in replies)
    assert max(reply.ms for reply in replies) < 2000
    assert written(http_bot.storage) == 50


def test_slow_commands_do_not_keep_health_checks_waiting(slack: SandboxSlack, http_bot: TinyBot) -> None:
    gate = http_bot.heard.gate = threading.Event()
    try:
        with ThreadPoolExecutor(3) as pool:
            typed = [pool.submit(slack.person("ana").command, f"note {n}") for n in range(3)]
            assert httpx.get(f"{http_bot.address}/healthz", timeout=1).text == "ok"
            gate.set()
            assert all(reply.result().ok for reply in typed)
    finally:
        gate.set()


def test_a_command_can_open_a_form_and_a_repeat_does_not_open_it_again(slack: SandboxSlack, bot: TinyBot) -> None:
    reply = slack.person("ana").command("update", deliveries=2)
    assert reply.ok
    assert reply.text == ""
    view = slack.person("ana").view()
    assert view is not None
    assert view["callback_id"] == "tiny.form"
    assert len([call for call in slack.calls() if call["method"] == "views.open"]) == 1


@pytest.mark.parametrize("fault", ["server_error", "error:expired_trigger_id", "slow"])
def test_a_form_that_slack_does_not_open_is_told_in_time(slack: SandboxSlack, http_bot: TinyBot, fault: str) -> None:
    slack.fault("views.open", fault, seconds=4.0)
    reply = slack.person("ana").command("update")
    assert reply.ok, reply.error
    assert "open the form" in reply.text
    assert "again" in reply.text


def test_a_form_that_slack_refuses_is_told_without_its_words(slack: SandboxSlack, http_bot: TinyBot) -> None:
    reply = slack.person("ana").command("step")
    assert reply.text.startswith("Slack would not open the form")
    assert "invalid" not in reply.text


def test_a_commit_that_fails_is_told_as_nothing_happened(slack: SandboxSlack, http_bot: TinyBot) -> None:
    def refuse_commit(_: Session) -> None:
        raise OSError("disk full")

    event.listen(Session, "before_commit", refuse_commit)
    try:
        reply = slack.person("ana").command("note lost")
    finally:
        event.remove(Session, "before_commit", refuse_commit)
    assert "Nothing happened" in reply.text
    assert written(http_bot.storage) == 0
