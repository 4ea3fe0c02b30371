"""Updates for stakeholders: five questions, one thread, and a promised time that somebody is reminded of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.incidents.declaring import Declaration, declare
from bot.incidents.desk import FieldErrors
from playbooks.lifecycle import RuleBroken, Severity
from storage import updates
from storage.models import Update
from storage.transaction import Storage
from tests.bot.working.room import ANA, CHANNEL, ERIK, KIM, LEE, START, Room


def told(room: Room) -> list[Update]:
    with room.storage.reading() as tx:
        return updates.of_incident(tx, room.id)


def buttons(room: Room, kind: str) -> dict[str, str]:
    """Action id → value of the buttons in the last message of this kind."""
    blocks = room.owed(kind)[-1].payload["blocks"]
    return {one["action_id"]: one["value"] for one in blocks[-1]["elements"]}


def test_one_line_goes_to_the_stakeholders_and_promises_the_next(room: Room) -> None:
    answer = room.type(KIM, "update one in five payments is declined")
    assert "next one is due" in answer.text
    (public,) = room.said("SayToStakeholders")
    for words in ("one in five payments is declined", "INC-1", "SEV2", "Next update", f"<@{KIM}>"):
        assert words in public
    (line,) = room.said()
    news, promised = line.splitlines()
    assert news == f"<@{KIM}> told stakeholders: one in five payments is declined"
    assert promised.startswith("*Next update:* <!date^")
    incident = room.incident()
    assert incident.impact == "one in five payments is declined"
    assert incident.next_update_at == START + timedelta(hours=1)
    assert room.timeline("update")[0].text == "Update: one in five payments is declined"
    assert room.owed("DrawCard")


def test_the_form_asks_five_questions_and_knows_the_last_answers(room: Room) -> None:
    form = room.type(KIM, "update").modal
    assert form is not None
    assert sum(block["type"] == "input" for block in form["blocks"]) == 5
    room.send(
        KIM,
        form,
        impact="payments are declined",
        changed="we found the empty feature",
        next_step="Ana rolls back",
        unknown="since when",
        next_at="30m",
    )
    (public,) = room.said("SayToStakeholders")
    for words in ("payments are declined", "empty feature", "Ana rolls back", "since when"):
        assert words in public
    assert room.incident().next_update_at == START + timedelta(minutes=30)
    again = room.type(KIM, "update").modal
    assert again is not None
    given = [block["element"].get("initial_value") for block in again["blocks"] if block["type"] == "input"]
    assert given[:4] == ["payments are declined", None, "Ana rolls back", "since when"]


def test_an_update_without_impact_is_not_sent(room: Room) -> None:
    form = room.type(KIM, "update").modal
    assert isinstance(room.send(KIM, form, impact=" "), FieldErrors)
    assert told(room) == []


def test_a_later_line_says_what_changed_and_leaves_the_impact(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.wait(minutes=50)
    room.type(KIM, "update rolled back, watching")
    assert room.incident().impact == "payments are declined"
    second = told(room)[1]
    assert (second.changed, second.impact) == ("rolled back, watching", "payments are declined")
    assert second.promised_at == START + timedelta(hours=1)
    assert "rolled back, watching" in room.said()[-1]


@pytest.mark.parametrize(("private", "kind"), [(True, "real"), (False, "test"), (False, "drill")])
def test_what_is_private_or_not_real_stays_in_its_channel(storage: Storage, private: bool, kind: str) -> None:
    room = Room(storage, private=private, kind=kind)
    room.type(ANA, "update personal data may be out")
    assert room.owed("SayToStakeholders", "DrawAnnouncement") == []
    (said,) = room.said()
    assert "*Impact:* personal data may be out" in said


def test_the_comms_lead_is_reminded_before_the_promised_time_and_the_channel_after_it(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.type(ERIK, "role comms <@U02LEEOKA>")
    room.wait(minutes=54)
    assert room.tick() == 0
    room.wait(minutes=1)
    assert room.tick() == 1
    assert "is promised for" in room.direct(LEE)[-1]
    said = len(room.said())
    room.wait(minutes=4)
    assert room.tick() == 0
    room.wait(minutes=1)
    assert room.tick() == 1
    assert room.tick() == 0
    assert len(room.said()) == said + 1
    assert room.said()[-1].startswith(f"<@{LEE}>, stakeholders were promised an update")
    assert set(buttons(room, "SayInIncident")) == {"updates.open", "updates.later", "updates.not-needed"}


def test_a_tick_that_comes_late_asks_in_the_channel_once(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.wait(hours=1, minutes=20)
    assert room.tick() == 1
    assert room.direct(ERIK) == []
    assert f"<@{ERIK}>" in room.said()[-1]


def test_fifteen_minutes_more_are_given_once_however_many_click(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.wait(hours=1)
    room.tick()
    value = buttons(room, "SayInIncident")["updates.later"]
    assert room.click(KIM, "updates.later", value).replace
    second = room.click(LEE, "updates.later", value)
    assert "is promised for" in second.text
    assert room.incident().next_update_at == START + timedelta(hours=1, minutes=15)
    room.wait(minutes=10)
    assert room.tick() == 1
    assert "is promised for" in room.direct(ERIK)[-1]
    room.wait(minutes=5)
    assert room.tick() == 1


def test_not_needed_ends_the_promise_and_a_click_in_private_is_told_to_the_channel(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.wait(minutes=55)
    room.tick()
    value = buttons(room, "Tell")["updates.not-needed"]
    room.click(ERIK, "updates.not-needed", value, channel="D99ERIK")
    assert room.incident().next_update_at is None
    assert "not needed" in room.said()[-1]
    room.wait(hours=9)
    assert room.tick() == 0
    said = len(room.said())
    assert "No update is promised" in room.click(KIM, "updates.later", value, channel=CHANNEL).text
    assert len(room.said()) == said


def test_a_worse_severity_brings_the_promise_forward_and_a_milder_one_keeps_it(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.type(KIM, "severity SEV1 everybody is hit")
    assert room.incident().next_update_at == START + timedelta(minutes=30)
    room.type(KIM, "severity SEV3 fallback holds")
    assert room.incident().next_update_at == START + timedelta(minutes=30)


def test_an_incident_that_is_opened_promises_its_first_update(room: Room) -> None:
    with room.storage.transaction() as tx:
        said = Declaration(model="home-recs", what="empty shelves", severity=Severity.SEV1)
        opened = declare(room.desk(tx, ERIK), said)
    assert opened.next_update_at == START + timedelta(minutes=30)
    room.wait(minutes=30)
    room.tick()
    assert any(f"<@{ERIK}>, stakeholders were promised" in text for text in room.said())


def test_resolving_ends_the_reminders(room: Room) -> None:
    room.type(KIM, "update payments are declined")
    room.type(KIM, "status monitoring looks well")
    room.type(ANA, "status cancelled it was the dashboard")
    room.wait(hours=2)
    assert room.tick() == 0
    form = room.type(KIM, "update").modal
    assert form is not None
    assert sum(block["type"] == "input" for block in form["blocks"]) == 4


def test_a_stranger_cannot_update_a_private_incident_by_an_old_button(storage: Storage) -> None:
    room = Room(storage, private=True)
    with pytest.raises(RuleBroken):
        room.click(LEE, "updates.open")
