"""Checks, actions and waits in odd orders: late clicks, forms left open, facts that change before an answer comes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.connections import Connections
from playbooks.lifecycle import RuleBroken
from storage.transaction import Storage
from tests.bot.connections.service import Service, Told, serve
from tests.bot.runs.flags import Flags, connected, said
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, Team, labels, library_of

ODD = """
vars:
  flag: {ask: "Which flag?"}
timers:
  - {id: tell, after: 30m, every: 30m, remind: commander, text: "Say how {vars.flag} is"}
close_when: [Nobody complains, The flag has an owner]
steps:
  - {id: which, title: Which flag is it?, do: x, evidence: [{id: flag, ask: "Which flag?"}]}
  - id: is-on
    kind: check
    when: {incident.severity: [sev1, sev2]}
    title: Is {vars.flag} on?
    http: {connection: flags, path: "/flags/{vars.flag}", expect: {pointer: /on, op: equals, value: true}}
    manual: Look at the flag's page.
    pir_field: fallback_used
    next: turn
    on_fail: tell
  - id: turn
    kind: action
    when: {incident.severity: [sev1, sev2]}
    title: Turn {vars.flag} off
    http: {connection: flags, method: PUT, path: "/flags/{vars.flag}", body: {"on": false}}
    before: {path: "/flags/{vars.flag}", pointer: /on}
    approval: [anyone]
    reversible: at-once
    manual: Turn it off by hand.
    undo: {manual: By hand, request: {method: PUT, path: "/flags/{vars.flag}", body: {"on": "{before}"}}}
    on_fail: tell
  - {id: pause, kind: wait, title: Wait a little, for: 20m}
  - id: tell
    kind: decision
    title: Tell them
    ask: Was it that flag?
    options:
      - {label: "No, red", goto: end, sets: {vars.flag: red}}
      - {label: "Yes", goto: end}
      - {label: "Can't tell", goto: end, cannot_tell: true}
  - {id: end, kind: end, title: Over}
