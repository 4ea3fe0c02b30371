"""docs/playbooks.md says what the code says, and its example can be walked after each change that it teaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

import pytest

from playbooks import steps as kinds
from playbooks.asking import BUILT_IN, HttpCall, HttpExpected, Op
from playbooks.including import DEEPEST_INCLUDE
from playbooks.lifecycle import FAILURE_MODES, Role
from playbooks.load import check, load_library, shipped_library
from playbooks.match import BY_ALERT, BY_FAILURE_MODE, BY_WORDS, match
from playbooks.model import COMMON, Playbook, Timer, Variable
from playbooks.pinning import pin
from playbooks.pir import PIR_FIELDS
from playbooks.placeholders import INCIDENT, MODEL
from playbooks.progress import Current, Walk, add, apply, collected, current, ending
from playbooks.steps import KINDS, ActionStep, CheckStep, DecisionStep, Evidence, Option
from playbooks.vocabulary import LONGEST_CRITERION, LONGEST_LABEL, LONGEST_TEXT, LONGEST_TITLE, Milestone, Phase
from tests.bot.console.conftest import Command, ml_incident
from tests.docs.pages import ROOT, blocks, rows, text

__all__ = ["ml_incident"]

PAGE = "docs/playbooks.md"
EXAMPLE = "late-scores"
NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
TODAY = NOW.date()
COMMON_FIELDS = {"id", "title", "phase", "role", "why", "when", "kind"}


@dataclass(frozen=True)
class Taught:
    """The example after one of the page's changes."""

    after: str
    text: str


@cache
def stages() -> tuple[Taught, ...]:
    """The example as it grows, made by doing what the page tells to do."""
    part = text(PAGE).split("## Write one in ten minutes")[1].split("\n## ")[0]
    found: list[Taught] = []
    so_far = ""
    for paragraph in re.split(r"(?=^\*\*\d+\. )", part, flags=re.MULTILINE)[1:]:
        title = paragraph.split("**")[1]
        for told, block in re.findall(r"([^`\n]*(?:`[^`\n]+`[^`\n]*)*)\n\n```yaml\n(.*?)```", paragraph, re.DOTALL):
            above = re.search(r"Put this above `([^`]+)`:", told)
            so_far = insert(so_far, block, above[1]) if above else block
        for old, new in re.findall(r"^Change `([^`]+)` to `([^`]+)`", paragraph, re.MULTILINE):
            assert so_far.count(old) == 1
            so_far = so_far.replace(old, new)
        found.append(Taught(title, so_far))
    return tuple(found)


def insert(whole: str, block: str, above: str) -> str:
    """The file with a block above that line, and a line left free."""
    lines = whole.splitlines()
    starts = ("steps:",) if above == "steps:" else (f"  - id: {above}", f"  - {{id: {above},")
    at = next(number for number, line in enumerate(lines) if line.startswith(starts))
    gap = [] if above == "steps:" else [""]
    return "\n".join([*lines[:at], *block.rstrip().splitlines(), *gap, *lines[at:]]) + "\n"


def whole() -> str:
    """The example after the last change."""
    return stages()[-1].text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / f"{EXAMPLE}.yaml").write_text(whole(), "utf-8")
    return tmp_path


def test_the_example_grows_in_as_many_steps_as_the_page_says() -> None:
    assert [taught.after for taught in stages()] == [
        "1. Nine lines are enough.",
        "2. A decision.",
        "3. Evidence that fills the review.",
        "4. A check.",
        "5. An action, and a variable.",
        "6. Only where it applies.",
        "7. Reminders, and what has to hold at the end.",
        "8. What it is for.",
        "9. What others wrote already.",
    ]
    assert len(stages()[0].text.splitlines()) == 9
    assert {step.kind for step in parsed(whole()).steps} == set(KINDS)


def parsed(content: str) -> Playbook:
    from playbooks.load import parse_playbook

    return parse_playbook(content, "late-scores.yaml")


