"""`ml-incident registry ready`: the same as in Slack, in plain lines, with exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from playbooks.card import Fact, ModelCard
from storage import catalogue, registries
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FACTS = {
    "owner": "ana@example.com",
    "tier": "0",
    "mode": "online",
    "team": "risk",
    "purpose": "Scores a_b_c <all> & more",
}


@pytest.fixture
def filled(storage: Storage) -> Storage:
    card = ModelCard("fraud-scorer", {key: Fact(value, "mlflow tag", NOON) for key, value in FACTS.items()})
    with storage.transaction() as tx:
        registries.keep_cards(tx, "mlflow", [card], now=NOON)
        catalogue.keep(tx, card, ModelCard("bare"), now=NOON)
    return storage


def run(database_url: str, *words: str) -> tuple[int, str, str]:
    settings = {
        "DATABASE_URL": database_url,
        "ML_INCIDENT_REGISTRIES": "file,mlflow",
        "MLFLOW_TRACKING_URI": "https://mlflow.example.com",
        "ML_INCIDENT_MLFLOW_TAG_PREFIX": "acme.",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from bot.main import run; run()", "registry", "ready", *words],
        env={**os.environ, **settings},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.usefixtures("filled")
def test_it_prints_teams_a_team_and_a_model(database_url: str) -> None:
    code, said, _ = run(database_url)
    assert code == 0
    assert said.startswith("Documented ")
    assert "• no team 0 % (one model)\n• risk " in said
    code, said, _ = run(database_url, "--team", "@Risk")
    assert code == 0
    assert said.startswith("risk ")
    assert "\nfraud-scorer (tier 0) 16 %: 25 missing\n" in said
    code, said, _ = run(database_url, "fraud-scorer")
    assert code == 0
    assert "In Python, with client = mlflow.MlflowClient():\n" in said
    assert '   client.set_registered_model_tag("fraud-scorer", "acme.owner.backup", "ana@example.com")\n' in said
    assert '   client.set_registered_model_tag("fraud-scorer", "acme.data_class", "…")\n' in said, "as it is written"
    assert "*" not in said
    assert "&" not in said


@pytest.mark.usefixtures("filled")
def test_what_there_is_not_ends_with_1_and_what_cannot_be_meant_with_2(database_url: str) -> None:
    for words, code, sentence in (
        (["fraud-scorr"], 1, "The catalogue knows no model “fraud-scorr”. Did you mean fraud-scorer?"),
        (["--team", "rsk"], 1, "No model names the team “rsk”. Did you mean risk? `ml-incident registry ready` lists"),
        (["fraud-scorer", "--team", "risk"], 2, "Give a model or --team, not both."),
    ):
        ended, said, error = run(database_url, *words)
        assert (ended, said) == (code, ""), error
        assert sentence in error
