"""The smaller commands: what they print, and how they end."""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import main
from bot.manifest import needed_scopes
from bot.sandbox.client import SandboxSlack
from storage import outbox
from storage.database import open_engine, parse_url
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.bot.serving.processes import environment, run

WORDS = ("serve", "demo", "sandbox", "doctor", "manifest", "playbooks", "registry", "review", "digest", "outbox", "db")


@dataclass
class Ended:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


class MlIncident:
    """The command, run in this process: a new one takes a second to start."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str, slack: SandboxSlack | None = None, **settings: str) -> Ended:
        code: object = 0
        with self._monkeypatch.context() as changed:
            changed.setattr(sys, "argv", ["ml-incident", *words])
            for name in os.environ.keys() - environment().keys():
                changed.delenv(name)
            for name, value in environment(slack, **settings).items():
                changed.setenv(name, value)
            try:
                main.run()
            except SystemExit as ended:
                code = ended.code or 0
        printed = self._capsys.readouterr()
        return Ended(int(str(code)), printed.out, printed.err)


@pytest.fixture
def ml_incident(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> MlIncident:
    monkeypatch.chdir(tmp_path)
    return MlIncident(monkeypatch, capsys)


@pytest.fixture
def dead_effect(tmp_path: Path) -> Storage:
    """A database in which one effect gave up and one is owed."""
    engine = open_engine(parse_url(f"sqlite:///{tmp_path / 'ml-incident.db'}"))
    upgrade(engine)
    storage = Storage(engine)
    now = datetime.now(UTC)
    with storage.transaction() as tx:
        for key in ("a", "b"):
            outbox.owe(tx, kind="PinCard", key=key, payload={"incident_id": 1}, now=now)
        (claimed,) = outbox.claim(tx, now=now, lease=timedelta(seconds=9), limit=1)
        outbox.settle_never(tx, claimed, now=now, error="missing_scope: pins:write")
    return storage


def test_help_is_quick_and_explains_every_command(tmp_path: Path) -> None:
    began = time.monotonic()
    ended = run("--help", cwd=tmp_path, env=environment())
    assert time.monotonic() - began < 3
    assert ended.returncode == 0
    for word in WORDS:
        (line,) = [line for line in ended.stdout.splitlines() if line.strip().startswith(f"{word} ")]
        assert len(line.split()) > 3, f"{word} is not explained"


def test_it_says_its_version(ml_incident: MlIncident) -> None:
    pyproject = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert ml_incident("--version") == Ended(0, f"ml-incident {pyproject['project']['version']}\n", "")


@pytest.mark.parametrize("words", [["nonsense"], ["serve", "--nonsense"], ["outbox", "retry"], ["playbooks", "check"]])
def test_wrong_usage_ends_with_2(ml_incident: MlIncident, words: list[str]) -> None:
    ended = ml_incident(*words)
    assert ended.returncode == 2
    assert ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_outbox_is_listed_and_what_gave_up_is_tried_again(ml_incident: MlIncident, dead_effect: Storage) -> None:
    listed = ml_incident("outbox", "list")
    assert listed.returncode == 1
    assert "gave up     PinCard" in listed.stdout
    assert "missing_scope: pins:write" in listed.stdout
    assert "1 owed, 0 being done, 1 given up." in listed.stdout
    assert ml_incident("outbox", "list", "--dead").stdout.count("PinCard") == 1
    assert ml_incident("outbox", "retry", "77").returncode == 1
    assert ml_incident("outbox", "retry", "--all").stdout == "1 owed again.\n"
    assert ml_incident("outbox", "list").returncode == 0
    dead_effect.close()


def test_a_database_without_tables_is_said_so(ml_incident: MlIncident) -> None:
    ended = ml_incident("outbox", "list")
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("run `ml-incident db upgrade`.")
    assert ml_incident("db", "upgrade").returncode == 0
    assert ml_incident("outbox", "list").returncode == 0


def test_playbooks_are_listed_shown_and_checked(ml_incident: MlIncident, tmp_path: Path) -> None:
    listed = ml_incident("playbooks", "list")
    assert "common-first-fifteen-minutes" in listed.stdout
    shown = ml_incident("playbooks", "show", "common-first-fifteen-minutes", "--raw")
    assert shown.stdout.startswith(("#", "schema", "id"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/copy.yaml").write_text(shown.stdout, "utf-8")
    checked = ml_incident("playbooks", "check", "mine")
    assert (checked.returncode, checked.stdout) == (0, "No faults.\n"), checked.stderr
    (tmp_path / "mine/bad.yaml").write_text("id: bad\nnonsense: 1\n", "utf-8")
    checked = ml_incident("playbooks", "check", ML_INCIDENT_PLAYBOOKS="mine")
    assert checked.returncode == 1
    assert "mine/bad.yaml:2:" in checked.stderr
    unknown = ml_incident("playbooks", "show", "comon-first-fifteen")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "common-first-fifteen-minutes" in unknown.stderr


def test_schema_and_manifest_are_json(ml_incident: MlIncident) -> None:
    assert json.loads(ml_incident("playbooks", "schema").stdout)["title"]
    assert json.loads(ml_incident("manifest").stdout)["settings"]["socket_mode_enabled"]
    over_http = json.loads(ml_incident("manifest", "--http", "https://bot.example.com").stdout)
    assert not over_http["settings"]["socket_mode_enabled"]


def test_the_doctor_finds_nothing_to_do_where_all_is_well(ml_incident: MlIncident, slack: SandboxSlack) -> None:
    ended = ml_incident("doctor", slack=slack)
    assert ended.returncode == 0, ended.stdout
    assert "to do" not in ended.stdout
    looked_at = (
        "settings",
        "Slack",
        "scopes",
        "announce channel",
        "Socket Mode",
        "database",
        "policy",
        "registry file",
    )
    for what in looked_at:
        assert f"ok     {what}: " in ended.stdout


def test_the_doctor_names_the_one_thing_to_do_per_line(
    ml_incident: MlIncident, slack: SandboxSlack, tmp_path: Path, dead_effect: Storage
) -> None:
    slack.configure(scopes=[scope for scope in needed_scopes() if scope != "pins:write"])
    (tmp_path / "policy.yaml").write_text("nonsense: 1\n", "utf-8")
    ended = ml_incident(
        "doctor",
        slack=slack,
        SLACK_APP_TOKEN="xapp-wrong",
        ML_INCIDENT_ANNOUNCE_CHANNEL="payments",
        ML_INCIDENT_DIGEST_CHANNEL="C03OWNERSH",
        ML_INCIDENT_REGISTRY_FILE="nowhere.yaml",
        ML_INCIDENT_POLICY="policy.yaml",
    )
    assert ended.returncode == 1
    to_do = [line.removeprefix("to do  ") for line in ended.stdout.splitlines() if line.startswith("to do")]
    assert [line.split(":")[0] for line in to_do] == [
        "scopes",
        "announce channel",
        "Socket Mode",
        "outbox",
        "policy",
        "registry file",
    ]
    assert "missing pins:write" in to_do[0]
    assert "/invite @ml-incident" in to_do[1]
    assert "ok     digest channel" in ended.stdout
    dead_effect.close()


def test_the_doctor_goes_on_where_slack_is_down_or_nothing_is_set(ml_incident: MlIncident) -> None:
    ended = ml_incident("doctor")
    assert ended.returncode == 1
    assert "to do  settings: SLACK_BOT_TOKEN" in ended.stdout
    assert "ok     playbooks" in ended.stdout
    nowhere = "http://127.0.0.1:9/"
    ended = ml_incident("doctor", SLACK_BOT_TOKEN="xoxb-x", SLACK_APP_TOKEN="xapp-x", SLACK_API_URL=nowhere)
    assert "to do  Slack: cannot be reached" in ended.stdout
    assert "ok     playbooks" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_the_doctor_says_what_keeps_it_from_seeing_channels(ml_incident: MlIncident, slack: SandboxSlack) -> None:
    slack.configure(scopes=[scope for scope in needed_scopes() if scope != "groups:read"])
    ended = ml_incident("doctor", slack=slack)
    assert "to do  scopes: missing groups:read" in ended.stdout
    assert "to do  channels: Slack will not tell them (missing_scope); mend the scopes first." in ended.stdout
    assert slack.base_url not in ended.stdout


def test_the_doctor_tells_a_wrong_address_from_a_wrong_token(ml_incident: MlIncident, slack: SandboxSlack) -> None:
    ended = ml_incident("doctor", slack=slack, SLACK_API_URL=f"{slack.base_url}/")
    assert ended.stdout.count("but not as Slack does; check SLACK_API_URL.") == 2
    assert "refuses" not in ended.stdout
    ended = ml_incident("doctor", slack=slack, SLACK_BOT_TOKEN="xoxb-wrong")
    assert "to do  Slack: refuses SLACK_BOT_TOKEN (invalid_auth)" in ended.stdout
