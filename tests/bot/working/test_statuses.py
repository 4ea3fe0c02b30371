"""Status and severity: every change has a reason, is said where it matters, and happens once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.incidents.desk import FieldErrors
from playbooks.lifecycle import RuleBroken
from storage import reviews
from storage.transaction import Storage
from tests.bot.working.room import ANA, ERIK, KIM, LEE, START, Room


def test_a_status_with_a_reason_is_on_the_timeline_and_told_to_channel_and_stakeholders(room: Room) -> None:
    room.wait(minutes=12)
    answer = room.type(ANA, "mitigate traffic is back on version 41")
    assert answer.text == "INC-1 is now mitigated."
    incident = room.incident()
    assert (incident.status, incident.mitigated_at) == ("mitigated", START + timedelta(minutes=12))
    (entry,) = room.timeline("status")
    assert (entry.author, entry.reason) == (ANA, "traffic is back on version 41")
    assert entry.data["from"] == "investigating"
    assert entry.data["to"] == "mitigated"
    (said,) = room.said()
    assert said == f"Status: investigating → *mitigated* by <@{ANA}>. Why: traffic is back on version 41"
    assert room.said("SayToStakeholders") == [f"INC-1: {said}"]
    assert {row.kind for row in room.owed("DrawCard", "DrawAnnouncement", "SetTopic")} == {
        "DrawCard",
        "DrawAnnouncement",
        "SetTopic",
    }


@pytest.mark.parametrize("text", ["mitigate", "status identified", "severity SEV1"])
def test_a_change_without_a_reason_asks_for_it_and_changes_nothing_yet(room: Room, text: str) -> None:
    form = room.type(ANA, text).modal
    before = (room.incident().status, room.incident().severity)
    assert before == ("investigating", "sev2")
    assert room.timeline() == []
    assert form is not None
    assert [block["block_id"] for block in form["blocks"] if block["type"] == "input"] == ["statuses.why"]
    assert isinstance(room.send(ANA, form, why="   "), FieldErrors)
    assert room.send(ANA, form, why="seen on the dashboard") is None
    assert (room.incident().status, room.incident().severity) != before
    assert room.timeline()[0].reason == "seen on the dashboard"


def test_a_milestone_is_when_it_was_first_reached(room: Room) -> None:
    room.wait(minutes=5)
    room.type(ANA, "mitigate fallback on")
    room.wait(minutes=5)
    room.type(ANA, "status investigating fallback is failing too")
    room.wait(minutes=5)
    room.type(ANA, "mitigate rolled back")
    room.wait(minutes=5)
    room.type(ANA, "status monitoring precision is normal")
    incident = room.incident()
    assert incident.mitigated_at == START + timedelta(minutes=5)
    assert incident.verified_at == START + timedelta(minutes=20)
    assert incident.resolved_at is None


def test_the_worst_severity_is_remembered(room: Room) -> None:
    room.type(ANA, "severity 1 money is leaving")
    room.type(ANA, "severity sev3 the fallback holds")
    incident = room.incident()
    assert (incident.severity, incident.peak_severity) == ("sev3", "sev1")
    assert [(entry.text, entry.reason) for entry in room.timeline("severity")] == [
        ("Severity: SEV2 → SEV1", "money is leaving"),
        ("Severity: SEV1 → SEV3", "the fallback holds"),
    ]


def test_of_two_people_who_resolve_one_wins_and_the_other_is_told(room: Room) -> None:
    first, second = room.click(ANA, "statuses.resolve").modal, room.click(LEE, "statuses.resolve").modal
    assert room.send(ANA, first, why="rolled back to 41") is None
    with pytest.raises(RuleBroken, match="resolved already"):
        room.send(LEE, second, why="restarted it")
    assert len(room.timeline("status")) == 1
    assert room.incident().ended_by == "rolled back to 41"


def test_eight_people_who_resolve_at_the_same_moment_resolve_it_once(room: Room) -> None:
    def resolve(number: int) -> bool:
        try:
            room.type(ANA, f"resolve way {number}")
        except RuleBroken:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        assert sum(crowd.map(resolve, range(8))) == 1
    assert len(room.timeline("status")) == len(room.owed("UploadReview")) == 1


def test_a_cancelled_incident_has_no_review_and_a_resolved_one_can_be_closed(room: Room) -> None:
    room.type(ANA, "status cancelled it was the dashboard")
    assert room.incident().closed_at == START
    assert room.owed("UploadReview") == []
    assert "Resolve it first" in room.refused(ANA, "status closed nothing left")
    room.type(ANA, "reopen it was not")
    room.type(ANA, "resolve fixed")
    room.type(ANA, "status closed nothing left")
    incident = room.incident()
    assert (incident.status, incident.closed_at, incident.resolved_at) == ("closed", START, START)


def test_resolving_asks_what_ended_it_drafts_the_review_and_ends_the_reminders(room: Room) -> None:
    room.type(KIM, "role commander <@U01ANAMOR>")
    room.type(KIM, "update one in five payments is declined")
    form = room.type(ANA, "resolve").modal
    assert form is not None
    assert form["callback_id"] == "statuses.resolve-form"
    room.wait(hours=1)
    room.send(ANA, form, why="the feature job was restarted")
    incident = room.incident()
    assert (incident.status, incident.resolved_at) == ("resolved", START + timedelta(hours=1))
    assert incident.ended_by == "the feature job was restarted"
    assert incident.next_update_at is None
    for key in ("update:1", "long-command:1"):
        reminder = room.reminder(key)
        assert reminder is not None
        assert reminder.ended_at is not None
    with room.storage.reading() as tx:
        review = reviews.by_incident(tx, room.id)
    assert review is not None
    assert "the feature job was restarted" in review.markdown
    assert review.author == ANA


def test_status_resolved_goes_the_way_of_resolve(room: Room) -> None:
    form = room.type(ANA, "status resolved").modal
    assert form is not None
    assert form["callback_id"] == "statuses.resolve-form"
    room.type(ANA, "status resolved rolled back")
    assert room.incident().ended_by == "rolled back"
    assert room.owed("UploadReview")


def test_reopening_brings_it_back_and_keeps_what_was_said_on_the_timeline(room: Room) -> None:
    room.type(ANA, "role commander <@U01ANAMOR>")
    room.type(ANA, "resolve rolled back to 41")
    room.wait(hours=2)
    room.type(LEE, "reopen scores are zero again")
    incident = room.incident()
    assert (incident.status, incident.resolved_at, incident.ended_by) == ("investigating", None, None)
    assert incident.next_update_at == START + timedelta(hours=3)
    last = room.timeline("status")[-1]
    assert last.reason == "scores are zero again"
    assert last.data["was"]["ended_by"] == "rolled back to 41"
    with room.storage.reading() as tx:
        review = reviews.by_incident(tx, room.id)
    assert review is not None
    assert review.due_at is None
    nag = room.reminder("review:1")
    assert nag is not None
    assert nag.ended_at is not None
    room.wait(hours=1)
    room.type(ANA, "resolve the job is fixed")
    assert room.incident().resolved_at == START + timedelta(hours=3)
    nag = room.reminder("review:1")
    assert nag is not None
    assert nag.ended_at is None


def test_what_is_open_cannot_be_reopened(room: Room) -> None:
    assert "open already" in room.refused(ANA, "reopen because")


def test_a_test_or_private_incident_tells_stakeholders_nothing(storage: Storage) -> None:
    room = Room(storage, private=True)
    room.type(ANA, "severity SEV1 personal data is out")
    room.type(ANA, "resolve it was removed")
    assert room.owed("SayToStakeholders", "DrawAnnouncement") == []
    assert len(room.said()) >= 2


def test_words_of_people_ping_nobody(room: Room) -> None:
    room.type(ANA, "status identified <!channel> <https://evil.example|click> &lt;b&gt;")
    (said,) = room.said()
    assert "<!" not in said
    assert "<https" not in said
    assert "@channel" not in said


def test_a_card_of_a_private_incident_answers_only_its_members(storage: Storage) -> None:
    room = Room(storage, private=True)
    with pytest.raises(RuleBroken, match="no such incident"):
        room.click(LEE, "statuses.severity")


def test_only_those_the_policy_names_may(room: Room) -> None:
    room.policy = room.policy.model_copy(
        update={"permissions": room.policy.permissions.model_copy(update={"resolve": "roles"})}
    )
    assert "leaves this to" in room.refused(LEE, "resolve it is fine")
    assert room.incident().status == "investigating"
    room.type(ERIK, "resolve it is fine")
    assert room.incident().status == "resolved"
