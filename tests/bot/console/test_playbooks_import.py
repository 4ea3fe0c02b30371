"""`ml-incident playbooks import` writes a file that can be tried at once, and never over another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.console.conftest import Command

EXPORT = str(Path(__file__).parents[2] / "data" / "mattermost" / "ranking-incident.json")


def test_what_was_imported_is_checked_and_walked_to_its_end(ml_incident: Command) -> None:
    ended = ml_incident("playbooks", "import", EXPORT, "-o", "mine")
    assert ended.code == 0
    assert "Wrote mine/search-ranking-incident.yaml with 5 tasks." in ended.out
    assert "Not carried over: channel_name_template." in ended.err
    assert ml_incident("playbooks", "check", "mine").out == "No faults.\n"
    tried = ml_incident("playbooks", "try", "mine/search-ranking-incident.yaml", typed="s\nx\n" * 20)
    assert "The end: Everything on the list is done" in tried.out


def test_a_file_that_is_there_is_never_written_over(ml_incident: Command, tmp_path: Path) -> None:
    (tmp_path / "search-ranking-incident.yaml").write_text("mine", "utf-8")
    ended = ml_incident("playbooks", "import", EXPORT)
    assert (ended.code, ended.out) == (1, "")
    assert "is there already" in ended.err
    assert (tmp_path / "search-ranking-incident.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [(b"{", 1, "bad.json: The file is not JSON"), (b"{}", 1, "no list of checklists"), (None, 2, "cannot be read")],
)
def test_a_broken_export_is_one_sentence(
    ml_incident: Command, tmp_path: Path, content: bytes | None, code: int, said: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)
    ended = ml_incident("playbooks", "import", "bad.json")
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert said in ended.err


def test_a_folder_that_cannot_be_written_is_said(ml_incident: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    ended = ml_incident("playbooks", "import", EXPORT, "-o", "file/inside")
    assert ended.code == 1
    assert "cannot be written" in ended.err
