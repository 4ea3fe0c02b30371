"""Reminders while a playbook is walked: each once, to one person, and never once they are pointless."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import participants
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, Team, library_of

INNER = """
timers:
  - {id: write, after: 10m, remind: commander, text: "Inner words"}
steps:
  - {id: one, title: One, do: x}
  - {id: end, kind: end, title: End}
"""
TIMED = """
timers:
  - {id: write, after: 10m, every: 30m, until: mitigated, remind: comms, text: "Write about {model.title}"}
steps:
  - {id: look, title: Look at it, do: x, role: poc:product, due: 5m}
  - {id: think, title: Think, do: x, due: 5m}
  - {id: more, kind: include, title: More, playbook: inner}
  - {id: end, kind: end, title: End}
"""
LATE = "takes longer than planned"


@pytest.fixture
def team(storage: Storage, tmp_path: Path) -> Team:
    return Team(storage, library=library_of(tmp_path / "own", inner=INNER, timed=TIMED), playbook="timed")


def test_a_step_that_takes_too_long_is_asked_about_once_and_of_one_person(team: Team) -> None:
    team.wait(minutes=4, seconds=59)
    team.tick_twice()
    assert team.told(PAT) == []
    team.wait(seconds=1)
    team.tick_twice()
    assert team.told(PAT) == [f"INC-1 (<#C99INC001>): the step “Look at it” {LATE}. Done, or in need of help?"]
    team.wait(days=1)
    team.tick_twice()
    assert len([one for user in (ANA, ERIK, KIM, LEE, PAT) for one in team.told(user, LATE)]) == 1


def test_whoever_holds_the_step_is_asked_and_nobody_about_one_that_is_done(team: Team) -> None:
    team.press(LEE, "Assign to me")
    team.press(KIM, "Done")
    team.press(KIM, "Assign to me")
    team.wait(minutes=6)
    team.tick()
    assert (team.told(LEE, LATE), len(team.told(KIM, "“Think”"))) == ([], 1)
    team.press(KIM, "Back")
    team.wait(minutes=6)
    team.tick()
    assert len(team.told(LEE, "“Look at it”")) == 1


def test_a_step_of_nobody_is_asked_about_of_the_commander_else_of_the_opener(team: Team) -> None:
    team.press(LEE, "Done")
    team.wait(minutes=6)
    team.tick()
    assert len(team.told(ERIK, "“Think”")) == 1
    team.type(KIM, f"role commander <@{KIM}|kim>")
    team.press(LEE, "Back")
    team.press(LEE, "Done")
    team.wait(minutes=6)
    team.tick()
    assert len(team.told(KIM, "“Think”")) == 1


def test_a_step_that_stays_late_reaches_the_commander_once_and_nobody_after_that(team: Team) -> None:
    team.type(KIM, f"role commander <@{KIM}|kim>")
    team.wait(minutes=5)
    team.tick_twice()
    assert (len(team.told(PAT, LATE)), team.told(KIM, "is late")) == (1, [])
    team.wait(minutes=4)
    team.tick_twice()
    assert team.told(KIM, "is late") == []
    team.wait(minutes=1)
    team.tick_twice()
    late = f"INC-1 (<#C99INC001>): the step “Look at it” is late, and <@{PAT}> was reminded."
    assert team.told(KIM, "is late") == [f"{late} Does somebody else take it, or is it skipped?"]
    team.wait(days=1)
    team.tick_twice()
    assert (len(team.told(PAT, LATE)), len(team.told(KIM, "is late"))) == (1, 1)


def test_the_commander_hears_nothing_of_a_step_that_was_done_meanwhile(team: Team) -> None:
    team.type(KIM, f"role commander <@{KIM}|kim>")
    team.wait(minutes=6)
    team.tick()
    team.press(LEE, "Done")
    team.wait(minutes=5)
    team.tick()
    assert team.told(KIM, "“Look at it”") == []


def test_a_timer_goes_off_again_and_again_until_its_milestone_and_never_after(team: Team) -> None:
    team.type(KIM, f"role comms <@{LEE}|lee>")
    for _ in range(3):
        team.wait(minutes=10)
        team.tick_twice()
        team.wait(minutes=20)
    assert team.told(LEE, "Write about") == ["INC-1 (<#C99INC001>): Write about Fraud scoring"] * 3
    team.type(KIM, "mitigate switched to the fallback")
    team.wait(hours=3)
    team.tick_twice()
    assert len(team.told(LEE, "Write about")) == 3


def test_a_timer_that_was_slept_through_is_made_up_for_once(team: Team) -> None:
    team.wait(hours=5)
    team.tick_twice()
    assert len(team.told(ERIK, "Write about")) == 1
    team.wait(minutes=29)
    team.tick_twice()
    assert len(team.told(ERIK, "Write about")) == 2


def test_an_included_playbook_has_timers_of_its_own_even_of_the_same_name(team: Team) -> None:
    team.wait(minutes=10)
    team.tick_twice()
    assert len(team.told(ERIK, "Write about")) == 1
    assert len(team.told(ERIK, "Inner words")) == 1


@pytest.mark.parametrize("over", ["resolve it is gone", "playbook inner"])
def test_nobody_is_reminded_of_a_playbook_that_is_over(team: Team, over: str) -> None:
    team.type(ERIK, over)
    team.wait(days=2)
    team.tick_twice()
    everybody = [one for user in (ANA, ERIK, KIM, LEE, PAT) for one in team.told(user)]
    assert [one for one in everybody if LATE in one or "Write about" in one] == []


def test_the_reminders_of_a_private_incident_reach_its_members_alone(storage: Storage, tmp_path: Path) -> None:
    library = library_of(tmp_path / "own", inner=INNER, timed=TIMED)
    team = Team(storage, library=library, playbook="timed", private=True)
    team.wait(hours=1)
    team.tick_twice()
    assert team.told(PAT) == []
    assert len(team.told(ERIK, LATE)) == 1


def test_a_contact_who_could_not_be_brought_in_is_not_asked(team: Team) -> None:
    with team.storage.transaction() as tx:
        participants.set_problem(tx, team.id, user_id=PAT, problem="the Slack account is deactivated")
    assert "Product contact, which nobody is so far" in str(team.step().blocks)
    team.wait(minutes=6)
    team.tick()
    assert (team.told(PAT), len(team.told(ERIK, LATE))) == ([], 1)