"""


@pytest.fixture
def team(storage: Storage, connections: Connections, tmp_path: Path) -> Team:
    team = Team(storage, library=library_of(tmp_path / "own", odd=ODD), connections=connections, playbook="odd")
    team.type(ERIK, f"role commander <@{ANA}>")
    return team


def name_it(team: Team, flag: str = "blue") -> None:
    team.write_down(LEE, "Done", flag=flag)


def at_the_action(team: Team) -> None:
    name_it(team)
    team.call_connections()
    team.call_connections()
    assert "Turn blue off" in team.step().text


def turned_off(team: Team) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()


def at_the_end(team: Team) -> None:
    for _ in range(9):
        if "over" in team.step().text:
            return
        team.write_down(KIM, "Skip", reason="for this test")


def test_whoever_goes_back_from_an_end_that_somebody_just_confirmed_is_told_so(team: Team) -> None:
    at_the_end(team)
    shown = team.step()
    team.write_down(KIM, "Confirm", criteria=["0"])
    with pytest.raises(RuleBroken, match="U03KIMTAN> was faster, and confirmed what holds at the end"):
        team.press(ANA, "Back", shown)


def test_titles_are_filled_in_wherever_people_read_them(team: Team) -> None:
    at_the_action(team)
    shown = team.step()
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    with pytest.raises(RuleBroken, match="The bot was faster, and did “Turn blue off”"):
        team.press(KIM, "Skip", shown)
    team.press(KIM, "Back")
    team.call_connections()
    team.press(LEE, "Undo")
    team.call_connections()
    team.type(ERIK, "resolve it is off")
    texts = [entry.text for entry in team.timeline("step")]
    assert "Reopened a step: Turn blue off" in texts
    assert "Taking back: Turn blue off" in texts
    everything = " ".join([*texts, *(str(row.payload) for row in team.owed("SayInIncident", "Tell"))])
    assert "{vars" not in everything
    assert "{vars" not in team.review().markdown
    assert "Is blue on?" in team.review().markdown


def test_a_check_whose_answer_came_while_it_did_not_apply_is_asked_again_when_it_does(team: Team) -> None:
    name_it(team)
    assert "The bot is asking" in said(team)
    team.type(ERIK, "severity sev3 milder")
    assert "Wait a little" in team.step().text
    team.call_connections()
    team.type(ERIK, "severity sev2 not so mild")
    assert "Is blue on?" in team.step().text
    assert "ask" in team.call_connections()
    assert "Turn blue off" in team.step().text


def test_a_wait_that_other_facts_led_to_ends_by_itself(team: Team) -> None:
    name_it(team)
    team.type(ERIK, "severity sev3 milder")
    assert "Wait a little" in team.step().text
    team.wait(minutes=20)
    team.tick()
    assert "Tell them" in team.step().text


def test_what_other_facts_lead_to_is_asked_at_once(team: Team) -> None:
    team.type(ERIK, "severity sev3 milder")
    name_it(team)
    assert "Wait a little" in team.step().text
    team.type(ERIK, "severity sev1 worse")
    assert "ask" in team.call_connections()
    assert "Turn blue off" in team.step().text


def test_an_action_that_was_sent_while_it_did_not_apply_counts_when_it_does(team: Team, service: Service) -> None:
    at_the_action(team)
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.type(ERIK, "severity sev3 milder")
    team.call_connections()
    assert len(service.writes) == 1
    assert "Undo" in labels(team.step())
    team.type(ERIK, "severity sev2 not so mild")
    assert "Wait a little" in team.step().text
    team.call_connections()
    assert len(service.writes) == 1


def test_what_came_of_an_action_says_so_in_its_own_words(team: Team, flags: Flags) -> None:
    at_the_action(team)
    flags.down = True
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    team.call_connections()
    shown = team.step()
    team.press(KIM, "Go on: it failed")
    assert "Failed: Turn blue off" in team.timeline("step")[-1].text
    with pytest.raises(RuleBroken, match="U03KIMTAN> was faster, and went on as “Turn blue off” had failed"):
        team.press(LEE, "Go on: it failed", shown)
    team.type(ERIK, "resolve it is off")
    assert "Turn blue off: it failed" in team.review().markdown


def test_the_form_of_an_action_that_cannot_be_done_does_not_ask_whether_it_holds(team: Team, flags: Flags) -> None:
    name_it(team)
    team.call_connections()
    flags.down = True
    team.call_connections()
    answer = team.press(KIM, "Go on: it failed")
    assert answer is not None
    assert answer.modal is not None
    assert "hold" not in str(answer.modal["title"])


def test_a_form_left_open_does_not_pass_a_check_that_fails_by_now(team: Team, flags: Flags) -> None:
    flags.down = True
    name_it(team)
    team.call_connections()
    form = team.press(KIM, "It holds")
    assert form is not None
    flags.down, flags.on["blue"] = False, False
    team.press(LEE, "Ask again")
    team.call_connections()
    with pytest.raises(RuleBroken, match="asked again meanwhile"):
        team.send(KIM, form.modal, value="The page said on")
    assert "Is blue on?" in team.step().text


def test_a_form_left_open_does_not_give_up_what_is_being_sent(team: Team, flags: Flags) -> None:
    name_it(team)
    team.call_connections()
    flags.down = True
    team.call_connections()
    form = team.press(KIM, "Go on: it failed")
    assert form is not None
    flags.down = False
    team.press(LEE, "Try again")
    team.call_connections()
    team.press(LEE, "Ask for approval")
    team.press(ANA, "Approve")
    with pytest.raises(RuleBroken, match="sending it now"):
        team.send(KIM, form.modal, value="It is broken")
    team.call_connections()
    assert "Wait a little" in team.step().text


def test_nothing_else_is_changed_by_an_undo_when_a_variable_says_something_else_by_now(
    team: Team, flags: Flags, service: Service
) -> None:
    flags.on["red"] = False
    turned_off(team)
    team.write_down(KIM, "Skip", reason="no time")
    team.press(KIM, "No, red")
    team.press(LEE, "Undo")
    team.call_connections()
    assert len(service.writes) == 1
    assert flags.on == {"red": False, "blue": False}
    assert "It could not be taken back" in team.timeline("step")[-1].text


def test_a_timer_says_what_a_variable_stands_for(team: Team) -> None:
    name_it(team)
    team.wait(minutes=30)
    team.tick()
    assert team.told(ANA, "Say how blue is")


def test_timers_go_on_when_somebody_goes_back_into_a_playbook_that_was_over(team: Team) -> None:
    name_it(team)
    team.wait(minutes=30)
    team.tick()
    at_the_end(team)
    team.wait(minutes=40)
    team.tick()
    assert len(team.told(ANA, "Say how")) == 1
    team.press(KIM, "Back")
    team.wait(minutes=19)
    team.tick_twice()
    assert len(team.told(ANA, "Say how")) == 1
    team.wait(minutes=1)
    team.tick_twice()
    assert len(team.told(ANA, "Say how")) == 2


def test_what_a_check_found_is_the_bots_word_in_the_review(team: Team) -> None:
    name_it(team)
    team.call_connections()
    team.type(ERIK, "resolve it is on")
    assert "the bot in the playbook" in team.review().markdown
    assert "somebody in the playbook" not in team.review().markdown


def test_a_button_from_before_the_incident_was_reopened_does_what_it_says(team: Team) -> None:
    shown = team.step()
    team.type(ERIK, "resolve it is on")
    with pytest.raises(RuleBroken, match="The incident is over"):
        team.press(KIM, "Skip", shown)
    team.type(ERIK, "reopen it is not")
    form = team.press(KIM, "Skip", shown)
    assert form is not None
    team.send(KIM, form.modal, reason="we know which")
    assert team.records() == [("which", "skipped", KIM)]


def test_of_two_who_fill_in_the_same_one_is_told(storage: Storage, tmp_path: Path) -> None:
    body = (
        ODD.partition("  - id: is-on")[0]
        .replace(
            '  - {id: which, title: Which flag is it?, do: x, evidence: [{id: flag, ask: "Which flag?"}]}',
            "  - {id: which, title: Look at it, do: 'See {vars.flag} and {vars.kind}'}",
        )
        .replace("vars:", 'vars:\n  kind: {from: incident.failure_mode, ask: "Which kind?"}')
    )
    body += "  - {id: end, kind: end, title: Over}\n"
    team = Team(storage, library=library_of(tmp_path / "own", odd=body), playbook="odd")
    one, two = team.press(KIM, "Fill in"), team.press(LEE, "Fill in")
    assert one is not None
    assert two is not None
    with team.storage.transaction() as tx:
        tx.session.merge(team.incident()).failure_mode = "bad-data"
    team.send(KIM, one.modal, flag="blue", kind="drift")
    with pytest.raises(RuleBroken, match="was faster"):
        team.send(LEE, two.modal, flag="red", kind="x")
    assert "See blue and drift" in said(team)


INNER = """
vars: {cause: {ask: "What cause?"}, serving: {from: model.rollback, ask: "Which version?"}}
steps:
  - id: which
    kind: decision
    title: Which cause?
    ask: Which?
    options:
      - {label: "Data", goto: note, sets: {vars.cause: data}}
      - {label: "Can't tell", goto: note, cannot_tell: true}
  - {id: note, title: Note it, do: x, evidence: [{id: serving, ask: "Which version?"}]}
  - {id: last, title: Last inside, do: "It is {vars.cause} at {vars.serving}"}
  - {id: end, kind: end, title: End}
