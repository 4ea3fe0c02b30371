"""Messages that people marked are read where they stand, and get their receipt."""

from __future__ import annotations

import pytest

from bot import effects
from bot.sandbox.client import SandboxSlack
from tests.bot.delivery.world import ANA, World


@pytest.fixture
def channel(world: World) -> str:
    """A channel with Ana in it."""
    with world.working():
        number = world.open("marks", users=(ANA,))
        world.settled()
    return world.channel(number)


def capture(channel: str, ts: str, thread_ts: str | None = None) -> effects.CaptureMessage:
    return effects.CaptureMessage(
        incident_id=1, channel=channel, ts=ts, thread_ts=thread_ts, marked_by=ANA, mark="pushpin", marked_at=""
    )


def test_a_marked_thread_reply_gives_that_reply(world: World, channel: str) -> None:
    ana = world.slack.person("ana")
    root = ana.say(channel, "the root")
    ana.say(channel, "a reply before", thread_ts=root)
    reply = ana.say(channel, "the *reply* with <@U02LEEOKA>", thread_ts=root)
    ana.say(channel, "something after")
    with world.working():
        world.owe(capture(channel, reply))
        world.owe(capture(channel, root))
        world.owe(capture(channel, reply, root))
        world.settled()
    texts = sorted(one["text"] for one in world.learnt)
    assert texts == ["the *reply* with <@U02LEEOKA>", "the *reply* with <@U02LEEOKA>", "the root"]
    found = next(one for one in world.learnt if one["ts"] == reply)
    assert (found["author"], found["thread_ts"]) == (ANA, root)
    assert found["permalink"].endswith(f"p{reply.replace('.', '')}?thread_ts={root}&cid={channel}")


def test_a_reply_deep_in_a_long_thread_is_found(world: World, channel: str) -> None:
    ana = world.slack.person("ana")
    root = ana.say(channel, "long")
    replies = [ana.say(channel, f"reply {at}", thread_ts=root) for at in range(30)]
    with world.working():
        world.owe(capture(channel, replies[27], root))
        world.settled()
    assert [one["text"] for one in world.learnt] == ["reply 27"]


def test_a_message_that_was_deleted_meanwhile_brings_nothing(world: World, channel: str) -> None:
    ana = world.slack.person("ana")
    ts = ana.say(channel, "oops")
    ana.delete(channel, ts)
    with world.working():
        world.owe(capture(channel, ts))
        world.owe(effects.AddReaction(channel=channel, ts=ts, name="white_check_mark"))
        world.settled()
    assert world.learnt == []
    assert set(world.states()) == {"done"}


def test_a_message_of_the_bot_itself_has_no_author(world: World, channel: str) -> None:
    [card, *_] = world.said(channel)
    with world.working():
        world.owe(capture(channel, card["ts"]))
        world.settled()
    assert [one["author"] for one in world.learnt] == [None]


def test_receipts_come_and_go_once(world: World, channel: str) -> None:
    ts = world.slack.person("ana").say(channel, "pin me")

    def receipts(slack: SandboxSlack) -> list[str]:
        [message] = [one for one in slack.messages(channel) if one["ts"] == ts]
        return [one["name"] for one in message.get("reactions") or []]

    world.slack.fault("reactions.add", "drop_after")
    world.slack.fault("reactions.remove", "drop_after")
    with world.working():
        world.owe(effects.AddReaction(channel=channel, ts=ts, name="pushpin"))
        world.settled()
        assert receipts(world.slack) == ["pushpin"]
        world.owe(effects.RemoveReaction(channel=channel, ts=ts, name="pushpin"))
        world.settled()
    assert receipts(world.slack) == []
    assert set(world.states()) == {"done"}