@pytest.mark.parametrize("taught", stages(), ids=lambda taught: taught.after)
def test_the_linter_finds_no_fault_after_any_of_the_changes(taught: Taught, tmp_path: Path) -> None:
    file = tmp_path / "late-scores.yaml"
    file.write_text(taught.text, "utf-8")
    assert [str(fault) for fault in check([file], today=TODAY)] == []


@pytest.mark.parametrize("taught", stages(), ids=lambda taught: taught.after)
def test_it_is_walked_to_its_end_on_every_answer_after_each_of_them(taught: Taught, tmp_path: Path) -> None:
    (tmp_path / "late-scores.yaml").write_text(taught.text, "utf-8")
    library = load_library(tmp_path)
    start = Walk(pin(library, EXAMPLE), NOW)
    walked: set[str] = set()
    for answer, holds, tier in product(range(3), (True, False), ("0", "3")):
        walk = to_the_end(start, {"model.tier": tier, "model.rollback": "41"}, answer=answer, holds=holds)
        walked |= {record.path for record in walk.counted}
    own = {step.id for step in library.get(EXAMPLE).steps if step.kind not in {"include", "end"}}
    assert own <= walked


def to_the_end(walk: Walk, facts: dict[str, str], *, answer: int, holds: bool) -> Walk:
    """Decisions of the example are answered so, and its checks and actions succeed, or fail once; all else is done."""
    for _ in range(120):
        here = current(walk, facts)
        if here is None:
            end = ending(walk, facts)
            assert end is not None
            assert end.id == "end"
            return walk
        been_here = any(record.path == here.path for record in walk.counted)
        walk = add(walk, moved_on(walk, here, facts, answer=answer, holds=holds or been_here))
    raise AssertionError("no end after 120 steps")


def moved_on(walk: Walk, here: Current, facts: dict[str, str], *, answer: int, holds: bool) -> Any:
    outcome: Any = {"task": "done", "wait": "waited", "check": "passed", "action": "done", "decision": "answered"}
    done, chosen = outcome[here.step.kind], None
    if isinstance(here.step, DecisionStep):
        # In what is included the first answer is the usual one.
        chosen = here.options[0 if "/" in here.path else answer % len(here.options)].label
    elif isinstance(here.step, CheckStep | ActionStep) and here.step.on_fail and not holds:
        done = "failed"
    kinds_of = {"number": "7", "link": "https://example.com"}
    given = {item.id: item.choices[0] if item.choices else kinds_of.get(item.kind, "x") for item in here.evidence}
    return apply(walk, facts, path=here.path, outcome=done, by="U1", at=NOW, answer=chosen, evidence=given)


def test_what_people_write_down_in_the_example_fills_the_review(folder: Path) -> None:
    library = load_library(folder)
    walk = to_the_end(Walk(pin(library, EXAMPLE), NOW), {}, answer=0, holds=True)
    filled = {one.pir_field for one in collected(walk) if one.path == "count"}
    assert filled == {"predictions_affected.count", "prediction_window.start", "decisions_acted_on"}


def test_an_incident_of_that_kind_gets_the_example_before_the_shipped_one(folder: Path) -> None:
    found = match(load_library(folder), failure_mode="prediction-outage", mode="batch", words="scores are late")
    assert found[0].playbook.id == EXAMPLE


def test_the_commands_of_the_lesson_do_what_the_page_says(ml_incident: Command, tmp_path: Path) -> None:
    """Each is run as it stands on the page, in the folder of the example."""
    told = next(block for block in blocks(PAGE, "") if block.startswith("ml-incident playbooks check late-scores"))
    for taught in (stages()[0], stages()[-1]):
        (tmp_path / "late-scores.yaml").write_text(taught.text, "utf-8")
        outs = [ml_incident(*line.split()[1:], typed="s\nx\n" * 60) for line in told.splitlines()]
        assert [(one.code, one.err) for one in outs] == [(0, "")] * 3
        assert outs[0].out == "No faults.\n"
        assert "\nStep 1 of about" in outs[1].out
        assert "<svg" in (tmp_path / "late-scores.svg").read_text("utf-8")
    assert "The end: The scores are there" in ml_incident(*told.splitlines()[1].split()[1:], typed="s\nx\n" * 60).out


