"""The doctor looks at each connection before an incident needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.doctor import findings
from tests.bot.connections.conftest import Connect, Serving
from tests.bot.connections.registry import Registry
from tests.bot.connections.service import Told


def lines() -> list[str]:
    """What the doctor says of connections."""
    return [
        f"{'ok' if finding.ok else 'to do'} {finding.what}: {finding.say}"
        for finding in findings()
        if finding.what.startswith("connection")
    ]


def test_each_connection_is_said_to_answer_or_what_to_do(connect: Connect, service: Serving) -> None:
    shut = service(lambda asked: Told(status=401))
    up = service(lambda asked: Told(status=404))
    numbers = service(lambda asked: Told({"status": "success", "data": {"resultType": "scalar", "result": [1, "1"]}}))
    connect(
        f"""
        connections:
          serving:
            kind: serving
            base_url: ["{up.url}/a", "{shut.url}", "http://127.0.0.1:1"]
            version: {{path: "/v/{{model.name}}", pointer: /version}}
          prometheus: {{kind: prometheus, base_url: "{numbers.url}"}}
          flags: {{kind: http, base_url: "{up.url}/api", methods: [GET, PUT], paths: [/flags/, /switches]}}
          locked: {{kind: http, base_url: "{up.url}", auth: {{bearer: {{env: NOT_SET_ANYWHERE}}}}}}
          mlflow: {{kind: mlflow, base_url: "{service(Registry()).url}", methods: [GET, POST]}}
        """
    )
    unreachable = "cannot be reached (Connection refused). Check its base_url, and that it is up."
    missing = "cannot be used: set NOT_SET_ANYWHERE where the bot runs, then start it again."
    assert lines() == [
        "ok connection serving (replica 1): answers; playbooks may read",
        "to do connection serving (replica 2): serving (replica 2) does not let the bot in (HTTP 401). Check its auth.",
        f"to do connection serving (replica 3): serving (replica 3) {unreachable}",
        "ok connection prometheus: answers; playbooks may ask for numbers",
        "ok connection flags: answers; playbooks may GET and PUT under /flags/ and /switches",
        f"to do connection locked: The connection locked {missing}",
        "ok connection mlflow: answers; playbooks may read versions and aliases, and move aliases",
    ]
    assert up.sent == ["HEAD /a/", "HEAD /api/flags/"], "to look changes nothing, and stays within the paths"


def test_every_fault_of_the_file_is_a_line(connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "connections.yaml"
    path.write_text("connections:\n  a: {kind: htp}\n  b: {kind: http}\n", "utf-8")
    monkeypatch.setenv("ML_INCIDENT_CONNECTIONS", str(path))
    assert [line.split(" ")[3] for line in lines()] == ["connections.yaml:2:13:", "connections.yaml:3:6:"]


def test_a_file_that_is_not_there_is_a_fault_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INCIDENT_CONNECTIONS", "nowhere.yaml")
    said = [finding.say for finding in findings() if not finding.ok]
    assert any(line.startswith("ML_INCIDENT_CONNECTIONS names nowhere.yaml, which is not a file") for line in said)


def test_without_any_connection_nothing_is_said() -> None:
    assert lines() == []
