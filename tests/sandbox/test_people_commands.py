"""Slash commands typed in the sandbox, answered by a real Bolt app over HTTP and over Socket Mode."""

from __future__ import annotations

import pytest

from bot.sandbox.client import SandboxError, SandboxSlack
from tests.sandbox.boltbot import BoltBot


def test_a_command_is_acknowledged_and_its_answer_is_shown_to_its_author_alone(
    sandbox: SandboxSlack, either_bot: BoltBot
) -> None:
    reply = sandbox.person("erik").command("hello", "general")
    assert (reply.ok, reply.text, reply.error) == (True, "Hello @Erik Johansson", "")
    assert 0 < reply.ms < 3000
    assert [one["text"] for one in sandbox.person("erik").ephemerals()] == ["Hello <@U15ERIJOH>"]
    assert sandbox.person("ana").ephemerals() == []
    assert either_bot.interactions[0]["channel_name"] == "general"


def test_an_answer_for_the_channel_is_a_message_of_the_bot(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    assert sandbox.person("ana").command("public", "payments").text == "For everybody"
    last = sandbox.messages("payments")[-1]
    assert (last["text"], last["user"]) == ("For everybody", "U00MLINCB")


def test_handles_and_channels_arrive_escaped_as_slack_escapes_them(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.person("ana").command("echo @lee in #payments, not ana@example.com")
    assert bot.interactions[0]["text"] == ("echo <@U02LEEOKA|lee> in <#C04PAYMENT|payments>, not ana@example.com")


def test_a_command_repeated_three_times_carries_one_trigger_id(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    reply = sandbox.person("ana").command("hello", deliveries=3)
    assert len({command["trigger_id"] for command in either_bot.interactions}) == 1
    assert len(either_bot.interactions) == 3
    assert reply.repeats == (reply.body, reply.body)
    assert len(sandbox.person("ana").ephemerals()) == 1


def test_no_answer_within_three_seconds_is_a_timeout(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    reply = sandbox.person("ana").command("slow")
    assert (reply.ok, reply.error, reply.text) == (False, "operation_timeout", "")
    assert 2900 < reply.ms < 3300


def test_a_handler_that_fails_is_reported_to_the_person(sandbox: SandboxSlack, bot: BoltBot) -> None:
    reply = sandbox.person("ana").command("fail")
    assert (reply.ok, reply.status, reply.error) == (False, 500, "dispatch_failed")
    assert "failed with the error “dispatch_failed”" in sandbox.transcript()[-1]


def test_a_command_without_a_bot_cannot_be_dispatched(sandbox: SandboxSlack) -> None:
    assert sandbox.person("ana").command("hello").error == "dispatch_failed"


def test_an_answer_with_blocks_that_slack_refuses_is_not_shown(sandbox: SandboxSlack, bot: BoltBot) -> None:
    reply = sandbox.person("ana").command("broken")
    assert not reply.ok
    assert "invalid_blocks" in reply.error
    assert sandbox.person("ana").ephemerals() == []


@pytest.mark.parametrize(
    ("who", "channel", "complaint"),
    [
        ("diego", "payments", "is not in #payments"),
        ("sam", "general", "is deactivated"),
        ("nobody", "general", "nobody here is called nobody"),
        ("ana", "no-such-channel", "no channel is called no-such-channel"),
    ],
)
def test_what_a_person_cannot_do_is_said_in_words(
    sandbox: SandboxSlack, who: str, channel: str, complaint: str
) -> None:
    with pytest.raises(SandboxError, match=complaint):
        sandbox.person(who).command("hello", channel)


def test_a_shortcut_reaches_the_bot(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    assert sandbox.person("ana").shortcut("report").ok
    ts = sandbox.person("ana").say("general", "look at this")
    assert sandbox.person("ana").shortcut("report", channel="general", ts=ts).ok
    assert [one["type"] for one in either_bot.interactions] == ["shortcut", "message_action"]
    assert either_bot.interactions[1]["message"]["text"] == "look at this"