def test_the_first_line_for_an_editor_and_the_schema_behind_it_fit_the_example(ml_incident: Command) -> None:
    import json

    import fastjsonschema
    from ruamel.yaml import YAML

    first = next(block for block in blocks(PAGE, "") if block.startswith("# yaml-language-server"))
    schema = json.loads(ml_incident("playbooks", "schema").out)
    data = YAML(typ="safe", pure=True).load(first + whole())
    fastjsonschema.compile(schema)(data | {"review_by": str(data["review_by"])})


def test_a_card_and_facts_fill_the_example(ml_incident: Command, folder: Path) -> None:
    (folder / "models.yaml").write_text(
        "models:\n  demand-forecast:\n    dashboard: https://dash.example.com\n", "utf-8"
    )
    words = ["playbooks", "try", "late-scores.yaml", "--model", "demand-forecast", "--fact", "incident.severity=sev1"]
    assert " ".join(words) in " ".join(text(PAGE).split()).replace("` walks it with the card of that model, and `", " ")
    ended = ml_incident(*words, typed="s\nx\n" * 60)
    assert ended.code == 0
    assert "https://dash.example.com" in ended.out


def test_printing_a_shipped_playbook_to_change_it_gives_one_that_takes_its_place(
    ml_incident: Command, tmp_path: Path
) -> None:
    shipped = shipped_library().source("bad-data")
    told = re.search(r"`ml-incident (playbooks show bad-data [^`]+)`", text(PAGE))
    assert told is not None
    printed = ml_incident(*told[1].split()).out
    (tmp_path / "mine.yaml").write_text(printed.replace(shipped.playbook.title, "Our bad data"), "utf-8")
    assert load_library(tmp_path).get("bad-data").title == "Our bad data"


def test_which_playbooks_would_be_offered_is_printed_as_the_page_says(ml_incident: Command) -> None:
    told = re.search(r"`ml-incident (playbooks choose [^`]+)`", text(PAGE))
    assert told is not None
    ended = ml_incident(*told[1].split())
    assert (ended.code, ended.err) == (0, "")
    assert "the title says “late”" in ended.out


