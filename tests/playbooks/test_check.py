"""What is found in a faulty playbook, and where."""

from datetime import date
from pathlib import Path

import fastjsonschema
import pytest

from playbooks.load import PlaybookBroken, check, load_library, parse_playbook, shipped_library
from playbooks.reading import read_yaml
from playbooks.schema import json_schema

TODAY = date(2026, 11, 20)
HEAD = """\
schema: ml-incident.playbook/v1
id: mine
title: Mine
version: "1"
owner: "@me"
review_by: 2027-05-01
"""
GOOD = (
    HEAD
    + """\
vars: {last_good: {from: model.rollback, ask: Which one?}}
timers: [{id: nag, after: 30m, every: 1h, until: mitigated, remind: comms, text: Write.}]
steps:
  - id: look
    title: Look at {model.name}
    do: Look at {vars.last_good}.
    role: poc:ds
    when: {model.tier: ["0", "1"], incident.severity: sev1}
    evidence: [{id: seen, ask: What?, kind: choice, choices: [a, b], pir_field: impact}]
  - id: ask
    kind: decision
    title: Ask
    ask: Is it?
    options:
      - {label: "Yes", goto: end, sets: {failure_mode: bad-data}}
      - {label: "Can't tell", goto: look, cannot_tell: true}
  - {id: end, kind: end, title: Done}
"""
)


def faults_of(text: str, tmp_path: Path, today: date | None = TODAY) -> list[str]:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return [str(fault).removeprefix(f"{file}:") for fault in check([file], today=today)]


def test_a_good_playbook_has_no_fault(tmp_path: Path) -> None:
    assert faults_of(GOOD, tmp_path) == []
    assert parse_playbook(GOOD, "mine.yaml").first == "look"


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("title: Mine", "titel: Mine", "3:1: titel", "did you mean “title”"),
        ("title: Mine\n", "", "1:1: title", "is missing"),
        ('version: "1"', "version: 1", "4:10: version", "quotes"),
        ("review_by: 2027-05-01", "review_by: 2026-05-01", "6:12: review_by", "was to be reviewed"),
        ("schema: ml-incident.playbook/v1", "schema: v2", "1:9: schema", "ml-incident.playbook/v1"),
        ("from: model.rollback", "from: model.rolback", "7:26: vars.last_good.from", "no fact"),
        ("after: 30m", "after: soon", "8:27: timers[0].after", "30m"),
        ("until: mitigated", "until: fixed", "8:50: timers[0].until", "mitigated, resolved, verified"),
        ("remind: comms", "remind: coms", "timers[0].remind", "did you mean “comms”"),
        ("{model.name}", "{model.nme}", "11:12: steps[0].title", "nothing stands for {model.nme}"),
        ("{vars.last_good}", "{vars.best}", "12:9: steps[0].do", "nothing stands for"),
        ("role: poc:ds", "role: boss", "13:11: steps[0].role", "commander, comms, ml-lead, poc:<team>"),
        ('["0", "1"]', '["9"]', "14:24: steps[0].when.model.tier", "0, 1, 2, 3, unknown"),
        ("model.tier: [", "model.teir: [", "14:12: steps[0].when.model.teir", "model.tier"),
        ("incident.severity: sev1", "incident.mood: bad", "steps[0].when.incident.mood", "incident.severity"),
        ("pir_field: impact", "pir_field: impct", "steps[0].evidence[0].pir_field", "did you mean “impact”"),
        ("choices: [a, b], ", "", "steps[0].evidence[0]", "needs `choices`"),
        ("kind: choice", "kind: number", "steps[0].evidence[0].choices", "only evidence"),
        ("kind: decision", "kind: decison", "17:11: steps[1].kind", "did you mean “decision”"),
        ("goto: look", "goto: loook", "22:37: steps[1].options[1].goto", "did you mean “look”"),
        (", cannot_tell: true", "", "21:7: steps[1].options", "cannot tell"),
        ('"Can\'t tell"', '"yes"', "22:17: steps[1].options[1].label", "two answers"),
        ('label: "Yes"', f'label: "{"x" * 76}"', "21:17: steps[1].options[0].label", "at most 75"),
        ('label: "Yes"', f'label: "{"&" * 20}"', "21:17: steps[1].options[0].label", "at most 75"),
        ("failure_mode: bad-data", "failure_mode: bad-dta", "options[0].sets.failure_mode", "bad-data"),
        ("failure_mode: bad-data", "severity: sev1", "options[0].sets.severity", "failure_mode"),
        ("id: ask", "id: look", "16:9: steps[1].id", "line 10 too"),
        ("id: look", "id: Look here", "10:9: steps[0].id", "small letters"),
        ("do: Look at", "due: never\n    do: Look at", "12:10: steps[0].due", "30m"),
        ("do: Look at", f"do: {'x' * 3001} Look at", "12:9: steps[0].do", "at most 3000"),
        ("kind: end, ", "", "steps[2].do", "is missing"),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is_and_says_what_is_allowed(
    old: str, new: str, place: str, said: str, tmp_path: Path
) -> None:
    assert old in GOOD
    found = faults_of(GOOD.replace(old, new), tmp_path)
    assert any(place in fault and said in fault for fault in found), found


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("title: Mine", "titel: Mine").replace("goto: look", "goto: loook").replace("sev1", "sev9")
    assert len(faults_of(text, tmp_path)) == 4


