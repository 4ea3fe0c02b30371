"""An incident that is not over after all: its playbooks go on where they were, with what is known anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.connections import Connections
from playbooks.lifecycle import RuleBroken
from storage.transaction import Storage
from tests.bot.connections.service import Service
from tests.bot.runs.flags import Flags, said
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, Team, library_of

PLAYBOOK = """
timers:
  - {id: write, after: 1h, every: 1h, remind: commander, text: "Write about it"}
steps:
  - {id: look, title: Look at it, do: x, due: 5m, role: poc:product}
  - id: is-it-on
    kind: check
    title: Is the flag on?
    http: {connection: flags, path: /flags/fraud, expect: {pointer: /on, op: equals, value: true}}
    for: 10m
    manual: Look at the flag's page.
    on_fail: pause
  - id: turn
    kind: action
    title: Turn the flag off
    http: {connection: flags, method: PUT, path: /flags/fraud, body: {"on": false}}
    before: {path: /flags/fraud, pointer: /on}
    approval: [anyone]
    reversible: at-once
    manual: Turn it off by hand.
    undo: {manual: Turn it on by hand}
    on_fail: pause
  - {id: pause, kind: wait, title: Wait a little, for: 20m}
  - {id: end, kind: end, title: Over}
"""


@pytest.fixture
def team(storage: Storage, connections: Connections, tmp_path: Path) -> Team:
    return Team(storage, library=library_of(tmp_path / "own", ours=PLAYBOOK), connections=connections, playbook="ours")


def over_for(team: Team, **span: float) -> None:
    team.type(ERIK, "resolve it works again")
    team.wait(**span)
    team.type(ERIK, "reopen it does not")


def at_the_check(team: Team) -> None:
    team.press(KIM, "Done")
    team.call_connections()


def at_the_action(team: Team) -> None:
    at_the_check(team)
    for _ in range(10):
        team.wait(minutes=1)
        team.tick()
        team.call_connections()
    team.call_connections()


def test_the_playbook_goes_on_where_it_was_and_the_channel_is_told(team: Team) -> None:
    at_the_check(team)
    runs = [run.id for run in team.runs()]
    over_for(team, hours=3)
    assert [run.id for run in team.runs()] == runs
    assert team.runs()[-1].ended_at is None
    assert "Is the flag on?" in team.step().text
    told = team.owed("SayInIncident")[-1].payload["text"]
    assert told.startswith(f"Reopened by <@{ERIK}>. Why: it does not\n")
    assert told.endswith("The playbook “The ours playbook” goes on where it was, at “Is the flag on?”.")
    assert team.timeline("playbook")[-1].text == "Playbook goes on: The ours playbook (1)"
    assert all("goes on" not in row.payload["text"] for row in team.owed("SayToStakeholders"))


def test_what_was_walked_to_its_end_or_replaced_stays_so(team: Team, tmp_path: Path) -> None:
    steps = "steps:\n  - {id: one, title: One, do: x}\n  - {id: end, kind: end, title: Over}\n"
    team.library = library_of(tmp_path / "own", other=steps)
    team.type(KIM, "playbook other")
    team.press(KIM, "Done")
    before = [(run.id, run.end) for run in team.runs()]
    over_for(team, hours=3)
    assert [(run.id, run.end) for run in team.runs()] == before
    assert "goes on" not in team.owed("SayInIncident")[-1].payload["text"]


def test_only_what_was_being_walked_at_the_last_end_goes_on(team: Team) -> None:
    shown, first = team.step(), team.runs()[-1].id
    over_for(team, hours=1)
    with team.storage.transaction() as tx:
        ended = tx.session.merge(team.runs()[-1])
        ended.end, ended.ended_at = "incident-resolved", team.now  # as a version left it that began anew
    team.wait(hours=1)
    team.type(ERIK, "playbook ours")
    over_for(team, hours=1)
    assert [run.id for run in team.runs() if run.ended_at is None] == [first + 1]
    with pytest.raises(RuleBroken, match="ended with the incident"):
        team.press(KIM, "Skip", shown)


def test_whoever_holds_the_step_has_the_whole_time_for_it_again(team: Team) -> None:
    team.wait(minutes=4)
    over_for(team, hours=3)
    team.wait(minutes=4, seconds=59)
    team.tick_twice()
    assert team.told(PAT) == []
    team.wait(seconds=1)
    team.tick_twice()
    assert len(team.told(PAT, "takes longer than planned")) == 1


def test_timers_go_off_at_their_next_time_and_make_up_for_none(team: Team) -> None:
    over_for(team, hours=3, minutes=30)
    team.tick_twice()
    assert team.told(ERIK, "Write about it") == []
    team.wait(minutes=30)
    team.tick_twice()
    assert len(team.told(ERIK, "Write about it")) == 1


def test_a_check_is_asked_anew_and_has_to_hold_for_its_whole_time(team: Team, flags: Flags) -> None:
    at_the_check(team)
    assert "So far so good" in said(team)
    over_for(team, minutes=11)
    assert team.call_connections() == ["ask"]
    assert "Is the flag on?" in team.step().text, "nobody looked for eleven minutes"
    flags.on["fraud"] = False
    team.wait(minutes=1)
    team.tick()
    team.call_connections()
    assert "What stands at /on is false" in said(team)
    flags.on["fraud"] = True
    over_for(team, hours=1)
    team.call_connections()
    assert "So far so good" in said(team)


def test_what_was_asked_to_be_approved_before_the_end_is_asked_for_again(team: Team, service: Service) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    old = team.step()
    over_for(team, days=2)
    with pytest.raises(RuleBroken, match="changed since"):
        team.press(ANA, "Approve", old)
    team.call_connections()
    assert service.writes == []
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    assert len(service.writes) == 1


def test_what_was_being_sent_at_the_end_is_done_once_and_not_asked_for_again(team: Team, service: Service) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.type(ERIK, "resolve it works again")
    team.call_connections()
    assert len(service.writes) == 1
    team.type(ERIK, "reopen it does not")
    team.call_connections()
    assert len(service.writes) == 1
    assert "Wait a little" in team.step().text


def test_a_wait_that_passed_meanwhile_is_over(team: Team) -> None:
    at_the_action(team)
    team.write_down(KIM, "Skip", reason="for this test")
    over_for(team, hours=1)
    assert "Wait a little" in team.step().text
    team.tick_twice()
    assert team.runs()[-1].end == "finished"
