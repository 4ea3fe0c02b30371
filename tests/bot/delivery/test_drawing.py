"""What shows the present state is drawn at delivery, posted once, and edited from then on."""

from __future__ import annotations

from bot import effects
from storage import outbox
from tests.bot.delivery.world import World


def test_a_burst_of_changes_converges_to_one_update(world: World) -> None:
    with world.working():
        number = world.open("burst")
        world.settled()
        held = world.slack.hold("chat.update")
        world.change(number, severity="sev1")
        world.owe(effects.DrawCard(incident_id=number))
        assert world.slack.held(5)
        for status in ("identified", "mitigated", "monitoring", "resolved"):
            world.change(number, status=status)
            world.owe(effects.DrawCard(incident_id=number))
        world.slack.release(held)
        world.settled()
    assert len(world.calls("chat.update")) == 2
    [card, *_] = world.said(world.channel(number))
    assert card["text"].endswith("sev1, resolved")


def test_a_lost_answer_shows_the_newest_state_at_the_second_attempt(world: World) -> None:
    with world.working():
        number = world.declare("late truth")
        held = world.slack.hold("chat.postMessage", when="after")
        channel = world.owe(effects.CreateChannel(incident_id=number))
        world.owe(effects.DrawCard(incident_id=number), needs=channel)
        assert world.slack.held(5)
        world.change(number, status="resolved")
        world.slack.release(held, how="drop")
        world.settled()
    [card] = world.said(world.channel(number))
    assert card["text"].endswith("sev2, resolved")
    assert card["ts"] == world.incident(number).card_ts


def test_a_card_that_was_deleted_is_posted_and_pinned_anew(world: World) -> None:
    with world.working():
        number = world.open("deleted card")
        world.settled()
        world.change(number, card_ts="1700000000.000100")
        world.owe(effects.DrawCard(incident_id=number))
        world.settled()
    cards = [one for one in world.said(world.channel(number)) if one["text"].startswith("card")]
    assert world.incident(number).card_ts == cards[-1]["ts"]
    assert len(world.slack.channel(world.channel(number))["pins"]) == 2


def test_fifty_announcements_look_for_the_channel_once(world: World) -> None:
    with world.working():
        numbers = [world.declare("many") for _ in range(20)]
        for number in numbers:
            world.owe(effects.DrawAnnouncement(incident_id=number))
        world.settled()
        assert len(world.calls("users.conversations")) == 1
    with world.working():
        world.owe(effects.DrawAnnouncement(incident_id=world.declare("after a restart")))
        world.settled()
    assert len(world.calls("users.conversations")) == 1, "its id is remembered"
    assert all(world.announcements(number) for number in numbers)


def test_an_announce_channel_without_the_bot_says_what_to_do(world: World) -> None:
    with world.working(announce_channel="#Payments"):
        world.owe(effects.DrawAnnouncement(incident_id=world.declare("nowhere")))
        world.settled()
    assert world.states() == ["dead"]
    assert world.effects()[0].error == "the bot is not in #payments: invite @ml-incident to #payments"
    with world.working(announce_channel="C02MLINCID"), world.storage.transaction() as tx:
        outbox.retry(tx, None, now=world.effects()[0].owed_at)
    assert world.effects()[0].state in {"owed", "doing", "done"}


def test_a_remembered_channel_that_is_gone_is_looked_for_anew(world: World) -> None:
    with world.working() as worker:
        world.owe(effects.DrawAnnouncement(incident_id=world.declare("first")))
        world.settled()
        world.slack.fault("chat.postMessage", "error:channel_not_found")
        number = world.declare("second")
        world.owe(effects.DrawAnnouncement(incident_id=number))
        world.settled()
        world.slack.wait_for(lambda: worker.counts.dead["DrawAnnouncement"] == 1)
        with world.storage.transaction() as tx:
            outbox.retry(tx, None, now=world.effects()[0].owed_at)
        world.settled()
    assert len(world.calls("users.conversations")) == 2
    assert len(world.announcements(number)) == 1


def test_a_drawing_with_a_fault_of_ours_is_tried_again_and_stops_nothing_else(world: World) -> None:
    with world.working() as worker:
        broken = world.declare("broken")
        world.change(broken, channel_id="C0NOWHERE", kind="real")
        worker._feature.drawings[effects.DrawStep] = lambda desk, effect: 1 / 0  # type: ignore[assignment, return-value]
        world.owe(effects.DrawStep(incident_id=broken, run_id=1))
        fine = world.open("fine")
        world.slack.wait_for(lambda: worker.counts.later["DrawStep"] >= 1)
        world.slack.wait_for(lambda: world.incident(fine).card_ts)
    error = world.effects("DrawStep")[0].error or ""
    assert error.startswith("a fault of the bot's own (ZeroDivisionError)")
