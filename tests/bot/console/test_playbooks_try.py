"""`ml-incident playbooks try` walks a playbook in the terminal as people would walk it in Slack."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from playbooks.load import shipped_library
from tests.bot.console.conftest import Command, Interrupted

PLAYBOOK = """\
schema: ml-incident.playbook/v1
id: tried
title: Something to try
version: "1.0.0"
owner: "@me"
review_by: 2027-05-01
close_when: [Every replica serves the good version]
vars:
  last_good: {from: model.rollback, ask: Which version was good?, kind: version}
steps:
  - id: count
    title: Count for {model.name}
    phase: triage
    role: poc:dsp
    due: 5m
    why: Nobody believes a guess.
    do: Ask {model.owner}.
    done_when: There is a number.
    evidence:
      - {id: bad, ask: How many are bad?, kind: number, pir_field: predictions_affected.count, required: true}
      - {id: sure, ask: How sure?, kind: choice, choices: [certain, a guess]}
  - {id: settle, kind: wait, title: Let it settle, for: 30m}
  - id: roll-back
    kind: action
    title: Roll back
    mlflow: {to: "{vars.last_good}"}
    approval: [commander]
    reversible: minutes
    manual: Set the alias by hand.
    undo: Set it back.
    on_fail: well
  - id: served
    kind: check
    title: Is it served?
    serving: {expect: {value: "{vars.last_good}"}}
    for: 5m
    manual: Ask each replica.
    pir_field: version_serving
    on_fail: well
  - id: money
    title: Tell finance
    when: {model.tier: ["0"]}
    do: Tell them.
  - id: well
    kind: decision
    title: Is it over?
    ask: Is it over?
    options:
      - {label: "Yes", goto: end, sets: {failure_mode: bad-rollout}}
      - {label: "Can't tell", goto: count, cannot_tell: true}
  - {id: end, kind: end, title: "Over for {model.name}", do: Resolve it.}
"""
MODELS = """\
models:
  fraud-scorer:
    plain_name: Fraud scoring
    owner: ana@example.com
    rollback: "41"
    poc: {dsp: jonas@example.com}
