"""`ml-incident serve` as a process: starting, being refused, being reached, stopping."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bot.handlers.actions import heard_by
from bot.incidents.features import feature
from bot.sandbox.client import SandboxSlack
from tests.bot.serving.processes import environment, run, serving
from tests.databases import PostgresServer

HTTP = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "sandbox-signing-secret"}


def in_use(slack: SandboxSlack) -> Callable[[], dict[str, Any] | None]:
    """The channel of the first incident, once the bot has made it usable."""

    def look() -> dict[str, Any] | None:
        found = [channel for channel in slack.channels() if channel["name"].startswith("inc-1-")]
        return found[0] if found and found[0]["pins"] and len(found[0]["members"]) > 3 else None

    return look


@pytest.mark.parametrize("over", ["socket", "http"])
def test_an_incident_is_opened_through_the_served_bot(slack: SandboxSlack, tmp_path: Path, over: str) -> None:
    with serving(tmp_path, environment(slack, **(HTTP if over == "http" else {}))) as bot:
        if over == "http":
            slack.configure(events_url=f"{bot.address}/slack/events")
        ready = httpx.get(f"{bot.address}/readyz").json()
        assert ready["database"] == "ok"
        slack.wait_for(lambda: slack.person("ana").command("models").text.count("tier") >= 8, timeout=10)
        reply = slack.person("ana").command("open fraud-scorer scores are all zero")
        assert reply.ok, reply
        assert "INC-1" in reply.text
        channel = slack.wait_for(in_use(slack), timeout=15)
        drawn = [element for message in slack.messages(channel["name"]) for element in interactive(message)]
        assert drawn
        for element in drawn:
            assert "url" in element or heard_by(feature(), element["action_id"]), element["action_id"]
        assert httpx.get(f"{bot.address}/readyz").json()["slack"] == {"up": True}
        exposed = httpx.get(f"{bot.address}/metrics").text
        assert 'ml_incident_open_incidents{severity="sev1"} 1.0' in exposed
    assert "Traceback" not in bot.log.read_text("utf-8")


def interactive(blocks: object) -> list[dict[str, Any]]:
    """Everything with an action id in some blocks."""
    if isinstance(blocks, list):
        return [element for block in blocks for element in interactive(block)]
    if not isinstance(blocks, dict):
        return []
    inner = [element for value in blocks.values() for element in interactive(value)]
    return [blocks, *inner] if "action_id" in blocks else inner


def test_it_starts_quickly_is_small_when_idle_and_stops_within_five_seconds(
    slack: SandboxSlack, tmp_path: Path
) -> None:
    began = time.monotonic()
    with serving(tmp_path, environment(slack)) as bot:
        started = time.monotonic() - began
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        memory = psutil.Process(bot.process.pid).memory_info().rss / 1e6
        began = time.monotonic()
        bot.process.send_signal(signal.SIGTERM)
        assert bot.process.wait(10) == 0
        stopped = time.monotonic() - began
    assert stopped < 5
    assert memory < 150
    # Three seconds is the promise on a machine of its own; tests share theirs.
    assert started < 8


def test_ctrl_c_stops_it_too(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack)) as bot:
        bot.process.send_signal(signal.SIGINT)
        assert bot.process.wait(10) == 0
    assert "Traceback" not in bot.log.read_text("utf-8")


def test_slack_being_down_does_not_stop_the_start(tmp_path: Path) -> None:
    env = environment(
        SLACK_BOT_TOKEN="xoxb-nobody", SLACK_APP_TOKEN="xapp-nobody", SLACK_API_URL="http://127.0.0.1:9/api/"
    )
    with serving(tmp_path, env) as bot:
        answer = httpx.get(f"{bot.address}/readyz")
        assert answer.status_code == 200
        assert answer.json()["slack"]["up"] is False
        began = time.monotonic()
        bot.process.terminate()
        assert bot.process.wait(10) == 0
        assert time.monotonic() - began < 5
    log = bot.log.read_text("utf-8")
    assert "Socket Mode is not connected" in log
    assert "xoxb-nobody" not in log
    assert "xapp-nobody" not in log


def test_a_missing_catalogue_warns_and_starts(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack, ML_INCIDENT_REGISTRY_FILE="nowhere.yaml")) as bot:
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        assert slack.person("ana").command("models").ok
        slack.wait_for(lambda: "nowhere.yaml" in bot.log.read_text("utf-8"))
    assert "WARNING" in bot.log.read_text("utf-8")


def test_missing_settings_are_all_said_and_it_ends_with_2(tmp_path: Path) -> None:
    ended = run("serve", cwd=tmp_path, env=environment(ML_INCIDENT_PORT="x"))
    assert ended.returncode == 2
    assert [line.split()[0] for line in ended.stderr.splitlines()] == ["ML_INCIDENT_PORT", "SLACK_BOT_TOKEN", "Neither"]
    assert ended.stdout == ""


def test_a_faulty_policy_and_faulty_playbooks_stop_the_start_with_every_fault(
    slack: SandboxSlack, tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text("severity_by_tier: {0: sev9}\nnonsense: 1\n", "utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/bad.yaml").write_text("id: bad\nsteps: []\n", "utf-8")
    env = environment(slack, ML_INCIDENT_POLICY="policy.yaml", ML_INCIDENT_PLAYBOOKS="own")
    ended = run("serve", cwd=tmp_path, env=env)
    assert ended.returncode == 2
    assert "policy.yaml:1:" in ended.stderr
    assert "policy.yaml:2:" in ended.stderr
    assert "own/bad.yaml:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "ml-incident.db").exists()


def test_a_second_one_at_the_same_file_or_port_is_told_so(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack)) as bot:
        ended = run("serve", cwd=tmp_path, env=environment(slack))
        assert ended.returncode == 2
        assert "already serves from ml-incident.db" in ended.stderr
        port = bot.address.rsplit(":", 1)[1]
        env = environment(slack, ML_INCIDENT_PORT=port, DATABASE_URL="sqlite:///other.db")
        ended = run("serve", cwd=tmp_path, env=env)
        assert ended.returncode == 2
        assert f"port {port}" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_database_that_cannot_be_used_is_said_without_its_password(slack: SandboxSlack, tmp_path: Path) -> None:
    for url in ("postgresql://me:pa55word@127.0.0.1:9/x", "sqlite:////nowhere/at/all.db"):
        ended = run("serve", cwd=tmp_path, env=environment(slack, DATABASE_URL=url))
        assert ended.returncode == 1
        assert "cannot be used" in ended.stderr.splitlines()[-1]
        assert "pa55word" not in ended.stderr
        assert "Traceback" not in ended.stderr


def test_on_postgresql_it_starts_once_the_schema_is_there(
    slack: SandboxSlack, tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.make(migrated=False)
    env = environment(slack, DATABASE_URL=url)
    ended = run("serve", cwd=tmp_path, env=env)
    assert ended.returncode == 1
    assert "ml-incident db upgrade" in ended.stderr
    for said in ("The tables are there", "up to date"):
        upgraded = run("db", "upgrade", cwd=tmp_path, env=env)
        assert upgraded.returncode == 0, upgraded.stderr
        assert said in upgraded.stdout
    with serving(tmp_path, env) as bot:
        assert httpx.get(f"{bot.address}/readyz").status_code == 200
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        assert slack.person("ana").command("list").ok
    postgres.drop(url)


def test_what_was_acknowledged_survives_a_kill(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack)) as bot:
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        slack.wait_for(lambda: "fraud-scorer" in slack.person("ana").command("models").text, timeout=10)
        hold = slack.hold("conversations.create")
        assert slack.person("ana").command("open fraud-scorer broken").ok
        assert slack.held() is not None
        bot.process.kill()
        slack.release(hold, "drop")
    with serving(tmp_path, environment(slack)):
        slack.wait_for(in_use(slack), timeout=15)
    assert len([channel for channel in slack.channels() if channel["name"].startswith("inc-1-")]) == 1


def test_stopping_gives_back_what_slack_keeps_waiting_for(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack)) as bot:
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        slack.wait_for(lambda: "fraud-scorer" in slack.person("ana").command("models").text, timeout=10)
        slack.hold("conversations.create")
        assert slack.person("ana").command("open fraud-scorer broken").ok
        assert slack.held() is not None
        began = time.monotonic()
        bot.process.terminate()
        assert bot.process.wait(10) == 0
        assert time.monotonic() - began < 7
    slack.clear_faults()
    with serving(tmp_path, environment(slack)):
        slack.wait_for(in_use(slack), timeout=15)
    assert len([channel for channel in slack.channels() if channel["name"].startswith("inc-1-")]) == 1


def test_a_proxy_of_the_environment_is_not_asked_for_a_slack_on_this_machine(
    slack: SandboxSlack, tmp_path: Path
) -> None:
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), nowhere)
    env = environment(slack, **proxies, NO_PROXY="elsewhere.example")
    examined = run("doctor", cwd=tmp_path, env=env)
    assert "the token is for ml-incident" in examined.stdout, examined.stdout
    assert "Slack would connect" in examined.stdout
    with serving(tmp_path, env):
        slack.wait_for(lambda: slack.state()["sockets"], timeout=10)
        slack.wait_for(lambda: slack.person("ana").command("models").text.count("tier") >= 8, timeout=10)
        assert "INC-1" in slack.person("ana").command("open fraud-scorer scores are all zero").text
        slack.wait_for(in_use(slack), timeout=15)


def test_an_address_of_version_six_is_said_so_that_it_can_be_opened(slack: SandboxSlack, tmp_path: Path) -> None:
    with serving(tmp_path, environment(slack, ML_INCIDENT_HOST="::1")) as bot:
        assert bot.address.startswith("http://[::1]:")
        assert httpx.get(f"{bot.address}/healthz").text == "ok"
