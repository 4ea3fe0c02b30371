"""What an operator gets wrong at the command line or in .env: the right words and exit code, never a traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.errors import SettingsBroken
from bot.settings import Settings, env_name, read_settings
from tests.bot.serving.processes import environment, run
from tests.bot.serving.test_cli import MlIncident, ml_incident

__all__ = ["ml_incident"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, and no settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)
    return tmp_path


def faults() -> list[str]:
    with pytest.raises(SettingsBroken) as broken:
        read_settings()
    return list(broken.value.faults)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sandbox", "--port", "99999"], "65535"),
        (["demo", "--once", "--port", "99999"], "65535"),
        (["demo", "--once", "--title", " "], "--title needs"),
        (["demo", "--once", "--model", ""], "has no model “”"),
        (["manifest", "--http", "bot.example.com"], "https://"),
        (["review", "export", "INC-²"], "write it as INC-12 or 12"),
        (["outbox", "retry", "99999999999999999999"], "less than or equal to"),
    ],
)
def test_a_value_that_cannot_be_meant_ends_with_2_and_says_what_can(
    ml_incident: MlIncident, words: list[str], said: str
) -> None:
    ended = ml_incident(*words)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_failure_that_nobody_foresaw_is_a_sentence_and_its_details_are_kept(
    ml_incident: MlIncident, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a very xoxb-1234-secret fault")

    monkeypatch.setattr("bot.manifest.build_manifest", break_down)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = ml_incident("manifest")
    assert ended.returncode == 1
    assert ended.stderr.startswith("ml-incident itself failed")
    assert len(ended.stderr.splitlines()) == 1
    (kept,) = tmp_path.glob("ml-incident-*.log")
    assert str(kept) in ended.stderr
    details = kept.read_text("utf-8")
    assert "ZeroDivisionError" in details
    assert "break_down" in details
    assert "1234-secret" not in details + ended.stderr


def test_what_the_system_refuses_is_said_without_a_traceback(
    ml_incident: MlIncident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "/somewhere/file")

    monkeypatch.setattr("bot.manifest.build_manifest", refuse)
    ended = ml_incident("manifest")
    assert (ended.returncode, ended.stderr) == (1, "/somewhere/file: permission denied.\n")


def test_a_terminal_that_knows_few_letters_is_written_to_all_the_same(tmp_path: Path) -> None:
    ended = run("doctor", cwd=tmp_path, env=environment(PYTHONIOENCODING="ascii"))
    assert ended.returncode == 1
    assert "SLACK_BOT_TOKEN is not set" in ended.stdout
    assert ended.stderr == ""


def test_a_command_in_the_wrong_folder_makes_no_database_there(ml_incident: MlIncident, tmp_path: Path) -> None:
    ended = ml_incident("outbox", "list")
    assert ended.returncode == 1
    assert "There is no database ml-incident.db here" in ended.stderr
    assert not (tmp_path / "ml-incident.db").exists()


def test_reading_the_registries_says_each_problem_once(ml_incident: MlIncident, tmp_path: Path) -> None:
    assert ml_incident("db", "upgrade").returncode == 0
    ended = run("registry", "sync", cwd=tmp_path, env=environment())
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "There is no file models.yaml" in ended.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("incidents.db", "it is not a database URL"),
        ("postgresql://me:hidden@db:port/x", "it is not a database URL"),
        ("sqlite://", "it names no file"),
        ("sqlite:///:memory:", "it names no file"),
        ("sqlite:///file:incidents.db?mode=memory", "it names no file"),
        ("sqlite:///incidents.db?mode=ro", "options"),
    ],
)
def test_a_database_url_that_cannot_hold_incidents_is_refused(
    here: Path, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    (fault,) = faults()
    assert fault.startswith("DATABASE_URL cannot be used: ")
    assert said in fault
    assert fault.count("DATABASE_URL") == 1
    assert "hidden" not in fault


def test_a_channel_without_a_name_is_said_in_words(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INCIDENT_ANNOUNCE_CHANNEL", "#")
    assert faults() == ["ML_INCIDENT_ANNOUNCE_CHANNEL must not be empty."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", ".env is not UTF-8 text; write it again as plain text."),
        (b"ML_INCIDENT_PORT=1\nnot a setting\n", ".env, line 2: write NAME=value here, or put # in front."),
        (b'SLACK_BOT_TOKEN="xoxb-half\n', ".env, line 1: write NAME=value here, or put # in front."),
    ],
)
def test_an_env_file_that_cannot_be_understood_is_said_by_line(here: Path, content: bytes, said: str) -> None:
    (here / ".env").write_bytes(content)
    assert faults() == [said]


def test_an_env_file_that_is_a_folder_is_said_so(here: Path) -> None:
    (here / ".env").mkdir()
    assert faults() == [".env cannot be read (is a directory)."]


def test_the_doctor_says_the_faults_of_an_env_file_once(ml_incident: MlIncident, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("export\nSLACK_BOT_TOKN=xoxb-1\n", "utf-8")
    ended = ml_incident("doctor", ML_INCIDENT_ANOUNCE_CHANNEL="x")
    assert ended.returncode == 1
    assert ended.stdout.count(".env, line 1") == 1
    assert ended.stderr == ""


def test_the_doctor_finds_a_setting_whose_name_is_misspelt(ml_incident: MlIncident, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKN=xoxb-1\nSOMETHING_ELSE=1\n", "utf-8")
    ended = ml_incident("doctor", ML_INCIDENT_ANOUNCE_CHANNEL="x")
    assert "SLACK_BOT_TOKN is no setting; did you mean SLACK_BOT_TOKEN?" in ended.stdout
    assert "ML_INCIDENT_ANOUNCE_CHANNEL is no setting; did you mean ML_INCIDENT_ANNOUNCE_CHANNEL?" in ended.stdout
    assert "SOMETHING_ELSE" not in ended.stdout
    assert "xoxb-1" not in ended.stdout


def test_a_database_that_another_program_keeps_locked_is_said_so(
    ml_incident: MlIncident, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_S", 0.2)
    assert ml_incident("db", "upgrade").returncode == 0
    with sqlite3.connect(tmp_path / "ml-incident.db", isolation_level=None) as holding:
        holding.execute("BEGIN IMMEDIATE")
        ended = ml_incident("outbox", "retry", "--all")
        holding.execute("ROLLBACK")
    holding.close()
    assert ended.returncode == 1
    assert "cannot be used: database is locked" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
