"""`ml-incident playbooks show`: a tree to read, YAML to copy, a picture to pass on."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.errors import Stop, WrongUsage
from bot.main import app
from playbooks.load import shipped_library

OWN = """\
schema: ml-incident.playbook/v1
id: mine
title: "[red]Mine[/red] :boom: \\e[31m"
version: "1"
owner: "@me"
review_by: 2027-05-01
signals: ["Scores are zero"]
steps:
  - {id: one, kind: include, title: The first, playbook: common-first-fifteen-minutes}
  - {id: end, kind: end, title: The end}
"""


def show(*words: str, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": "80", **environment}).invoke(app, ["playbooks", "show", *words])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(OWN, "utf-8")
    return tmp_path


def test_a_piped_tree_fits_eighty_columns_and_holds_nothing_but_words() -> None:
    for name in shipped_library().sources:
        shown = show(name)
        assert shown.exit_code == 0, shown.output
        assert max(map(len, shown.output.splitlines())) <= 80
        assert "\x1b" not in shown.output
        for step in shipped_library().get(name).steps:
            assert step.title[:40] in shown.output.replace("\n", " ") or len(step.title) > 40


def test_the_tree_says_where_each_answer_leads() -> None:
    shown = show("common-first-fifteen-minutes").output
    assert "2. Is it real?\n│   decision · triage · ML lead · within 4 minutes\n" in shown
    assert "│   ├── No, the monitor is wrong\n│   │   ├── 3. " in shown
    assert "owned by @ml-platform, to be reviewed by" in shown
    assert "Reminders\n  - after 15 minutes" in shown


def test_what_an_author_writes_is_shown_as_it_is_written(own: Path) -> None:
    shown = show("mine", ML_INCIDENT_PLAYBOOKS=str(own)).output
    assert shown.startswith("[red]Mine[/red] :boom: [31m\n")


def test_included_playbooks_are_folded_unless_one_asks_deeper(own: Path) -> None:
    folded = show("mine", ML_INCIDENT_PLAYBOOKS=str(own)).output
    assert "Is it real?" not in folded
    assert "--depth 1 shows theirs too" in folded
    opened = show("mine", "--depth", "1", ML_INCIDENT_PLAYBOOKS=str(own)).output
    assert "3. Is it real?" in opened
    assert "--depth 1" not in show("mine", "--depth", "3", ML_INCIDENT_PLAYBOOKS=str(own)).output


def test_a_file_can_be_shown_while_it_is_being_written(own: Path) -> None:
    assert "Scores are zero" in show(str(own / "mine.yaml")).output
    (own / "mine.yaml").write_text(OWN.replace("kind: end", "kind: ende"), "utf-8")
    faulty = show(str(own / "mine.yaml"))
    assert "steps[1].kind: “ende” is not allowed here; did you mean “end”?" in faulty.output
    assert "has faults, so that it cannot be shown" in str(faulty.exception)
    assert "There is no file" in str(show(str(own / "other.yaml")).exception)


def test_raw_prints_it_as_it_was_written(own: Path) -> None:
    assert show("mine", "--raw", ML_INCIDENT_PLAYBOOKS=str(own)).output == OWN


def test_a_picture_is_written_as_its_file_is_called(tmp_path: Path) -> None:
    for name in ("walk.svg", "walk.png"):
        wrote = show("bad-rollout", "-o", str(tmp_path / name))
        assert wrote.exit_code == 0, wrote.output
        assert wrote.output.startswith(f"Wrote {tmp_path / name}: A playbook of ")
    ET.fromstring((tmp_path / "walk.svg").read_text("utf-8"))
    assert (tmp_path / "walk.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_drawn_or_written_says_why(tmp_path: Path) -> None:
    other = show("bad-rollout", "-o", "walk.gif").exception
    assert isinstance(other, WrongUsage)
    assert str(other).startswith("walk.gif has to end in .svg or .png")
    nowhere = show("bad-rollout", "-o", str(tmp_path / "missing" / "walk.svg")).exception
    assert isinstance(nowhere, Stop)
    assert "cannot be written" in str(nowhere)
    unknown = show("bad-rolout").exception
    assert isinstance(unknown, Stop)
    assert "Did you mean “bad-rollout”?" in str(unknown)