"""


@pytest.fixture
def tried(tmp_path: Path) -> str:
    """The name of a file with a playbook of every kind of step."""
    (tmp_path / "tried.yaml").write_text(PLAYBOOK, "utf-8")
    return "tried.yaml"


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def test_a_person_walks_every_kind_of_step_to_the_end(ml_incident: Command, tried: str) -> None:
    lines = typed("", "12", "1", "41", "", "", "41", "", "1")
    ended = ml_incident("playbooks", "try", tried, "--fact", "model.name=fraud-scorer", typed=lines)
    assert (ended.code, ended.err) == (0, "")
    assert "Count for fraud-scorer" in ended.out
    assert "POC data science platform · within 5 minutes" in ended.out
    assert "Passed at once; in an incident the run goes on by itself after 30 minutes." in ended.out
    assert "point the serving alias of fraud-scorer at version 41, on the connection “mlflow”" in ended.out
    assert "Somebody else has to agree: commander. It can be taken back: within minutes." in ended.out
    assert "which version of fraud-scorer every replica serves, on the connection “serving”" in ended.out
    assert "It passes when it is 41, for 5 minutes." in ended.out
    assert "By hand: Ask each replica." in ended.out
    assert "The end: Over for fraud-scorer\nResolve it.\n" in ended.out


def test_the_end_says_what_was_written_down_which_fields_it_filled_and_what_closes_it(
    ml_incident: Command, tried: str
) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("", "12", "1", "41", "", "", "41", "", "1"))
    assert ended.out.split("Resolve it.\n")[1] == (
        "\nWritten down\n• How many are bad? 12\n• How sure? certain\n• Is it served? 41\n"
        "\nFields of the review filled (2)\n• Predictions affected\n• Version that was really serving\n"
        "\nFailure mode\n• A new version or rollout is bad\n"
        "\nClosing criteria, which people confirm at the end\n• Every replica serves the good version\n"
    )


def test_evidence_is_checked_as_in_slack_and_asked_again(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("", "", "many", "12", "3", "2", "q"))
    assert "Please write this down first: How many are bad?" in ended.out
    assert "How many are bad? Write a number." in ended.out
    assert "How sure? Choose one of: certain, a guess." in ended.out
    assert "• How sure? a guess" in ended.out


def test_a_step_is_skipped_with_a_reason_only(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("s", " ", "s", "nobody is hurt", "q"))
    assert "Say in a few words why this step is skipped." in ended.out
    assert "Skipped\n• Count for UNKNOWN: nobody is hurt\n" in ended.out


def test_back_reopens_the_step_before_and_passes_over_a_wait(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("b", "", "12", "", "41", "b", "", "13", "", "q"))
    assert "This is the first step; there is nothing to go back to." in ended.out
    assert ended.out.count("Step 1 of about") == 2
    assert "• How many are bad? 13" in ended.out
    assert "12" not in ended.out.split("Written down")[1]


def test_a_failed_action_and_a_failed_check_lead_where_the_playbook_says(ml_incident: Command, tried: str) -> None:
    failed = ml_incident("playbooks", "try", tried, typed=typed("s", "x", "41", "2", "1"))
    assert "Is it served?" not in failed.out
    assert "The end:" in failed.out
    failed = ml_incident("playbooks", "try", tried, typed=typed("s", "x", "41", "1", "2", "40", "1"))
    assert "Tell finance" not in failed.out
    assert "The end:" in failed.out


def test_a_variable_is_asked_for_once_even_when_nobody_knows_it(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("s", "x", "", "", "q"))
    assert ended.out.count("Which version was good?") == 1
    assert "at version UNKNOWN, on" in ended.out


def test_a_transcript_of_a_pipe_shows_what_was_typed(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("", "12", "q"))
    assert "How many are bad? (a number, needed): 12\n" in ended.out


def test_what_is_known_decides_which_steps_apply_and_fills_the_texts(ml_incident: Command, tried: str) -> None:
    lines = typed("s", "x", "41", "", "", "")
    assert "Tell finance" in ml_incident("playbooks", "try", tried, "--fact", "model.tier=0", typed=lines).out
    assert "Tell finance" not in ml_incident("playbooks", "try", tried, "--fact", "model.tier=3", typed=lines).out
    assert "Ask UNKNOWN." in ml_incident("playbooks", "try", tried, typed=lines).out


def test_a_card_of_ones_own_models_yaml_fills_the_texts(ml_incident: Command, tried: str, tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text(MODELS, "utf-8")
    ended = ml_incident("playbooks", "try", tried, "--model", "fraud scoring", typed=typed("s", "x"))
    assert "Ask ana@example.com." in ended.out
    assert "POC data science platform (jonas@example.com)" in ended.out
    assert "at version 41," in ended.out, "the variable is read from the card, so nobody is asked for it"


REQUESTS = """\
schema: ml-incident.playbook/v1
id: requests
title: Requests
version: "1"
owner: "@me"
review_by: 2027-05-01
steps:
  - id: flag
    kind: check
    title: Is the flag off?
    http:
      connection: flags
      path: "/flags/{model.name}"
      query: {env: prod}
      expect: {pointer: /state, op: one-of, value: ["off", paused]}
    manual: Look.
    on_fail: off
  - {id: there, kind: check, title: There?, http: {connection: flags, path: /health}, manual: Look., on_fail: off}
  - id: rate
    kind: check
    title: Rate?
    prometheus: {query: 'rate(x{model="{model.name}"}[5m])', expect: {op: at-most, value: 0.01}}
    manual: Look.
    on_fail: off
  - id: alias
    kind: check
    title: Alias?
    mlflow: {alias: prod, expect: {op: not-equals, value: "7"}}
    manual: Look.
    on_fail: off
  - id: off
    kind: action
    title: Switch it off
    http: {connection: flags, method: PUT, path: "/flags/{model.name}", body: {state: "off"}}
    approval: [commander, poc:dsp]
    reversible: at-once
    manual: Switch it off.
    undo: Switch it on.
  - {id: end, kind: end, title: Over}
