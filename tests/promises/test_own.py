"""A rehearsal with the operator's own models, policy and playbooks; their Slack and their database are not used."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.processes import ROOT
from tests.promises.demos import Demo, playing

pytestmark = pytest.mark.timeout(90)

MODELS = """\
models:
  churn-model:
    plain_name: Churn
    tier: 1
    mode: batch
    owner: Zoé Ödegård <zoe@shop.example>
    owner.backup: "@max.m"
    poc:
      ds: slack:U777OPERAT
      product: slack-group:S777GROUPX
    oncall: pagerduty:PXYZ
    channel: "#churn"
    serving: "3"
    rollback: "2"
  fraud-model:
    tier: 0
    owner: sam@shop.example
    channel: ask [in] the kitchen
"""
ENV = """\
SLACK_BOT_TOKEN=to be filled in
SLACK_APP_TOKEN=xapp-the-real-one
DATABASE_URL=mysql://not-even-one-that-could-be-used
ML_INCIDENT_ANNOUNCE_CHANNEL=war-room
ML_INCIDENT_DIGEST_CHANNEL=C0DIGEST77
ML_INCIDENT_POLICY=policy.yaml
ML_INCIDENT_PLAYBOOKS=ours
"""
PLAYBOOK = """\
schema: ml-incident.playbook/v1
id: ask-the-crystal-ball
title: Ask the crystal ball
summary: It answers what the model cannot.
version: "1.0.0"
owner: "@max.m"
review_by: 2030-01-01
sources: [https://docs.example.com/ball]
applies_to: {failure_modes: [unknown], words: [ball]}
steps:
  - id: ask
    kind: task
    phase: diagnose
    role: ml-lead
    title: Ask the ball
    do: Look into it.
    done_when: It has answered.
  - {id: end, kind: end, title: It has spoken}
"""


def company(folder: Path, *, models: str = MODELS, env: str = ENV) -> Path:
    (folder / "models.yaml").write_text(models, "utf-8")
    (folder / ".env").write_text(env, "utf-8")
    (folder / "policy.yaml").write_text("working_time: {time_zone: Asia/Tokyo}\n", "utf-8")
    (folder / "ours").mkdir()
    (folder / "ours" / "ask-the-crystal-ball.yaml").write_text(PLAYBOOK, "utf-8")
    return folder


def refused(folder: Path, *options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.main", "demo", "--own", "--port", "0", *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def page(demo: Demo) -> str:
    return httpx.get(f"{demo.slack.base_url}/", params={"as": "you"}, trust_env=False).text


@contextmanager
def watching(demo: Demo) -> Iterator[None]:
    """Somebody has the page open, so that nobody waits for them."""
    with httpx.stream("GET", f"{demo.slack.base_url}/live", params={"as": "you"}, timeout=30, trust_env=False):
        yield


def told(demo: Demo, *sentences: str) -> None:
    """The page explains what just happened."""
    demo.slack.wait_for(lambda: all(sentence in page(demo) for sentence in sentences) or None)


def members(demo: Demo, name: str) -> set[str]:
    return {demo.slack.person(one).name for one in demo.slack.channel(name)["members"]}


def incident_channel(demo: Demo, number: int) -> str:
    def find() -> str | None:
        return next((one["name"] for one in demo.slack.channels() if one["name"].startswith(f"inc-{number}-")), None)

    return demo.slack.wait_for(find)


def test_an_incident_of_ones_own_model_reaches_ones_own_people(tmp_path: Path) -> None:
    with playing(company(tmp_path), "--own") as demo, watching(demo):
        shown = demo.slack.wait_for(lambda: text if "Your turn" in (text := page(demo)) else None, timeout=15)
        assert "This is your own catalogue of 2 models." in shown
        assert "Open an incident of fraud-model" in shown
        assert "<small>(Asia/Tokyo)</small>" in shown, "your clock is that of your policy"

        you = demo.slack.person("you")
        assert "Churn" in you.command("models").text  # at once: it is read before one is told to try something
        assert "Ask the crystal ball" in you.command("playbooks").text
        assert "INC-1 is open" in you.command("open churn-model everybody leaves").text
        channel = incident_channel(demo, 1)
        stands_in = demo.slack.person("U777OPERAT").name
        everybody = {"You", "Zoé Ödegård", "Max M", stands_in}
        demo.slack.wait_for(lambda: members(demo, channel) >= everybody or None)
        demo.slack.wait_for(lambda: any("INC-1" in one["text"] for one in demo.slack.messages("war-room")) or None)
        told(
            demo, "committed in one transaction, and only then", "is drawn when it is sent", "get one message for each"
        )
        assert members(demo, "churn") == everybody

        demo.slack.advance(8 * 86400)
        said = demo.slack.wait_for(
            lambda: next((one for one in demo.slack.messages("C0DIGEST77") if "Who owns what" in one["text"]), None)
        )
        assert said
        told(demo, "owed in the transaction that promised the next one", "rows with a time on the business clock")
        assert not (tmp_path / "the-real-one.db").exists()
        assert (tmp_path / "models.yaml").read_text("utf-8") == MODELS


def test_whoever_has_the_turn_in_ones_own_rota_comes_first(tmp_path: Path) -> None:
    (tmp_path / "rotas.yaml").write_text(
        "rotas: {churn: {zone: Asia/Tokyo, starts: 2026-01-05, people: [Night shift]}}\n", "utf-8"
    )
    (tmp_path / "people.yaml").write_text("people: {Night shift: yuki@shop.example}\n", "utf-8")
    models = MODELS.replace("pagerduty:PXYZ", "rota:churn")
    env = ENV + "ML_INCIDENT_ROTAS=rotas.yaml\nML_INCIDENT_PEOPLE=people.yaml\n"
    with playing(company(tmp_path, models=models, env=env), "--own") as demo, watching(demo):
        demo.slack.wait_for(lambda: "Your turn" in page(demo) or None, timeout=15)
        you = demo.slack.person("you")
        demo.slack.wait_for(lambda: "*On call now* @Night shift until " in you.command("who churn-model").text or None)
        you.command("open churn-model everybody leaves")
        channel = incident_channel(demo, 1)
        demo.slack.wait_for(lambda: "Night shift" in members(demo, channel) or None)


def test_a_registry_that_does_not_answer_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    env = ENV + "ML_INCIDENT_REGISTRIES=file,mlflow\nMLFLOW_TRACKING_URI=http://127.0.0.1:9\n"
    with playing(company(tmp_path, env=env), "--own") as demo, watching(demo):
        said = demo.log.read_text("utf-8")
        assert "file: 2 models" in said
        assert "mlflow: " in said
        shown = demo.slack.wait_for(lambda: text if "Your turn" in (text := page(demo)) else None, timeout=15)
        assert "127.0.0.1:9" in shown
        assert "Churn" in demo.slack.person("you").command("models").text


class Mlflow(BaseHTTPRequestHandler):
    """A server with one model, which takes its time and counts how often it is asked."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        time.sleep(1.5)
        tags = [{"key": "owner", "value": "kim@shop.example"}, {"key": "channel", "value": "#from-mlflow"}]
        body = json.dumps({"registered_models": [{"name": "slow model", "tags": tags}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


@contextmanager
def mlflow() -> Iterator[str]:
    Mlflow.asked = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mlflow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_slow_mlflow_is_waited_for_and_asked_seldom(tmp_path: Path) -> None:
    with mlflow() as uri:
        env = f"ML_INCIDENT_REGISTRIES=mlflow\nMLFLOW_TRACKING_URI={uri}\n"
        with playing(company(tmp_path, env=env), "--own") as demo, watching(demo):
            demo.slack.wait_for(lambda: "Your turn" in page(demo) or None, timeout=15)
            you = demo.slack.person("you")
            assert "INC-1 is open" in you.command("open slow model everybody waits").text
            channel = incident_channel(demo, 1)
            demo.slack.wait_for(lambda: members(demo, channel) >= {"You", "Kim"} or None)
            assert members(demo, "from-mlflow") == {"You", "Kim"}
            time.sleep(5.5)  # as long as it takes until a file is read again
            assert Mlflow.asked == 2, "once for its people, and once by the bot"


def test_a_model_whose_entry_is_faulty_is_left_out_by_name(tmp_path: Path) -> None:
    models = MODELS + "  odd-model:\n    tier: nine\n"
    with playing(company(tmp_path, models=models), "--own") as demo, watching(demo):
        demo.slack.wait_for(lambda: "Your turn" in page(demo) or None, timeout=15)
        shown = page(demo)
        assert "catalogue of 2 models. Left out, because their entries have faults: odd-model;" in shown
        assert "/tmp/" not in demo.slack.person("you").command("models").text, "people know their file, not our copy"


def test_no_models_at_all_are_no_reason_to_fail(tmp_path: Path) -> None:
    with playing(company(tmp_path, models="models: {}\n"), "--own") as demo, watching(demo):
        shown = demo.slack.wait_for(lambda: text if "Your turn" in (text := page(demo)) else None, timeout=15)
        assert "Your registries list no model yet." in shown
        you = demo.slack.person("you")
        assert you.command("open whatever it does nothing").ok
        assert you.view() is not None, "it asks whether a model that nobody listed is meant"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"policy.yaml": "working_time: {time_zone: Nowhere/At/All}\n"}, "policy.yaml"),
        (
            {"ours/ask-the-crystal-ball.yaml": PLAYBOOK.replace("kind: task", "kind: dance")},
            "ask-the-crystal-ball.yaml",
        ),
        ({"review.md.j2": "{{ review.nothing_like_it }}"}, "review.md.j2"),
        (
            {"rotas.yaml": "rotas: {r: {zone: Mars}}\n", ".env": ENV + "ML_INCIDENT_ROTAS=rotas.yaml\n"},
            "rotas.yaml:1:19: rotas.r.zone: “Mars” is no time zone",
        ),
        ({"models.yaml": "models: [x\n"}, "Nothing in models.yaml can be used until it is mended"),
        ({"models.yaml": "models: 7\n"}, "Nothing in models.yaml can be used until it is mended"),
        ({".env": "ML_INCIDENT_REGISTRY_FILE=nowhere.yaml\n"}, "There is no file nowhere.yaml"),
        ({".env": "ML_INCIDENT_ANNOUNCE_CHANNEL=Where everybody is!\n"}, "no channel of Slack can be called that"),
        ({".env": "ML_INCIDENT_REGISTRIES=mlflow\n"}, "MLFLOW_TRACKING_URI has to be set"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path: Path, broken: dict[str, str], said: str) -> None:
    company(tmp_path)
    for name, text in broken.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert said in refused(tmp_path)


def test_it_plays_no_story_and_says_so(tmp_path: Path) -> None:
    assert "--own plays no story" in refused(company(tmp_path), "--once")
