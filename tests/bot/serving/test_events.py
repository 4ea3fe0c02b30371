"""What Slack tells of is taken in before it is acknowledged, once, and again when that failed."""

from __future__ import annotations

import httpx

from bot.sandbox.client import SandboxSlack
from storage.transaction import Storage
from tests.bot.serving.tiny import TinyBot, serve_tiny, written


def react(slack: SandboxSlack, *, deliveries: int = 1) -> None:
    """Ana marks a message of hers."""
    slack.configure(deliveries=deliveries)
    ana = slack.person("ana")
    ana.react("general", ana.say("general", "look"), "pushpin")


def deliveries_of_reactions(slack: SandboxSlack, bot: TinyBot, *, count: int) -> list[dict[str, object]]:
    """How the reaction's deliveries went, once there are so many; the message's own come before."""

    def those() -> list[dict[str, object]] | None:
        ids = [delivery["id"] for delivery in slack.deliveries() if delivery["kind"] == "events_api"]
        found = [delivery for delivery in slack.deliveries() if ids and delivery["id"] == ids[-1]]
        return found if len(found) >= count and len(set(ids)) >= 2 else None

    return slack.wait_for(those)


def test_an_event_is_taken_in_and_one_that_nobody_hears_is_acknowledged(slack: SandboxSlack, bot: TinyBot) -> None:
    react(slack)
    (told,) = slack.wait_for(lambda: bot.heard.events)
    assert (told["type"], told["reaction"], told["user"]) == ("reaction_added", "pushpin", "U01ANAMOR")
    deliveries = deliveries_of_reactions(slack, bot, count=1)
    assert [delivery["status"] for delivery in deliveries] == [200]
    assert all(delivery["status"] == 200 for delivery in slack.deliveries())


def test_an_event_delivered_three_times_is_taken_once(slack: SandboxSlack, bot: TinyBot) -> None:
    react(slack, deliveries=3)
    deliveries = deliveries_of_reactions(slack, bot, count=3)
    assert [delivery["status"] for delivery in deliveries] == [200, 200, 200]
    assert len(bot.heard.events) == 1
    assert written(bot.storage) == 1  # and what another listener refused was undone


def test_an_event_that_failed_is_not_acknowledged_and_is_taken_when_it_comes_again(
    slack: SandboxSlack, http_bot: TinyBot
) -> None:
    slack.configure(retry_delays_s=[0.05, 0.1])
    http_bot.heard.fail = 1
    react(slack)
    deliveries = deliveries_of_reactions(slack, http_bot, count=2)
    assert [delivery["status"] for delivery in deliveries] == [500, 200]
    assert len(http_bot.heard.events) == 1


def test_in_socket_mode_an_event_that_failed_gets_no_acknowledgement(slack: SandboxSlack, kept: Storage) -> None:
    slack.configure(retry_delays_s=[0.05])
    with serve_tiny(slack, kept, over="socket") as bot:
        bot.heard.fail = 1
        react(slack)
        deliveries = slack.wait_for(
            lambda: [one for one in slack.deliveries() if one["kind"] == "events_api" and one["attempt"]] or None,
            timeout=8,
        )
        assert deliveries[0]["status"] == 200
        failed = next(one for one in slack.deliveries() if one["id"] == deliveries[0]["id"])
        assert failed["error"] == "operation_timeout"
        assert len(bot.heard.events) == 1


def test_a_subtype_is_heard_by_who_asked_for_it_alone(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ana = slack.person("ana")
    ts = ana.say("general", "look")
    ana.edit("general", ts, "look here")
    (told,) = slack.wait_for(lambda: http_bot.heard.events)
    assert told["subtype"] == "message_changed"
    assert http_bot.heard.events == [told]


def test_what_the_bot_does_itself_is_not_taken_for_news(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ts = slack.person("ana").say("general", "look")
    answer = httpx.post(
        f"{slack.api_url}reactions.add",
        headers={"Authorization": "Bearer xoxb-sandbox"},
        data={"channel": "C01GENERAL", "timestamp": ts, "name": "pushpin"},
        trust_env=False,
    ).json()
    assert answer["ok"], answer
    # Nobody has asked Slack who we are yet: the event itself says so.
    assert http_bot.account.problem is not None
    deliveries_of_reactions(slack, http_bot, count=1)
    assert http_bot.heard.events == []
    assert http_bot.account.user_id == "U00MLINCB"


def test_that_the_bot_came_into_a_channel_itself_is_not_taken_for_news(slack: SandboxSlack, http_bot: TinyBot) -> None:
    answer = httpx.post(
        f"{slack.api_url}conversations.create",
        headers={"Authorization": "Bearer xoxb-sandbox"},
        data={"name": "inc-9-made-by-the-bot"},
        trust_env=False,
    ).json()
    assert answer["ok"], answer
    slack.person("ana").join("inc-9-made-by-the-bot")
    joined = slack.wait_for(lambda: [one for one in http_bot.heard.events if one["type"] == "member_joined_channel"])
    assert [one["user"] for one in joined] == ["U01ANAMOR"]
