"""Follow-ups: written down with an owner and a date, asked for when they lack one, done once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.incidents.desk import FieldErrors
from playbooks.lifecycle import RuleBroken
from storage import follow_ups, people
from storage.models import FollowUp
from storage.transaction import Storage
from tests.bot.working.room import ANA, ERIK, KIM, LEE, SAM, START, Room, moment_ts

TS = moment_ts(START + timedelta(minutes=2))


def stored(room: Room) -> list[FollowUp]:
    with room.storage.reading() as tx:
        return follow_ups.of_incident(tx, room.id)


def test_an_action_with_owner_and_date_is_listed_said_and_on_the_timeline(room: Room) -> None:
    answer = room.type(ERIK, "action alert on empty features <@U01ANAMOR|ana> by 2026-12-24")
    (item,) = stored(room)
    assert (item.text, item.owner, item.due_on) == ("alert on empty features", ANA, "2026-12-24")
    assert f"alert on empty features · <@{ANA}> · due 2026-12-24" in answer.text
    assert room.said() == [f"Follow-up from <@{ERIK}>: alert on empty features · <@{ANA}> · due 2026-12-24"]
    assert room.timeline("follow-up")[0].text == (f"Follow-up: alert on empty features, for <@{ANA}>, by 2026-12-24")


def test_what_lacks_an_owner_or_a_date_is_asked_for(room: Room) -> None:
    room.type(ERIK, "action write the runbook")
    said = room.owed("SayInIncident")[0].payload
    assert "owner UNKNOWN · due date UNKNOWN" in said["text"]
    edit = said["blocks"][1]["elements"][1]
    assert edit["text"]["text"] == "Set owner and date"
    form = room.click(KIM, edit["action_id"], edit["value"]).modal
    assert room.send(KIM, form, owner=ANA, due_on="2026-12-01") is None
    (item,) = stored(room)
    assert (item.text, item.owner, item.due_on) == ("write the runbook", ANA, "2026-12-01")
    assert "changed a follow-up" in room.said()[-1]


def test_a_follow_up_is_done_once(room: Room) -> None:
    room.type(ERIK, "action alert <@U01ANAMOR> by 2026-12-24")
    value = f"{room.id}:{stored(room)[0].id}"
    answer = room.click(ANA, "follow_ups.done", value)
    assert "~alert~ · done" in answer.text
    with pytest.raises(RuleBroken, match="already"):
        room.click(LEE, "follow_ups.done", value)
    assert stored(room)[0].done_by == ANA
    assert [entry.text for entry in room.timeline("follow-up")][-1] == "Follow-up done: alert"


def test_a_ticked_message_becomes_one_follow_up_and_goes_with_the_tick(room: Room) -> None:
    room.react(ANA, TS, "ballot_box_with_check")
    room.read_marked(text="we need an alert on <!here|here> nulls &amp; zeros")
    (item,) = stored(room)
    assert item.text == "we need an alert on here nulls & zeros"
    assert (item.owner, item.added_by) == (None, ANA)
    assert room.owed("AddReaction")[0].payload["name"] == "memo"
    assert room.timeline("message") == [], "a follow-up is no message on the timeline"
    room.react(KIM, TS, "ballot_box_with_check")
    room.react(ANA, TS, "ballot_box_with_check", off=True)
    assert len(stored(room)) == 1
    room.react(KIM, TS, "ballot_box_with_check", off=True)
    assert stored(room) == []
    assert room.owed("RemoveReaction")[0].payload["name"] == "memo"


def test_a_ticked_message_that_is_edited_is_followed_until_somebody_words_it_better(room: Room) -> None:
    room.react(ANA, TS, "ballot_box_with_check")
    room.read_marked(text="add an alert")
    room.edit(TS, "add an alert for nulls", before="add an alert")
    assert stored(room)[0].text == "add an alert for nulls"
    item = stored(room)[0]
    form = room.click(KIM, "follow_ups.edit", f"{room.id}:{item.id}").modal
    room.send(KIM, form, text="Page data-eng when a feature is null for 5 minutes")
    room.edit(TS, "add alerts", before="add an alert for nulls")
    assert stored(room)[0].text == "Page data-eng when a feature is null for 5 minutes"


def test_the_owner_is_reminded_when_work_starts_on_the_day_and_on_working_days_after(room: Room) -> None:
    room.type(ERIK, "action alert <@U01ANAMOR> by 2026-11-27")
    room.now = datetime(2026, 11, 27, 7, 59, tzinfo=UTC)
    assert room.tick() == 0
    room.now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)  # nine in Paris
    assert room.tick() == 1
    assert "is due today" in room.direct(ANA)[-1]
    room.now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    assert room.tick() == 0, "nobody is reminded on a Sunday"
    room.now = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert room.tick() == 1
    assert "was due 2026-11-27" in room.direct(ANA)[-1]
    button = room.owed("Tell")[-1].payload["blocks"][1]["elements"][0]
    room.click(ANA, button["action_id"], button["value"], channel="D99ANA")
    room.now += timedelta(days=3)
    assert room.tick() == 0
    assert "has done the follow-up" in room.said()[-1]


def test_a_private_incident_gives_no_follow_up_to_whoever_is_not_in_it(storage: Storage) -> None:
    room = Room(storage, private=True)
    assert "private" in room.refused(ERIK, "action purge <@U02LEEOKA>")
    form = room.click(ERIK, "follow_ups.add").modal
    assert isinstance(room.send(ERIK, form, text="purge", owner=LEE), FieldErrors)
    assert stored(room) == []


@pytest.mark.parametrize(
    ("said", "due_on"),
    [
        ("alert by today", "2026-11-20"),
        ("alert by Tomorrow.", "2026-11-21"),
        ("alert, by monday", "2026-11-23"),
        ("alert by thu", "2026-11-26"),
        ("alert by 2026-12-24!", "2026-12-24"),
        ("alert by tomorrow <@U01ANAMOR>", "2026-11-21"),
    ],
)
def test_a_day_is_written_as_people_write_it(room: Room, said: str, due_on: str) -> None:
    room.type(ERIK, f"action {said}")
    (item,) = stored(room)
    assert (item.text, item.due_on) == ("alert", due_on)


def test_tomorrow_is_the_day_after_where_whoever_says_it_is(room: Room) -> None:
    room.now = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday in Paris already
    room.type(ERIK, "action alert by tomorrow")
    assert stored(room)[0].due_on == "2026-11-22"


def test_friday_on_a_friday_is_asked_about_instead_of_guessed_at(room: Room) -> None:
    assert "“by today”, or “by 2026-11-27”" in room.refused(ERIK, "action alert by friday")
    assert stored(room) == []


@pytest.mark.parametrize(
    "words", ["sort features by name", "cut nulls by 10%", "alert by next week", "retrain by 5pm", "scale by 20261224"]
)
def test_a_by_without_a_day_is_part_of_the_words_and_the_date_is_asked_for(room: Room, words: str) -> None:
    answer = room.type(ERIK, f"action {words}")
    assert stored(room)[0].text == words
    assert "due date UNKNOWN" in answer.text


@pytest.mark.parametrize("day", ["2026-13-40", "24/12/2026", "24.12.2026", "12-24"])
def test_a_date_that_cannot_be_read_is_said_with_the_way_to_write_it(room: Room, day: str) -> None:
    assert f"{day} is not a date that I can read; write it like 2026-12-24." in room.refused(
        ERIK, f"action go by {day}"
    )


def test_the_list_says_how_to_add_the_first(room: Room) -> None:
    assert "/ml-incident action" in room.click(ERIK, "follow_ups.list").text


def test_nobody_who_left_and_no_app_gets_a_follow_up_and_none_is_due_in_the_past(room: Room) -> None:
    assert "deactivated" in room.refused(ERIK, f"action write the test <@{SAM}> by 2026-12-24")
    assert "2026-11-19 is over already" in room.refused(ERIK, "action write the test by 2026-11-19")
    assert stored(room) == []
    form = room.click(KIM, "follow_ups.add").modal
    wrong = room.send(KIM, form, text="write the test", owner=SAM, due_on="2026-11-19")
    assert isinstance(wrong, FieldErrors)
    assert wrong.errors["follow_ups.owner"].startswith("This person has a Slack account that is deactivated")
    assert "still to come" in wrong.errors["follow_ups.due-on"]
    room.type(ERIK, "action write the test <@U01ANAMOR> by 2026-11-20")
    (item,) = stored(room)
    room.wait(days=3)
    form = room.click(KIM, "follow_ups.edit", f"{room.id}:{item.id}").modal
    assert room.send(KIM, form, text="write two tests") is None, "what is late already keeps its date"


def test_when_the_owner_is_gone_whoever_asked_for_it_is_reminded_to_choose_another(room: Room) -> None:
    room.type(ERIK, "action write the test <@U01ANAMOR> by 2026-11-24")
    with room.storage.transaction() as tx:
        people.keep_person(tx, ANA, name="Ana Moreau", deactivated=True, now=START)
    room.wait(days=4)
    assert room.tick() == 1
    assert room.direct(ANA) == []
    (asked,) = room.direct(ERIK)
    assert f"write the test\nIt is <@{ANA}>'s, who cannot be reached any more." in asked
