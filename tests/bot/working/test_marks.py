"""Pins and notes: what people put on the timeline, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.incidents.desk import FieldErrors
from storage import marks
from storage import timeline as kept
from storage.models import TimelineEntry
from tests.bot.working.room import ANA, CHANNEL, DELETED, ERIK, KIM, LEE, START, Room, moment_ts

SAID_AT = START + timedelta(minutes=2)
TS = moment_ts(SAID_AT)


def test_a_note_is_on_the_timeline_and_in_the_channel(room: Room) -> None:
    room.type(ANA, "note rolled back <@U03KIMTAN|kim> says & that helped")
    (entry,) = room.timeline("note")
    assert (entry.author, entry.at) == (ANA, START)
    assert entry.text == "rolled back @Kim Tanaka says &amp; that helped"
    assert room.said() == [f"<@{ANA}> noted: rolled back @Kim Tanaka says &amp; that helped"]


def test_the_note_form_wants_words(room: Room) -> None:
    form = room.click(ANA, "timeline.note").modal
    assert isinstance(room.send(ANA, form, text=""), FieldErrors)
    assert room.send(ANA, form, text="saw it at 13:40") is None
    assert room.timeline("note")[0].text == "saw it at 13:40"
    room.send(ANA, form, text="scores <0.1 and >0.9 are gone & <!here>")
    assert room.timeline("note")[1].text == "scores &lt;0.1 and &gt;0.9 are gone &amp; &lt;!here&gt;"
    assert room.said()[1] == f"<@{ANA}> noted: scores &lt;0.1 and &gt;0.9 are gone &amp; &lt;!here&gt;"


def test_a_pinned_message_has_its_own_time_author_and_link_and_a_receipt(room: Room) -> None:
    room.wait(minutes=30)
    room.react(ANA, TS)
    assert room.timeline() == []
    (reading,) = room.owed("CaptureMessage")
    assert (reading.payload["channel"], reading.payload["ts"]) == (CHANNEL, TS)
    assert room.read_marked() == 1
    (entry,) = room.timeline()
    assert (entry.at, entry.author, entry.text) == (SAID_AT, LEE, "precision fell at 13:40")
    assert entry.permalink == "https://larkspur.example/p1"
    assert (entry.added_by, entry.recorded_at) == (ANA, START + timedelta(minutes=30))
    (receipt,) = room.owed("AddReaction")
    assert (receipt.payload["ts"], receipt.payload["name"]) == (TS, "white_check_mark")
    assert room.said() == []


def test_several_pins_make_one_entry_that_goes_with_the_last(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked()
    room.react(KIM, TS)
    assert room.read_marked() == 0
    room.react(ANA, TS, off=True)
    assert len(room.timeline()) == 1
    assert room.owed("RemoveReaction") == []
    room.react(KIM, TS, off=True)
    assert room.timeline() == []
    assert len(room.owed("RemoveReaction")) == 1
    with room.storage.reading() as tx:
        gone = tx.session.scalar(select(TimelineEntry).where(TimelineEntry.source_ts == TS))
    assert gone is not None
    assert gone.text == "", "words that nobody wants on the timeline are not kept"


def test_a_pin_taken_back_before_the_message_was_read_leaves_nothing(room: Room) -> None:
    room.react(ANA, TS)
    room.react(ANA, TS, off=True)
    room.read_marked()
    assert room.timeline() == []
    assert room.owed("AddReaction", "RemoveReaction") == []


def test_a_message_pinned_again_is_read_again(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked()
    room.react(ANA, TS, off=True)
    room.react(ANA, TS)
    room.read_marked(text="as it reads now")
    assert [entry.text for entry in room.timeline()] == ["as it reads now"]


def test_events_that_arrive_in_the_wrong_order_end_as_people_left_it(room: Room) -> None:
    room.react(ANA, TS, off=True, event_ts="200.0")
    room.react(ANA, TS, event_ts="100.0")
    assert room.read_marked() == 0
    room.react(ANA, TS, event_ts="300.0")
    assert room.read_marked() == 1


def test_reactions_elsewhere_and_other_reactions_are_nothing_to_us(room: Room) -> None:
    room.react(ANA, TS, channel="C01GENERAL")
    room.react(ANA, TS, "eyes")
    room.react(ANA, TS, "white_check_mark", off=True)
    assert room.owed("CaptureMessage") == []
    with room.storage.reading() as tx:
        assert marks.left(tx, channel=CHANNEL, ts=TS, mark="pushpin") == 0


def test_a_pin_of_an_app_is_ignored(room: Room) -> None:
    from storage import people

    with room.storage.transaction() as tx:
        people.keep_person(tx, "U77BOT", name="other-bot", is_bot=True, now=START)
    room.react("U77BOT", TS)
    assert room.owed("CaptureMessage") == []


def test_an_edit_is_followed_and_an_older_one_that_comes_late_is_not(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked()
    room.edit(TS, "precision fell at 13:50", edited=moment_ts(START + timedelta(minutes=9)))
    assert room.timeline()[0].text == "precision fell at 13:50"
    room.edit(TS, "precision fell at 13:45", edited=moment_ts(START + timedelta(minutes=8)))
    assert room.timeline()[0].text == "precision fell at 13:50"
    room.edit("1.000000", "a message that nobody pinned")
    with room.storage.reading() as tx:
        assert len(tx.session.scalars(select(TimelineEntry)).all()) == 1


def test_an_edit_while_the_message_is_being_read_has_it_read_again(room: Room) -> None:
    room.react(ANA, TS)
    room.edit(TS, "new words")
    assert len(room.owed("CaptureMessage")) == 2
    room.read_marked(text="new words")
    assert [entry.text for entry in room.timeline()] == ["new words"]


def test_a_deleted_message_leaves_that_it_was_there_but_not_its_words(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked()
    room.delete(TS)
    (entry,) = room.timeline()
    assert (entry.text, entry.permalink, entry.at) == (DELETED, None, SAID_AT)


def test_the_first_message_of_a_thread_leaves_a_tombstone_when_it_is_deleted(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked()
    room.event(
        LEE,
        type="message",
        subtype="message_changed",
        channel=CHANNEL,
        ts="9.0",
        message={"type": "message", "subtype": "tombstone", "ts": TS, "text": "This message was deleted."},
    )
    assert room.timeline()[0].text == DELETED


def test_what_happened_is_told_in_the_order_in_which_it_happened(room: Room) -> None:
    room.wait(minutes=10)
    room.type(ERIK, "note later")
    room.react(ANA, TS)
    room.read_marked()
    with room.storage.reading() as tx:
        assert [entry.kind for entry in kept.of_incident(tx, room.id)] == ["message", "note"]


def test_a_picture_without_words_is_named(room: Room) -> None:
    room.react(ANA, TS)
    room.read_marked(text="", files=["drift.png"])
    assert room.timeline()[0].text == "“drift.png”"