def steps(text: str) -> str:
    return HEAD + "steps:\n" + text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (steps("  - {id: a, title: A, do: x, next: c}\n  - {id: b, title: B, do: x}\n  - {id: c, kind: end, title: C}"),
         "9:10: steps[1].id: no step leads to “b”"),
        (steps("  - {id: a, title: A, do: x}\n  - {id: b, title: B, do: x, next: a}"),
         "no end can be reached from “a”"),
        (steps("  - {id: a, title: A, do: x}"), "no end can be reached from “a”"),
        (steps("  - {id: a, kind: decision, title: A, ask: x, options: [{label: x, goto: b, cannot_tell: true}]}\n"
               "  - {id: b, kind: end, title: B}"), "two to five answers, this one has 1"),
        (steps("  - {id: a, title: A, do: x, evidence: [{id: e, ask: x}, {id: e, ask: y}]}\n"
               "  - {id: b, kind: end, title: B}"), "“e” is there twice"),
        (HEAD + "start: z\n" + steps("").removeprefix(HEAD) + "  - {id: a, kind: end, title: A}",
         "7:8: start: there is no step “z”"),
        (steps("  []"), "at least 1"),
        (steps("  - just text"), "steps[0]"),
        (steps("  - {id: a, kind: include, title: A, playbook: bad-rolout}\n  - {id: b, kind: end, title: B}"),
         "did you mean “bad-rollout”"),
        (steps("  - {id: a, kind: include, title: A, playbook: mine}\n  - {id: b, kind: end, title: B}"),
         "round in a circle"),
        (steps("  - id: a\n    kind: decision\n    title: A\n    ask: x\n"
               "    when: {model.tier: '0'}\n    otherwise: a\n"
               "    options: [{label: x, goto: b}, {label: y, goto: b, cannot_tell: true}]\n"
               "  - {id: b, kind: end, title: B}"), "the run goes round in a circle from here"),
        ("", "is empty"),
        ("[1, 2]", "fields with names"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_order_of_steps_is_found(text: str, said: str, tmp_path: Path) -> None:
    found = faults_of(text, tmp_path)
    assert any(said in fault for fault in found), found


def test_includes_nested_too_deep_are_found(tmp_path: Path) -> None:
    for at in range(5):
        inner = f"  - {{id: x, kind: include, title: X, playbook: p{at + 1}}}\n" if at < 4 else ""
        text = HEAD.replace("id: mine", f"id: p{at}") + f"steps:\n{inner}  - {{id: end, kind: end, title: End}}\n"
        (tmp_path / f"p{at}.yaml").write_text(text)
    found = check([tmp_path], today=TODAY)
    assert [(Path(fault.file).name, "deeper than 3" in fault.message) for fault in found] == [("p0.yaml", True)]


def test_two_files_with_one_id_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD)
    assert ["share" in fault.message for fault in check([tmp_path], today=TODAY)] == [True]


