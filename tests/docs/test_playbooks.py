"""docs/playbooks.md says what the code says, and its example is a playbook that can be walked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.main import app
from playbooks.lifecycle import FAILURE_MODES
from playbooks.load import load_library, shipped_library
from playbooks.match import match
from playbooks.model import Playbook
from playbooks.pinning import pin
from playbooks.pir import PIR_FIELDS
from playbooks.progress import Walk, add, apply, collected, current, ending
from playbooks.steps import KINDS, DecisionStep, IncludeStep
from tests.docs.pages import blocks, rows, text

PAGE = "docs/playbooks.md"
NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
EXAMPLE = "vendor-model-change"
FACTS = {"model.tier": "0", "model.mode": "llm", "model.rollback": "2026-05-13", "incident.severity": "sev2"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the page's example in it, and nothing else."""
    example = next(block for block in blocks(PAGE, "yaml") if block.startswith("schema:"))
    (tmp_path / f"{EXAMPLE}.yaml").write_text(example, "utf-8")
    return tmp_path


def test_the_linter_finds_no_fault_in_the_example(folder: Path) -> None:
    checked = CliRunner().invoke(app, ["playbooks", "check", str(folder)])
    assert (checked.exit_code, checked.output) == (0, "No faults.\n")


def walk_to_the_end(start: Walk, facts: dict[str, str], *, option: int) -> Walk:
    """Everything done, each decision of the example answered with this one, and those of others with their first."""
    walk = start
    for _ in range(60):
        here = current(walk, facts)
        if here is None:
            return walk
        given = {
            item.id: {"link": "https://example.com", "number": "7"}.get(
                item.kind, item.choices[0] if item.choices else "x"
            )
            for item in here.step.evidence
        }
        if isinstance(here.step, DecisionStep):
            chosen = here.options[0 if "/" in here.path else option % len(here.options)].label
            done = apply(
                walk, facts, path=here.path, outcome="answered", answer=chosen, by="U1", at=NOW, evidence=given
            )
        else:
            done = apply(walk, facts, path=here.path, outcome="done", by="U1", at=NOW, evidence=given)
        walk = add(walk, done)
    raise AssertionError("no end after sixty steps")


def test_the_example_is_walked_to_its_end_whatever_is_answered(folder: Path) -> None:
    library = load_library(folder)
    assert library.faults == ()
    playbook: Playbook = library.get(EXAMPLE)
    walks = [walk_to_the_end(Walk(pin(library, EXAMPLE), NOW), FACTS, option=option) for option in range(3)]
    for walk in walks:
        end = ending(walk, FACTS)
        assert end is not None
        assert end.id == "end"
        assert "version_serving" in {one.pir_field for one in collected(walk) if one.path == "which-model"}
    walked = {record.path for walk in walks for record in walk.counted}
    own = {step.id for step in playbook.steps if step.kind in {"task", "decision"}}
    assert own <= walked
    assert any(path.startswith("first-15/") for path in walked), "the common one is walked inside it"


def test_the_example_fills_its_words_in_braces_and_passes_over_what_does_not_apply(folder: Path) -> None:
    library = load_library(folder)
    facts = FACTS | {"model.tier": "3"}
    walk, titles = Walk(pin(library, EXAMPLE), NOW), []
    while (here := current(walk, facts)) is not None:
        titles.append(here.title)
        if here.options and "/" not in here.path:
            given = {"outcome": "answered", "answer": here.options[0].label}
        else:
            given = {"outcome": "skipped", "reason": "try"}
        walk = add(walk, apply(walk, facts, path=here.path, by="U1", at=NOW, **given))  # type: ignore[arg-type]
    assert "Pin 2026-05-13" in titles
    assert not any("what went out" in title for title in titles), "legal is told for tier 0 and 1 only"


def test_an_incident_of_that_kind_gets_the_example(folder: Path) -> None:
    found = match(load_library(folder), failure_mode=EXAMPLE, mode="llm")
    assert [one.playbook.id for one in found] == [EXAMPLE]


def test_a_playbook_of_ones_own_takes_the_place_of_a_shipped_one_with_the_same_id(tmp_path: Path) -> None:
    shipped = shipped_library().source("bad-data")
    (tmp_path / "mine.yaml").write_text(shipped.text.replace(shipped.playbook.title, "Our bad data"), "utf-8")
    assert load_library(tmp_path).get("bad-data").title == "Our bad data"


def test_the_page_lists_the_playbooks_that_ship() -> None:
    assert {row[0].strip("`") for row in rows(PAGE, "| id | for |")} == set(shipped_library().sources)


def listed(after: str) -> list[str]:
    """The words in backticks, separated by dots, that follow on the page."""
    part = text(PAGE).split(after)[1].split("\n\n")
    return re.findall(r"`([^`]+)`", part[0] if "`" in part[0] else part[1])


def test_the_page_lists_every_failure_mode_and_every_field_of_the_review() -> None:
    assert listed("The failure modes:") == list(FAILURE_MODES)
    assert listed("that field of the review:") == list(PIR_FIELDS)


def test_the_page_explains_every_kind_of_step() -> None:
    assert [row[0].split("`")[1] for row in rows(PAGE, "| kind | besides | |")] == list(KINDS)


@pytest.mark.parametrize("kind", NOT_YET)
def test_steps_that_are_not_walked_yet_are_named_on_the_page_and_refused_by_name(kind: str, folder: Path) -> None:
    assert f"`{kind}`" in text(PAGE).split("Steps of kind")[1].split("\n\n")[0]
    file = folder / f"{EXAMPLE}.yaml"
    file.write_text(file.read_text("utf-8").replace("kind: include", f"kind: {kind}"), "utf-8")
    checked = CliRunner().invoke(app, ["playbooks", "check", str(file)])
    assert checked.exit_code == 1
    assert f"steps of kind “{kind}” are not walked by this version yet" in checked.output


def test_every_shipped_playbook_but_the_common_one_includes_it() -> None:
    for playbook in shipped_library().all():
        includes = {step.playbook for step in playbook.steps if isinstance(step, IncludeStep)}
        assert includes == (
            set() if playbook.id == "common-first-fifteen-minutes" else {"common-first-fifteen-minutes"}
        )
