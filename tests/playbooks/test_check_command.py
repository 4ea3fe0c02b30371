"""`ml-incident playbooks check` as people, programs and pull requests read it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.console.playbooks_check import annotation
from bot.main import app
from playbooks.faults import Fault
from tests.playbooks.whole import WHOLE


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(app, ["playbooks", "check", *words], env=environment)


@pytest.fixture
def bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    file = tmp_path / "mine/bad.yaml"
    file.write_text(WHOLE.replace("op: at-most", "op: atmost").replace("    reversible: minutes\n", ""), "utf-8")
    return file


@pytest.fixture
def connections(tmp_path: Path) -> str:
    file = tmp_path / "connections.yaml"
    file.write_text(
        "connections:\n  shop: {kind: http, base_url: https://shop.example.com, auth: {bearer: {env: X}}}\n"
    )
    return str(file)


def test_people_read_a_line_for_each_fault(bad: Path, connections: str) -> None:
    ended = run("mine", ML_INCIDENT_CONNECTIONS=connections)
    assert ended.exit_code == 1
    assert ended.stdout == ""
    first, second = ended.stderr.splitlines()
    assert first.startswith("mine/bad.yaml:80:20: steps[5].prometheus.expect.op: “atmost” is not allowed here; did you")
    assert second.startswith("mine/bad.yaml:97:5: steps[7].reversible: is missing. How fast it can be taken back")


def test_programs_read_a_list_of_objects(bad: Path, connections: str) -> None:
    ended = run("mine/bad.yaml", "--format", "json", ML_INCIDENT_CONNECTIONS=connections)
    assert ended.exit_code == 1
    first, second = json.loads(ended.stdout)
    assert (first["file"], first["line"], first["column"]) == ("mine/bad.yaml", 80, 20)
    assert second["field"] == "steps[7].reversible"
    assert second["message"].startswith("is missing.")
    bad.write_text(WHOLE, "utf-8")
    ended = run("mine", "--format", "json", ML_INCIDENT_CONNECTIONS=connections)
    assert (ended.exit_code, json.loads(ended.stdout)) == (0, [])


def test_github_shows_each_fault_beside_its_line(bad: Path, connections: str) -> None:
    ended = run(str(bad), "--format", "github", ML_INCIDENT_CONNECTIONS=connections)
    assert ended.exit_code == 1
    assert ended.stdout.startswith("::error file=mine/bad.yaml,line=80,col=20,title=Playbook%3A steps[5].prometheus.ex")
    assert len(ended.stdout.splitlines()) == 2


def test_what_github_would_take_for_its_own_is_escaped() -> None:
    fault = Fault("a,b:c%.yaml", 1, 2, "x:y,z", "50 %\r\n::error::nothing, here: a")
    assert annotation(fault) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=Playbook%3A x%3Ay%2Cz::50 %25%0D%0A::error::nothing, here: a"
    )
    assert "title=Playbook%3A the file::" in annotation(Fault("a", 1, 1, "", "is empty."))


def test_the_operators_connections_are_known_by_name_without_their_secrets(bad: Path, connections: str) -> None:
    bad.write_text(WHOLE, "utf-8")
    assert run("mine", ML_INCIDENT_CONNECTIONS=connections).exit_code == 0
    ended = run("mine")
    assert ended.exit_code == 1
    assert ended.stderr.count("“shop” is not allowed here. Allowed: mlflow, prometheus, serving.") == 2


def test_wrong_usage_is_said_in_a_sentence(bad: Path) -> None:
    assert run("nowhere").exit_code != 0
    assert run("mine", "--format", "xml").exit_code == 2
