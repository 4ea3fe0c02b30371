"""What can wait, such as a thousand digests, goes at a pace of its own and is in nobody's way."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from bot import effects
from bot.delivery.ledger import Done, Finished
from bot.delivery.pace import AT_ONCE, LONGEST_DOUBT_S, PER_MINUTE, Pace
from bot.slack.outcomes import Later
from storage import outbox
from storage.outbox import Claimed
from tests.bot.delivery.world import ANA, KIM, LEE, SAM, World


def owe_unhurried(world: World, count: int) -> None:
    """So many digests, to people who come round again after a while."""
    with world.storage.transaction() as tx:
        for number in range(count):
            told = effects.Tell(user=(ANA, LEE, KIM)[number % 3], text=f"digest {number}", name=f"digest:{number}")
            effects.owe(tx, told, unhurried=True)


def claimed(world: World, *, limit: int = 50, unhurried: int | None = None) -> list[str]:
    with world.storage.transaction() as tx:
        now = datetime.now(UTC) + timedelta(seconds=1)
        taken = outbox.claim(tx, now=now, lease=timedelta(seconds=30), limit=limit, unhurried=unhurried)
        return [one.key for one in taken]


def test_of_what_can_wait_no_more_is_taken_than_there_is_room_for(world: World) -> None:
    owe_unhurried(world, 6)
    world.owe(effects.Tell(user=SAM, text="now", name="now"))
    assert claimed(world, unhurried=0) == ["now"]
    world.owe(effects.Tell(user=KIM, text="now too", name="too"))
    assert claimed(world, unhurried=2) == ["too", "digest:0", "digest:1"]
    assert claimed(world, limit=3) == ["digest:2", "digest:3", "digest:4"]


def test_where_an_incident_takes_all_the_room_what_can_wait_waits(world: World) -> None:
    owe_unhurried(world, 2)
    for number in range(3):
        world.owe(effects.Tell(user=LEE, text="now", name=f"now:{number}"))
        world.owe(effects.Tell(user=ANA, text="now", name=f"also:{number}"))
    assert claimed(world, limit=2, unhurried=5) == ["now:0", "also:0"]


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def begun_in(pace: Pace, watch: Watch, seconds: int) -> int:
    """How many are begun in so many seconds by a worker that looks once a second."""
    begun = 0
    for _ in range(seconds):
        watch.at += 1
        room = pace.room()
        assert room is not None
        assert room <= AT_ONCE
        pace.count(room)
        begun += room
    return begun


def test_an_hour_of_it_keeps_the_pace() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    assert begun_in(pace, watch, 3600) in range(60 * PER_MINUTE - 2, 60 * PER_MINUTE + AT_ONCE)


def test_a_time_in_which_nothing_waits_saves_nothing_up() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    watch.at += 86_400
    assert pace.room() == AT_ONCE
    pace.count(0)
    assert pace.room() == 0


def waits(later: Later, *, unhurried: bool = True) -> Finished:
    effect = Claimed(1, "k", "Tell", {}, None, 9, None, "lease", None, unhurried)
    return Finished(effect, effects.Tell(user=ANA, text="digest"), later)


def test_one_that_slack_puts_off_puts_off_the_others_for_as_long_as_slack_says() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    pace.heed(waits(Later("429", delay=40, untouched=True)))
    assert begun_in(pace, watch, 39) == 0
    assert begun_in(pace, watch, 61) in range(PER_MINUTE - 2, PER_MINUTE + 4), "and no more after it than ever"


def test_one_message_that_fails_by_itself_does_not_hold_the_others_for_long() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    pace.heed(waits(Later("a fault of the bot's own")))
    assert begun_in(pace, watch, int(LONGEST_DOUBT_S) + 5) > 0


def test_what_is_in_a_hurry_or_done_or_of_a_newer_version_puts_nothing_off() -> None:
    watch = Watch()
    pace = Pace(clock=watch)
    pace.heed(waits(Later("429", delay=40), unhurried=False))
    pace.heed(dataclasses.replace(waits(Later("")), outcome=Done()))
    pace.heed(dataclasses.replace(waits(Later("of a newer version", delay=60)), effect=None))
    assert begun_in(pace, watch, 3) > 0


def test_digests_are_sent_one_after_the_other_and_an_incident_meanwhile_at_once(world: World) -> None:
    with world.working(limited=True) as worker:
        owe_unhurried(world, 7)
        world.slack.wait_for(lambda: worker.counts.done["Tell"] >= 2)
        incident = world.open("meanwhile")
        world.slack.wait_for(lambda: world.announcements(incident))
        assert worker.counts.done["Tell"] < 7
        world.settled()
    at = [call["at"] for call in world.calls("chat.postMessage") if "digest" in call["args"]["text"]]
    assert len(at) == 7
    assert max(at) - min(at) > 5 * 60 / PER_MINUTE


def test_a_digest_that_meets_a_429_is_the_only_one_that_does(world: World) -> None:
    world.slack.fault("chat.postMessage", "ratelimited", times=9, retry_after=2)
    owe_unhurried(world, 1)
    with world.working():
        world.slack.wait_for(lambda: world.calls("chat.postMessage"))
        world.slack.wait_for(lambda: world.states() == ["owed"])
        world.slack.clear_faults()
        owe_unhurried(world, 6)
        world.settled()
    refused, *done = world.calls("chat.postMessage")
    assert refused["error"] == "ratelimited"
    assert [call["ok"] for call in done] == [True] * 6
    assert min(call["at"] for call in done) - refused["at"] >= 2


def test_nobody_s_direct_messages_are_opened_before_they_are_written_to(world: World) -> None:
    with world.working():
        for number in range(2):
            world.owe(effects.Tell(user=LEE, text=f"to Lee {world.storage.engine.url.database} {number}"))
            world.settled()
    assert world.calls("conversations.open") == []
    first, second = world.calls("chat.postMessage")
    assert first["args"]["channel"] == LEE
    assert second["args"]["channel"] == world.slack.person("lee").dm_channel()


def test_what_was_told_and_whose_answer_was_lost_is_looked_for_and_not_told_again(world: World) -> None:
    text = f"told {world.storage.engine.url.database}"
    world.slack.fault("chat.postMessage", "drop_after")
    with world.working():
        world.owe(effects.Tell(user=LEE, text=text))
        world.settled()
    assert [one["text"] for one in world.slack.person("lee").dms()].count(text) == 1
    assert len(world.calls("conversations.open")) == 1


def test_who_cannot_be_written_to_is_dead_with_the_reason(world: World) -> None:
    with world.working() as worker:
        world.owe(effects.Tell(user=SAM, text="gone"))
        world.slack.wait_for(lambda: worker.counts.dead["Tell"] == 1)
    assert (world.effects()[0].error or "").startswith("this person's Slack account is deactivated")
