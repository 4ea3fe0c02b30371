"""A rehearsal with the operator's own models, policy and playbooks; their Slack and their database are not used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.promises.demos import playing

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
"""
ENV = """\
SLACK_BOT_TOKEN=xoxb-the-real-one
SLACK_APP_TOKEN=xapp-the-real-one
DATABASE_URL=sqlite:///the-real-one.db
ML_INCIDENT_ANNOUNCE_CHANNEL=war-room
ML_INCIDENT_POLICY=policy.yaml
"""


def company(folder: Path, *, models: str = MODELS, env: str = ENV) -> Path:
    (folder / "models.yaml").write_text(models, "utf-8")
    (folder / ".env").write_text(env, "utf-8")
    (folder / "policy.yaml").write_text("working_time: {time_zone: Asia/Tokyo}\n", "utf-8")
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


def test_an_incident_of_ones_own_model_reaches_ones_own_people(tmp_path: Path) -> None:
    with playing(company(tmp_path), "--own") as demo:
        you = demo.slack.person("you")
        assert "Churn" in demo.slack.wait_for(
            lambda: found if "Churn" in (found := you.command("models").text) else None
        )
        demo.slack.wait_for(lambda: "Zoé" in you.command("who churn-model").text or None)
        assert "INC-1 is open" in you.command("open churn-model everybody leaves").text
        channel = demo.slack.wait_for(
            lambda: next((one for one in demo.slack.channels() if one["name"].startswith("inc-1-")), None)
        )

        def invited() -> set[str]:
            members = demo.slack.channel(channel["name"])["members"]
            return {demo.slack.person(one).name for one in members}

        demo.slack.wait_for(lambda: invited() >= {"You", "Zoé Ödegård", "Max M"} or None)
        assert {one["name"] for one in demo.slack.channels()} >= {"general", "war-room", "churn"}
        demo.slack.wait_for(lambda: any("INC-1" in one["text"] for one in demo.slack.messages("war-room")) or None)
        page = demo.slack._wire._http.get("/").text
        assert "Next Monday 09:00 (Asia/Tokyo)" in page
        assert "your own catalogue of 1 models" in page.replace("&#39;", "'") or "catalogue" in page
        assert not (tmp_path / "the-real-one.db").exists()
        assert (tmp_path / "models.yaml").read_text("utf-8") == MODELS


def test_a_registry_that_does_not_answer_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    env = ENV + "ML_INCIDENT_REGISTRIES=file,mlflow\nMLFLOW_TRACKING_URI=http://127.0.0.1:9\n"
    with playing(company(tmp_path, env=env), "--own") as demo:
        said = demo.log.read_text("utf-8")
        assert "file: 1 models" in said
        assert "mlflow: " in said
        assert "127.0.0.1:9" in said


def test_no_models_at_all_are_no_reason_to_fail(tmp_path: Path) -> None:
    with playing(company(tmp_path, models="models: {}\n"), "--own") as demo:
        assert demo.slack.person("you").command("help").ok


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"policy.yaml": "working_time: {time_zone: Nowhere/At/All}\n"}, "policy.yaml"),
        ({".env": "ML_INCIDENT_REGISTRY_FILE=nowhere.yaml\n"}, "There is no nowhere.yaml here"),
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