def test_importing_and_exporting_are_as_the_page_says(ml_incident: Command, tmp_path: Path) -> None:
    content = (ROOT / "tests/data/mattermost/ranking-incident.json").read_bytes()
    (tmp_path / "export.json").write_bytes(content)
    told = re.findall(r"`ml-incident (playbooks (?:import|export) [^`]+)`", text(PAGE))
    assert [ml_incident(*words.split()).code for words in told] == [0, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad-rollout.json", "export.json", "my-playbooks"]


def test_the_page_lists_the_playbooks_that_ship() -> None:
    assert {row[0].strip("`") for row in rows(PAGE, "| id | for |")} == set(shipped_library().sources)
    assert COMMON in shipped_library().sources


def listed(after: str) -> list[str]:
    """The words in backticks, separated by dots, that follow on the page."""
    part = text(PAGE).split(after)[1].split("\n\n")
    return re.findall(r"`([^`]+)`", part[0] if "`" in part[0] else part[1])


def cells(head: str) -> Iterator[tuple[set[str], str]]:
    """Each row of a table: the words in backticks in its first cells, and its last one."""
    for row in rows(PAGE, head):
        yield set(re.findall(r"`([^`]+)`", row[0])), row[-1]


def fields(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_the_page_lists_every_failure_mode_and_every_field_of_the_review() -> None:
    assert listed("**The failure modes**:") == list(FAILURE_MODES)
    assert listed("**`pir_field`** is one of these fields of the review:") == list(PIR_FIELDS)


def test_the_page_lists_every_field_of_a_playbook() -> None:
    assert set().union(*(names for names, _ in cells("| field | |"))) == fields(Playbook)
    said = dict.fromkeys(re.findall(r"`([a-z_]+)`", "".join(row[1] for row in rows(PAGE, "| field | |"))))
    assert set(said) >= (fields(Timer) - {"id"}) | fields(Variable) | set(get_args(Milestone))


def test_the_page_explains_every_kind_of_step_with_every_field_of_it() -> None:
    table = {row[0].strip("`"): set(re.findall(r"`([a-z_]+)`", row[1])) for row in rows(PAGE, "| kind | besides | |")}
    assert list(table) == list(KINDS)
    for kind, named in table.items():
        model = getattr(kinds, f"{kind.title()}Step")
        assert named == fields(model) - COMMON_FIELDS, kind
    said = " ".join(row[2] for row in rows(PAGE, "| kind | besides | |"))
    assert {
        name for name in fields(Option) if f"`{name}`" not in said.replace("cannot_tell: true", "cannot_tell")
    } == set()


def test_the_page_lists_every_phase_role_and_kind_of_evidence() -> None:
    part = text(PAGE).split("**Every step** has")[1].split("\n\n")[0]
    assert re.findall(r"`(\w+)`", part.split("`phase` (")[1].split(")")[0]) == list(get_args(Phase))
    assert re.findall(r"`([a-z-]+)`", part.split("`role` (")[1].split(")")[0]) == list(Role)
    evidence = text(PAGE).split("**`evidence`**:")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", evidence)) == fields(Evidence) | set(
        get_args(Evidence.model_fields["kind"].annotation)
    )


def test_the_page_lists_every_way_to_compare_and_every_question() -> None:
    table = rows(PAGE, "| `op` | passes where the value |")
    assert [word for row in table for word in re.findall(r"`([a-z-]+)`", row[0])] == list(get_args(Op))
    asked = {row[0].strip("`"): row[1:] for row in rows(PAGE, "| | in a check | in an action |")}
    assert set(asked) == {*BUILT_IN, "http"}
    assert {name for name, row in asked.items() if row[0] != "–"} == fields(CheckStep) & set(asked)
    assert {name for name, row in asked.items() if row[1] != "–"} == fields(ActionStep) & set(asked)
    said = text(PAGE).split("**What checks ask and actions send**")[1].split("**Words in braces**")[0]
    assert {name for name in fields(HttpCall) | fields(HttpExpected) if f"`{name}`" not in said} <= {"op", "value"}


def test_the_page_lists_every_word_in_braces() -> None:
    part = text(PAGE).split("**Words in braces**")[1].split("\n\n")[0]
    named = set(re.findall(r"`\{([a-z._]+)\}`", part))
    assert named == {*(f"model.{one}" for one in MODEL), "model.owner", *(f"incident.{one}" for one in INCIDENT)}


def test_the_page_gives_the_numbers_that_the_code_has() -> None:
    chosen = text(PAGE).split("## How one is chosen")[1].split("\n## ")[0]
    assert f"{BY_FAILURE_MODE} for the incident's failure mode, {BY_ALERT} for the labels" in chosen
    assert f"at most {BY_WORDS})" in chosen
    assert f"From {BY_ALERT} points on it starts with the incident" in " ".join(chosen.split())
    refused = " ".join(text(PAGE).split("## What the linter refuses")[1].split())
    assert LONGEST_TITLE == LONGEST_CRITERION
    limits = f"{LONGEST_TEXT} characters, {LONGEST_TITLE} for titles and criteria, {LONGEST_LABEL} for labels"
    assert limits in refused
    assert DEEPEST_INCLUDE == 3
    assert "Up to three deep" in text(PAGE)


def test_the_review_date_of_the_example_is_still_to_come() -> None:
    assert parsed(whole()).review_by > date(2027, 1, 1)