"""


def test_every_kind_of_question_and_request_is_said_in_words(ml_incident: Command, tmp_path: Path) -> None:
    (tmp_path / "requests.yaml").write_text(REQUESTS, "utf-8")
    ended = ml_incident("playbooks", "try", "requests.yaml", "--fact", "model.name=fraud", typed=typed(*[""] * 5))
    said = [line.partition(": ")[2] for line in ended.out.splitlines() if line.startswith("The bot would")]
    assert said == [
        "GET /flags/fraud?env=prod on the connection “flags”",
        "GET /health on the connection “flags”",
        'rate(x{model="fraud"}[5m]) on the connection “prometheus”',
        "which version of fraud the alias “prod” points at, on the connection “mlflow”",
        'PUT /flags/fraud {"state": "off"} on the connection “flags”',
    ]
    assert [line for line in ended.out.splitlines() if line.startswith("It passes when")] == [
        "It passes when the answer is 200 and what stands at /state is one of off, paused.",
        "It passes when the answer is 200.",
        "It passes when it is at most 0.01.",
        "It passes when it is not 7.",
    ]
    assert "Somebody else has to agree: commander or poc:dsp. It can be taken back: at once." in ended.out


def test_a_word_that_is_no_key_is_answered_with_the_keys(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("7", "q"))
    assert "“7” is none of these. Enter: done · s: skip · b: back · q: quit" in ended.out


def test_the_end_of_the_input_leaves_as_q_does(ml_incident: Command, tried: str) -> None:
    for lines in (typed("", "12"), typed("", "12", "", "q"), ""):
        ended = ml_incident("playbooks", "try", tried, typed=lines)
        assert (ended.code, ended.err) == (0, "")
        assert "Left before the end." in ended.out


def test_ctrl_c_leaves_with_what_was_written_down_and_code_130(ml_incident: Command, tried: str) -> None:
    ended = ml_incident("playbooks", "try", tried, stdin=Interrupted(typed("", "12", "")))
    assert (ended.code, ended.err) == (130, "")
    assert "Written down\n• How many are bad? 12\n" in ended.out


def test_it_keeps_nothing_and_colours_nothing_where_it_is_piped(
    ml_incident: Command, tried: str, tmp_path: Path
) -> None:
    ended = ml_incident("playbooks", "try", tried, typed=typed("q"))
    assert [path.name for path in tmp_path.iterdir()] == ["tried.yaml"]
    assert "\x1b" not in ended.out


def test_a_playbook_can_neither_colour_the_terminal_nor_move_its_cursor(
    ml_incident: Command, tried: str, tmp_path: Path
) -> None:
    hostile = PLAYBOOK.replace("do: Ask {model.owner}.", 'do: "\\e[2J\\e[31mred\\u202egnihtyna"')
    (tmp_path / "tried.yaml").write_text(hostile.replace("How many are bad?", '"How \\e[2Jmany?"'), "utf-8")
    ended = ml_incident("playbooks", "try", tried, "--fact", "model.name=\x1b[5m", typed=typed("", "12", "q"))
    assert "[2J[31mredgnihtyna\n" in ended.out
    assert not {"\x1b", "\u202e"} & set(ended.out)


def test_a_playbook_may_include_shipped_ones_and_those_beside_it(ml_incident: Command, tmp_path: Path) -> None:
    for included in ("common-first-fifteen-minutes", "beside"):
        text = PLAYBOOK.replace("id: tried", "id: outer")
        start = "steps:\n  - {id: inner, kind: include, title: First this, playbook: INCLUDED}\n"
        (tmp_path / "outer.yaml").write_text(text.replace("steps:\n", start.replace("INCLUDED", included)), "utf-8")
        (tmp_path / "beside.yaml").write_text(PLAYBOOK.replace("id: tried", "id: beside"), "utf-8")
        ended = ml_incident("playbooks", "try", "outer.yaml", typed="")
        assert ended.code == 0, ended.err
        assert "in “First this”" in ended.out


@pytest.mark.usefixtures("tried")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["bad-rolout"], 1, "There is no playbook “bad-rolout”. Did you mean “bad-rollout”?"),
        (["gone.yaml"], 1, "gone.yaml:1:1: cannot be read"),
        (["broken.yaml"], 1, "broken.yaml:1:1: id: is missing"),
        (["tried.yaml", "--fact", "tier"], 2, "write a name, = and a value"),
        (["tried.yaml", "--fact", "model.teir=1"], 2, "no playbook knows such a fact"),
        (["tried.yaml", "--model", "fraud-scorer"], 1, "There is no file models.yaml"),
    ],
)
def test_what_cannot_be_walked_is_said_in_a_sentence(
    ml_incident: Command, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    (tmp_path / "broken.yaml").write_text("schema: ml-incident.playbook/v1\n", "utf-8")
    ended = ml_incident("playbooks", "try", *words)
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_model_that_the_catalogue_does_not_know_gets_the_closest_name(
    ml_incident: Command, tried: str, tmp_path: Path
) -> None:
    (tmp_path / "models.yaml").write_text(MODELS, "utf-8")
    ended = ml_incident("playbooks", "try", tried, "--model", "fraud-score")
    assert ended.code == 1
    assert "did you mean “fraud-scorer”?" in ended.err


@pytest.mark.parametrize("name", sorted(shipped_library().sources))
def test_whatever_is_typed_every_shipped_playbook_comes_to_an_end_here(ml_incident: Command, name: str) -> None:
    choose = random.Random(name)
    lines = choose.choices(
        ["", "1", "2", "3", "7", "https://example.com", "x", "b"], [40, 20, 20, 8, 5, 5, 5, 1], k=4000
    )
    ended = ml_incident("playbooks", "try", name, "--fact", "model.tier=0", typed=typed(*lines))
    assert (ended.code, ended.err) == (0, "")
    assert "\nThe end: " in ended.out