"""
OUTER = """
steps:
  - {id: again, kind: include, title: Inside, playbook: inner}
  - {id: end, kind: end, title: End}
"""


def test_what_was_said_in_an_earlier_playbook_stands_in_one_that_includes_it(storage: Storage, tmp_path: Path) -> None:
    team = Team(storage, library=library_of(tmp_path / "own", inner=INNER, outer=OUTER), playbook="inner")
    team.press(KIM, "Data")
    team.write_down(KIM, "Done", serving="39")
    assert "It is data at 39" in said(team)
    team.type(ANA, "playbook outer")
    assert "It is data at 39" in said(team)


def test_a_value_that_is_not_there_yet_is_shown_so(storage: Storage, tmp_path: Path) -> None:
    with serve(lambda asked: Told({})) as service:
        known = connected(service.url, tmp_path)
        team = Team(storage, library=library_of(tmp_path / "own", odd=ODD), connections=known, playbook="odd")
        name_it(team)
        team.write_down(KIM, "Skip", reason="for this test")
        team.call_connections()
        assert "Now *not there*, then *false*" in said(team)
        team.press(KIM, "Ask for approval")
        assert "not there → false" in team.timeline("step")[-1].text


def test_the_failure_mode_that_one_playbook_finds_moves_the_other_on(storage: Storage, tmp_path: Path) -> None:
    finds = INNER.replace("sets: {vars.cause: data}", "sets: {failure_mode: bad-data}")
    other = """
steps:
  - {id: one, title: Only for drift, do: x, when: {incident.failure_mode: [data-drift]}}
  - {id: pause, kind: wait, title: Wait a little, for: 20m}
  - {id: end, kind: end, title: End}
"""
    team = Team(storage, library=library_of(tmp_path / "own", inner=finds, other=other), playbook="inner")
    team.press(KIM, "Can't tell")
    team.press(ERIK, "Beside it", team.type(ERIK, "playbook other"))
    first, second = (run.id for run in team.runs()[-2:])
    team.press(KIM, "Back", team.step(first))
    assert "Only for drift" in team.step(second).text
    team.press(KIM, "Data", team.step(first))
    assert "Wait a little" in team.step(second).text
    team.press(KIM, "Back", team.step(first))
    assert "Only for drift" in team.step(second).text
    team.press(KIM, "Data", team.step(first))
    team.wait(minutes=20)
    team.tick_twice()
    assert "is over" in team.step(second).text


def test_a_playbook_is_listed_with_what_the_bot_does_by_itself_and_without_braces(team: Team) -> None:
    shown = str(team.type(KIM, "playbooks odd").blocks)
    assert "2. Is … on? _(the bot asks)_" in shown
    assert "3. Turn … off _(the bot does it, once somebody else approves)_" in shown
    assert "4. Wait a little _(20 minutes)_" in shown
    assert "{vars" not in shown
