"""Checks and actions in Slack: asked by the bot, approved by a second person, done once, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.connections import Connections
from bot.incidents.desk import FieldErrors
from playbooks.lifecycle import RuleBroken
from storage.transaction import Storage
from tests.bot.connections.service import Service
from tests.bot.runs.flags import Flags, said
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, Team, labels, library_of

FLAGS = """
applies_to: {failure_modes: [config-migration]}
vars: {wanted: {ask: "Which value?"}}
close_when: [Nobody complains for a day, The flag has an owner]
steps:
  - id: is-it-on
    kind: check
    title: Is the flag on?
    http: {connection: flags, path: /flags/fraud, expect: {pointer: /on, op: equals, value: true}}
    manual: Look at the flag's page.
    pir_field: fallback_used
    next: turn
    on_fail: tell
  - id: turn
    kind: action
    title: Turn the flag off
    http: {connection: flags, method: PUT, path: /flags/fraud, body: {"on": false}}
    before: {path: /flags/fraud, pointer: /on}
    approval: [commander]
    reversible: at-once
    manual: Turn it off by hand.
    undo: {manual: Turn it on by hand, request: {method: PUT, path: /flags/fraud, body: {"on": "{before}"}}}
    on_fail: tell
  - id: quiet
    kind: check
    title: Is it quiet?
    http: {connection: flags, path: /flags/fraud, expect: {pointer: /errors, op: at-most, value: 5}}
    for: 10m
    manual: Look at the graph.
    next: pause
    on_fail: tell
  - {id: pause, kind: wait, title: Wait a little, for: 20m}
  - {id: tell, title: Tell them, do: "Write {vars.wanted} down"}
  - {id: end, kind: end, title: Over}