def test_a_folder_that_kubernetes_mounted_holds_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "..2026_11_20").mkdir()
    (tmp_path / "..2026_11_20/mine.yaml").write_text(GOOD)
    (tmp_path / "..data").symlink_to("..2026_11_20")
    (tmp_path / "mine.yaml").symlink_to("..data/mine.yaml")
    assert check([tmp_path], today=TODAY) == []
    library = load_library(tmp_path)
    assert (library.faults, library.source("mine").file) == ((), str(tmp_path / "mine.yaml"))


def test_a_file_that_is_named_twice_is_checked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(GOOD)
    assert check([tmp_path, Path("mine.yaml"), tmp_path / "mine.yaml"], today=TODAY) == []


def test_a_date_is_judged_only_against_a_given_day(tmp_path: Path) -> None:
    text = GOOD.replace("2027-05-01", "2020-01-01")
    assert faults_of(text, tmp_path, today=None) == []
    assert parse_playbook(text, "mine.yaml").id == "mine"


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert "cannot be read" in str(check([tmp_path / "no.yaml"])[0])


def test_an_own_playbook_replaces_a_shipped_one_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD.replace("id: mine", "id: bad-data"))
    library = load_library(tmp_path)
    assert library.get("bad-data").title == "Mine"
    assert library.notes == (f"{tmp_path / 'own.yaml'} replaces the playbook “bad-data” that was shipped.",)
    assert len(library.all()) == len(shipped_library().all())


def test_a_faulty_own_playbook_never_takes_a_good_one_away(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD.replace("id: mine", "id: bad-data").replace("goto: look", "goto: nowhere"))
    (tmp_path / "two.yaml").write_text(
        HEAD + "steps:\n  - {id: a, kind: include, title: A, playbook: three}\n  - {id: b, kind: end, title: B}\n"
    )
    (tmp_path / "three.yaml").write_text(HEAD.replace("mine", "three") + "steps: []\n")
    library = load_library(tmp_path)
    assert library.get("bad-data") == shipped_library().get("bad-data")
    assert "mine" not in library.sources
    assert len(library.faults) == 3


def test_an_own_playbook_that_includes_a_faulty_one_gives_the_place_back_to_the_shipped_one(tmp_path: Path) -> None:
    own = HEAD.replace("id: mine", "id: bad-data")
    (tmp_path / "own.yaml").write_text(
        own + "steps:\n  - {id: a, kind: include, title: A, playbook: three}\n  - {id: b, kind: end, title: B}\n"
    )
    (tmp_path / "three.yaml").write_text(HEAD.replace("mine", "three") + "steps: []\n")
    library = load_library(tmp_path)
    assert library.get("bad-data") == shipped_library().get("bad-data")
    assert any("“three” has faults and cannot be included" in fault.message for fault in library.faults)


def test_the_schema_for_editors_accepts_what_the_linter_accepts_and_refuses_what_it_can_see() -> None:
    schema = json_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    validate = fastjsonschema.compile(schema)
    for source in shipped_library().sources.values():
        validate(data := read_yaml(source.content, source.file).data)
        with pytest.raises(fastjsonschema.JsonSchemaException):
            validate({**data, "colour": "red"})  # type: ignore[dict-item]
    assert "$defs" not in str(schema)


def test_a_broken_playbook_is_not_given_out() -> None:
    with pytest.raises(PlaybookBroken, match=r"mine\.yaml:3:1"):
        parse_playbook(GOOD.replace("title: Mine", "titel: Mine"), "mine.yaml")
