"""An incident opens in Slack: a few round trips deep, and healed when calls fail."""

from __future__ import annotations

from itertools import pairwise

from tests.bot.delivery.world import ANA, LEE, World


def test_everything_an_opening_owes_is_done(world: World) -> None:
    with world.working():
        number = world.open("scores are all zero")
        world.settled()
    incident = world.incident(number)
    channel = world.slack.channel(incident.channel_id or "")
    assert channel["name"].startswith(f"inc-{number}-fraud-scorer-scores-are-all-zero")
    assert {ANA, LEE} <= set(channel["members"])
    assert channel["topic"] == "SEV2 · investigating · commander: not assigned"
    assert [pin["ts"] if isinstance(pin, dict) else pin for pin in channel["pins"]] == [incident.card_ts]
    assert [text.split(" ")[0] for text in world.texts(channel["id"])] == ["card", "step"]
    assert [one["ts"] for one in world.announcements(number)] == [incident.announcement_ts]


def test_a_channel_is_usable_after_three_round_trips_and_all_is_done_after_five(world: World) -> None:
    with world.working():
        world.open("warm up")
        world.settled()
        world.slack.configure(latency_ms=150)
        since = world.slack.calls()[-1]["n"]
        world.open("slow network")
        world.settled(15)
    calls = world.slack.calls(since)
    began = calls[0]["at"]
    rounds = {call["method"]: (call["at"] - began) / 0.15 + 1 for call in calls}
    assert rounds["conversations.create"] == 1
    assert rounds["conversations.invite"] < 3
    assert max(rounds.values()) < 5
    assert all(earlier["n"] < later["n"] for earlier, later in pairwise(calls))