"""


@pytest.fixture
def team(storage: Storage, connections: Connections, tmp_path: Path) -> Team:
    team = Team(storage, library=library_of(tmp_path / "own", flags=FLAGS), connections=connections, playbook="flags")
    team.type(ERIK, f"role commander <@{ANA}>")
    return team


def at_the_action(team: Team) -> None:
    team.call_connections()
    assert "Turn the flag off" in team.step().text
    team.call_connections()


def test_a_check_is_asked_by_the_bot_itself_and_moves_on_when_it_holds(team: Team, service: Service) -> None:
    assert "The bot is asking" in said(team)
    assert service.asked == []
    assert team.call_connections() == ["ask"]
    assert "Turn the flag off" in team.step().text
    assert team.records() == [("is-it-on", "passed", "")]
    assert "Holds: Is the flag on? (What stands at /on is true, as expected)" in team.timeline("step")[-1].text
    assert team.timeline("step")[-1].author is None


def test_a_check_that_does_not_hold_says_what_it_got_and_is_asked_again(team: Team, flags: Flags) -> None:
    flags.on["fraud"] = False
    team.call_connections()
    assert "What stands at /on is false, and should be true" in said(team)
    assert labels(team.step())[:2] == ["Ask again", "It does not hold"]
    flags.on["fraud"] = True
    team.press(KIM, "Ask again")
    team.call_connections()
    assert team.records() == [("is-it-on", "passed", "")]


def test_a_check_that_failed_leads_where_the_playbook_says(team: Team, flags: Flags) -> None:
    flags.on["fraud"] = False
    team.call_connections()
    team.press(KIM, "It does not hold")
    assert "Tell them" in team.step().text
    assert team.records() == [("is-it-on", "failed", KIM)]


def test_where_a_connection_is_down_people_walk_the_step_by_hand(team: Team, flags: Flags) -> None:
    flags.down = True
    team.call_connections()
    assert "Look at the flag's page" in said(team)
    assert labels(team.step())[:3] == ["It holds", "It does not hold", "Ask again"]
    assert isinstance(team.write_down(LEE, "It holds", value="  "), FieldErrors)
    team.write_down(LEE, "It holds", value="The page says on")
    assert "Turn the flag off" in team.step().text
    assert "looked at by hand: The page says on" in team.timeline("step")[-1].text
    team.call_connections()
    team.write_down(LEE, "Done by hand", value="Turned it off on its page")
    assert "Is it quiet?" in team.step().text


def test_nothing_is_asked_of_a_connection_that_nobody_set_up(storage: Storage, tmp_path: Path) -> None:
    team = Team(storage, library=library_of(tmp_path / "own", flags=FLAGS), playbook="flags")
    team.call_connections()
    assert "Look at the flag's page" in said(team)
    assert "flags" in said(team)


def test_an_action_shows_what_it_would_send_and_is_sent_once_two_people_agree(
    team: Team, service: Service, flags: Flags
) -> None:
    at_the_action(team)
    assert "PUT /flags/fraud" in said(team)
    assert "Now *true*" in said(team)
    team.press(LEE, "Ask for approval")
    assert f"<@{LEE}> asks for approval" in said(team)
    assert team.told(ANA, "asks you to approve “Turn the flag off”")
    assert service.writes == []
    team.press(ANA, "Approve")
    assert service.writes == []
    assert team.call_connections() == ["act"]
    assert [one.json for one in service.writes] == [{"on": False}]
    assert flags.on["fraud"] is False
    assert "Is it quiet?" in team.step().text
    told = [row.payload["text"] for row in team.owed("SayInIncident")]
    assert any(
        "Asked for by somebody, approved by Ana Moreau" in one or "approved by Ana Moreau" in one for one in told
    )


def test_nobody_approves_what_they_asked_for_nor_what_is_not_theirs_to_approve(team: Team, service: Service) -> None:
    at_the_action(team)
    team.press(ANA, "Ask for approval")
    with pytest.raises(RuleBroken, match="somebody else has to approve"):
        team.press(ANA, "Approve")
    with pytest.raises(RuleBroken, match="approved by <@U01ANAMOR> \\(Commander\\)"):
        team.press(KIM, "Approve")
    with pytest.raises(RuleBroken, match="approved by"):
        team.press(KIM, "Refuse")
    team.press(ANA, "Take back the request")
    assert "Ask for approval" in labels(team.step())
    assert team.call_connections() == []
    assert service.writes == []


def test_a_refusal_says_why_and_the_one_who_asked_hears_it(team: Team, service: Service) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.write_down(ANA, "Refuse", reason="Not while the batch runs")
    assert "Refused by Ana Moreau: Not while the batch runs" in said(team)
    assert team.told(LEE, "Not while the batch runs")
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    assert len(service.writes) == 1
    texts = " / ".join(entry.text for entry in team.timeline("step"))
    assert texts.index("Refused: Turn the flag off") < texts.index("Approved: Turn the flag off")


def test_of_two_who_approve_at_once_one_does_and_it_is_sent_once(
    storage: Storage, connections: Connections, service: Service, tmp_path: Path
) -> None:
    anyone = FLAGS.replace("approval: [commander]", "approval: [anyone]")
    team = Team(storage, library=library_of(tmp_path / "own", flags=anyone), connections=connections, playbook="flags")
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    shown = team.step()
    worked, refused = team.at_once(
        lambda: team.press(ANA, "Approve", shown),
        lambda: team.press(KIM, "Approve", shown),
    )
    assert (len(worked), len(refused)) == (1, 1)
    assert "was faster, and approved it" in refused[0]
    assert team.call_connections() == ["act"]
    assert len(service.writes) == 1


def test_what_somebody_changed_meanwhile_is_not_overwritten(team: Team, service: Service, flags: Flags) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    flags.on["fraud"] = "half"
    team.call_connections()
    assert [row for row in team.records() if row[0] == "turn"] == []
    assert {"Done by hand", "Try again", "Go on: it failed"} <= set(labels(team.step()))
    assert service.writes == []


def test_an_action_is_taken_back_with_one_click_and_only_once(team: Team, service: Service, flags: Flags) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    shown = team.step()
    assert "Undo" in labels(shown)
    with pytest.raises(RuleBroken, match="may take it back"):
        team.press(KIM, "Undo", shown)
    team.press(LEE, "Undo", shown)
    with pytest.raises(RuleBroken, match="asked for it already"):
        team.press(ANA, "Undo", shown)
    assert team.call_connections()[-1] == "undo"
    assert flags.on["fraud"] is True
    assert [one.json for one in service.writes] == [{"on": False}, {"on": True}]
    with pytest.raises(RuleBroken, match="took it back already"):
        team.press(ANA, "Undo", shown)
    assert "Undo" not in labels(team.step())
    assert "Taken back by" in team.timeline("step")[-1].text


def test_what_must_hold_for_ten_minutes_is_asked_until_it_has(team: Team, service: Service, flags: Flags) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    team.call_connections()
    assert "So far so good" in said(team)
    asked = len(service.asked)
    for _ in range(9):
        team.wait(minutes=1)
        team.tick_twice()
        team.call_connections()
        assert "Is it quiet?" in team.step().text
    team.wait(minutes=1)
    team.tick()
    team.call_connections()
    assert "Wait a little" in team.step().text
    assert len(service.asked) == asked + 10
    assert "did for 10 minutes" in team.timeline("step")[-1].text


def test_what_stops_holding_fails_at_once(team: Team, flags: Flags) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    team.call_connections()
    team.wait(minutes=4)
    flags.errors = 9
    team.tick()
    team.call_connections()
    assert "What stands at /errors is 9, and should be at most 5" in said(team)
    assert "held for 4 minutes" in team.timeline("step")[-1].text


def walked_to(team: Team, title: str) -> None:
    while title not in team.step().text:
        team.write_down(KIM, "Skip", reason="for this test")
        team.call_connections()


def test_a_wait_goes_on_by_itself(team: Team) -> None:
    walked_to(team, "Wait a little")
    assert "goes on by itself" in said(team)
    team.wait(minutes=19)
    team.tick()
    assert "Wait a little" in team.step().text
    team.wait(minutes=1)
    team.tick_twice()
    assert "Tell them" in team.step().text
    assert team.records()[-1] == ("pause", "waited", "")


def test_a_variable_that_nobody_knows_is_asked_and_then_stands_in_the_text(team: Team) -> None:
    walked_to(team, "Tell them")
    assert "Which value?" in said(team)
    assert labels(team.step())[0] == "Fill in"
    team.write_down(LEE, "Fill in", wanted="forty-one")
    assert "Write forty-one down" in said(team)
    team.press(LEE, "Done")
    assert team.step().text.startswith("The flags playbook is over")


def test_closing_criteria_are_confirmed_at_the_end_and_leave_the_status_alone(team: Team) -> None:
    walked_to(team, "Tell them")
    team.write_down(LEE, "Fill in", wanted="x")
    team.press(LEE, "Done")
    status = team.incident().status
    assert "Nobody complains for a day" in said(team)
    team.write_down(KIM, "Confirm", criteria=["1"])
    assert f"The flag has an owner (<@{KIM}>)" in said(team)
    team.write_down(ANA, "Confirm", criteria=["0"])
    assert "Confirm" not in labels(team.step())
    assert team.incident().status == status
    team.press(ANA, "Back")
    team.press(ANA, "Done")
    assert "Confirm" in labels(team.step()), "what was confirmed before the way back counts no more"


def test_a_run_stands_where_it_stood_after_a_restart_at_any_instant(team: Team, service: Service) -> None:
    """An answer that comes twice, or for a call that was made anew, changes nothing."""
    owed: list[Any] = team.owed("CallConnection")
    team.call_connections()
    before = team.records()
    from bot.effects import read as read_effect

    effect = read_effect(owed[0].kind, owed[0].payload)
    with team.storage.transaction() as tx:
        learnt = {"passed": True, "got": "x", "said": "late", "problem": None}
        team.feature.learnt[type(effect)](team.desk(tx, ""), effect, learnt)
    assert team.records() == before


def test_two_playbooks_are_walked_side_by_side_and_each_by_itself(team: Team) -> None:
    team.call_connections()
    asked = team.type(KIM, "playbook bad-data")
    assert labels(asked) == ["Beside it", "Instead of it"]
    team.press(KIM, "Beside it", asked)
    first, second = team.runs()[-2:]
    assert (first.end, second.end) == (None, None)
    assert "Turn the flag off" in team.step(first.id).text
    shown = team.type(KIM, "step")
    assert "Turn the flag off" in shown.text
    assert len(shown.text.splitlines()) == 2
    skip = team.press(LEE, "Skip", team.step(second.id))
    assert skip is not None
    team.send(LEE, skip.modal, reason="not here")
    assert "Turn the flag off" in team.step(first.id).text
    third = team.type(ANA, "playbook bad-rollout")
    assert "Beside it" not in labels(third)
    with pytest.raises(RuleBroken, match="was faster"):
        team.press(LEE, "Beside it", asked)


def test_whoever_asked_takes_the_request_back_and_nobody_else(team: Team) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    with pytest.raises(RuleBroken, match=f"<@{LEE}> asked for it, and takes it back; you may refuse it"):
        team.press(ANA, "Take back the request")
    team.press(LEE, "Take back the request")
    assert "Ask for approval" in labels(team.step())


def test_what_nobody_looked_at_for_a_while_has_to_hold_anew(team: Team, flags: Flags) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    team.call_connections()
    team.wait(minutes=15)  # the bot was down
    team.tick()
    team.call_connections()
    assert "So far so good" in said(team)
    for _ in range(10):
        team.wait(minutes=1)
        team.tick()
        team.call_connections()
    assert "Wait a little" in team.step().text
