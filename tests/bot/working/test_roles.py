"""Roles: given with instructions in private and one line in public, handed over with what the next person needs."""

from __future__ import annotations

from datetime import timedelta

from bot.effects import Invite
from bot.incidents import joining
from bot.incidents.desk import FieldErrors
from storage import participants, roles
from storage.transaction import Storage
from tests.bot.working.room import ANA, ERIK, KIM, LEE, MAYA, SAM, START, Room


def holders(room: Room) -> dict[str, str]:
    with room.storage.reading() as tx:
        return {role: row.user_id for role, row in roles.holders(tx, room.id).items()}


def test_nobody_is_made_commander_silently(room: Room) -> None:
    room.wait(minutes=3)
    room.type(ERIK, "role commander <@U03KIMTAN|kim>")
    assert holders(room) == {"commander": KIM}
    (told,) = room.direct(KIM)
    assert "You coordinate, you do not fix." in told
    assert f"<@{ERIK}>" in told
    assert room.said() == [f"<@{KIM}> is Commander now. <@{ERIK}> asked for it."]
    assert room.incident().assigned_at == START + timedelta(minutes=3)
    assert [row.payload["users"] for row in room.owed("Invite")] == [[KIM]]
    with room.storage.reading() as tx:
        assert ("role:commander", KIM) in {(row.why, row.user_id) for row in participants.of_incident(tx, room.id)}
    (entry,) = room.timeline("role")
    assert entry.author == ERIK
    assert entry.data == {"role": "commander", "to": KIM, "from": None}


def test_assigned_is_when_the_first_commander_was(room: Room) -> None:
    room.type(ERIK, "role commander <@U03KIMTAN>")
    room.wait(hours=1)
    room.type(ERIK, "role commander <@U01ANAMOR>")
    assert room.incident().assigned_at == START
    assert holders(room) == {"commander": ANA}
    assert room.said()[-1] == f"<@{ANA}> is Commander now, after <@{KIM}>. <@{ERIK}> asked for it."


def test_whoever_holds_a_role_is_not_given_it_twice(room: Room) -> None:
    room.type(KIM, "role comms <@U03KIMTAN>")
    assert "already" in room.refused(ERIK, "role comms <@U03KIMTAN>")
    assert len(room.direct(KIM)) == 1


def test_a_deactivated_account_holds_no_role(room: Room) -> None:
    assert "deactivated" in room.refused(ERIK, "role scribe <@U19SAMDOY>")
    form = room.click(ERIK, "roles.open").modal
    errors = room.send(ERIK, form, scribe=SAM)
    assert isinstance(errors, FieldErrors)
    assert "<@" not in str(errors.errors)
    assert holders(room) == {}


def test_the_form_gives_several_roles_in_one_message(room: Room) -> None:
    form = room.click(ERIK, "roles.open").modal
    assert room.send(ERIK, form, commander=KIM, ml_lead=ANA) is None
    assert holders(room) == {"commander": KIM, "ml-lead": ANA}
    assert len(room.said()) == 1
    assert room.direct(ANA)
    assert room.direct(KIM)


def test_a_form_that_stood_open_takes_no_role_away(room: Room) -> None:
    stale = room.click(ERIK, "roles.open").modal
    room.type(LEE, "role commander <@U03KIMTAN>")
    assert room.send(ERIK, stale, scribe=LEE) is None
    assert holders(room) == {"commander": KIM, "scribe": LEE}
    errors = room.send(ERIK, stale, commander=ANA)
    assert isinstance(errors, FieldErrors)
    assert holders(room)["commander"] == KIM


def test_emptying_a_field_of_the_form_lays_the_role_down(room: Room) -> None:
    room.type(LEE, "role commander <@U03KIMTAN>")
    form = room.click(ERIK, "roles.open").modal
    assert room.send(ERIK, form, commander=None) is None
    assert holders(room) == {}
    assert "nobody is" in room.said()[-1]
    room.wait(hours=5)
    assert room.tick() == 0


def test_a_hand_over_posts_what_the_next_person_needs(room: Room) -> None:
    room.type(KIM, "role commander <@U03KIMTAN>")
    form = room.type(KIM, "handoff commander <@U01ANAMOR>").modal
    room.send(
        KIM,
        form,
        state="fallback is on",
        tried="restarted the feature job: no change",
        hypothesis="empty country feature, 70 %",
        checkpoint="16:00, look at approval rate",
    )
    assert holders(room) == {"commander": ANA}
    said = room.said()[-1]
    for words in ("fallback is on", "no change", "empty country feature", "*Risks:* UNKNOWN", "16:00"):
        assert words in said
    assert f"<@{KIM}> hands *Commander* over to <@{ANA}>" in said
    assert "You coordinate" in room.direct(ANA)[0]
    entry = room.timeline("role")[-1]
    assert entry.data["told"]["Tried"] == "restarted the feature job: no change"
    assert entry.reason is not None
    assert "fallback is on" in entry.reason


def test_after_four_hours_the_commander_alone_is_asked_to_hand_over(room: Room) -> None:
    room.type(KIM, "role commander <@U03KIMTAN>")
    room.wait(hours=3, minutes=59)
    assert room.tick() == 0
    room.wait(minutes=1)
    said = room.said()
    assert room.tick() == 1
    assert room.tick() == 0
    assert "4 hours" in room.direct(KIM)[-1]
    assert room.said() == said
    button = room.owed("Tell")[-1].payload["blocks"][-1]["elements"][0]
    form = room.click(KIM, button["action_id"], button["value"], channel="D99KIM").modal
    room.send(KIM, form, to=ANA, state="stable")
    assert holders(room) == {"commander": ANA}
    room.wait(hours=1)
    assert room.tick() == 0
    room.wait(hours=3)
    assert room.tick() == 1
    assert "hand over" in room.direct(ANA)[-1]


def test_a_role_in_a_private_incident_lets_its_holder_see_it(storage: Storage) -> None:
    room = Room(storage, private=True)
    room.type(ERIK, "role ml-lead <@U02LEEOKA>")
    assert room.click(LEE, "roles.open").modal is not None


def test_whoever_cannot_be_brought_in_for_a_role_is_asked_to_be_replaced(room: Room) -> None:
    room.type(ERIK, f"role scribe <@{MAYA}>")
    why = "cannot be invited; the Slack account may be deactivated"
    with room.storage.transaction() as tx:
        effect = Invite(incident_id=room.id, users=(MAYA, KIM))
        joining.note_invited(room.desk(tx, ""), effect, {"problems": {MAYA: why, KIM: why}})
    asked = [line for line in room.said() if why in line]
    assert asked == [f"<@{MAYA}> {why}. Who is Scribe instead? `/ml-incident role scribe @person`"]
