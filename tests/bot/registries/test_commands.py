"""`ml-incident registry`: show, check and sync as an operator types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import WrongUsage
from bot.registries.card_schema import card_schema
from bot.registries.printed import read_time
from playbooks.card import Fact, ModelCard
from storage.database import open_engine, parse_url
from storage.registries import keep_cards, note_aliases
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "models.yaml"


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "VIRTUAL_ENV"}}
    # Not the installed script: these tests must not depend on where scripts are.
    command = [sys.executable, "-c", "from bot.main import run; run()", "registry", *words]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_check_of_the_shipped_example_passes_and_names_the_gaps(tmp_path: Path) -> None:
    done = run(tmp_path, "check", str(EXAMPLE))

    assert done.returncode == 0, done.stderr
    assert "delivery-eta leaves undocumented: Backup owner" in done.stdout
    assert f"{EXAMPLE} is right: 8 models." in done.stdout


def test_check_names_every_fault_by_file_line_and_field_and_exits_1(tmp_path: Path) -> None:
    (tmp_path / "models.yaml").write_text("models:\n  a:\n    teir: 1\n    mode: onlin\n  b: {tier: 2}\n", "utf-8")

    done = run(tmp_path, "check")

    assert done.returncode == 1
    assert "models.yaml:3:5: models.a.teir: there is no such field; did you mean “tier”?" in done.stderr
    assert "models.yaml:4:11: models.a.mode: “onlin” is not allowed here; did you mean “online”?" in done.stderr
    assert "models.yaml has 2 faults. Until they are mended, a cannot be read from it." in done.stderr
    assert "Traceback" not in done.stderr


def test_check_of_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "nowhere.yaml")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nowhere.yaml cannot be read: no such file or directory." in done.stderr


def test_check_of_a_folder_names_faults_with_the_folder_and_both_places_of_a_double(tmp_path: Path) -> None:
    (tmp_path / "cards" / "fraud").mkdir(parents=True)
    (tmp_path / "cards" / "fraud" / "fraud-scorer.yaml").write_text("teir: 0\nowner: ana@example.com\n", "utf-8")
    (tmp_path / "cards" / "ranker.yaml").write_text("tier: 1\n", "utf-8")
    (tmp_path / "cards" / "again.yaml").write_text("name: ranker\ntier: 2\n", "utf-8")

    done = run(tmp_path, "check", "cards")

    assert done.returncode == 1
    assert "cards/fraud/fraud-scorer.yaml:1:1: teir: there is no such field; did you mean “tier”?" in done.stderr
    assert "cards/ranker.yaml:1:1: “ranker” is in cards/again.yaml:1 too; keep one." in done.stderr
    assert "cards has 2 faults. Until they are mended, fraud-scorer, ranker cannot be read from it." in done.stderr


def test_schema_prints_what_editors_need(tmp_path: Path) -> None:
    done = run(tmp_path, "schema")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == card_schema()


@pytest.fixture
def synced(tmp_path: Path, database_url: str) -> dict[str, str]:
    environment = {"DATABASE_URL": database_url, "ML_INCIDENT_REGISTRY_FILE": str(EXAMPLE)}
    done = run(tmp_path, "sync", **environment)
    assert done.returncode == 0, done.stderr
    assert "The catalogue holds 8 models. 16 aliases moved;" in done.stdout
    return environment


def test_show_tells_each_fact_with_its_source_and_age(tmp_path: Path, synced: dict[str, str]) -> None:
    done = run(tmp_path, "show", "fraud scoring", **synced)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fraud-scorer: Fraud scoring\n")
    assert "Ana Moreau <ana@example.com>  [models.yaml, less than a minute old]" in done.stdout


def test_show_has_a_line_for_each_component(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "models.yaml").write_text(
        "models:\n  assistant:\n    components:\n"
        '      - {kind: prompt, name: answer, version: "14", previous: "13", roll_back: point it at 13}\n'
        "      - {kind: flag, name: assistant.on}\n",
        "utf-8",
    )
    run(tmp_path, "sync", DATABASE_URL=database_url)

    lines = run(tmp_path, "show", "assistant", DATABASE_URL=database_url).stdout.splitlines()

    assert lines[1].startswith("  Components  Prompt answer, 14, before 13; roll back: point it at 13  [models.yaml, ")
    assert lines[2] == "              Flag assistant.on, version UNKNOWN; roll back: UNKNOWN"


def test_show_at_a_time_tells_what_was_champion_then(tmp_path: Path, synced: dict[str, str]) -> None:
    now = datetime.now(UTC)
    moves = [("7", now - timedelta(days=2)), ("8", now - timedelta(days=1))]
    storage = Storage(open_engine(parse_url(synced["DATABASE_URL"])))
    with storage.transaction() as tx:
        for version, at in moves:
            note_aliases(tx, "mlflow", {"fraud-scorer": {"champion": version}}, now=at)
    storage.close()

    def champion(at: datetime) -> subprocess.CompletedProcess[str]:
        return run(tmp_path, "show", "fraud-scorer", "--at", at.isoformat(), **synced)

    then = champion(now - timedelta(hours=30))
    assert then.returncode == 0, then.stderr
    assert f"champion: version 7 [mlflow, since {moves[0][1]:%Y-%m-%d %H:%M} UTC]" in then.stdout
    assert "champion: version 8" in champion(now - timedelta(hours=20)).stdout
    before = champion(now - timedelta(days=3))
    assert before.returncode == 1
    assert "is UNKNOWN: the record begins" in before.stderr


def test_history_tells_what_each_alias_pointed_at_since_when_those_that_are_gone_too(
    tmp_path: Path, synced: dict[str, str]
) -> None:
    at = [datetime(2026, 1, day, 9, 30, tzinfo=UTC) for day in (3, 5, 6)]
    storage = Storage(open_engine(parse_url(synced["DATABASE_URL"])))
    for moment, aliases in zip(
        at, ({"champion": "7", "shadow": "9"}, {"champion": "8", "shadow": "9"}, {"champion": "7"}), strict=True
    ):
        with storage.transaction() as tx:
            note_aliases(tx, "mlflow", {"fraud-scorer": aliases}, now=moment)
    storage.close()

    done = run(tmp_path, "history", "fraud scoring", **synced)

    assert done.returncode == 0, done.stderr
    assert (
        "champion [mlflow]\n"
        "  2026-01-03 09:30 UTC  version 7, for 2 days, and perhaps before\n"
        "  2026-01-05 09:30 UTC  version 8, for 1 day\n"
        "  2026-01-06 09:30 UTC  version 7, until now\n"
    ) in done.stdout
    assert (
        "shadow [mlflow]\n"
        "  2026-01-03 09:30 UTC  version 9, for 3 days, and perhaps before\n"
        "  2026-01-06 09:30 UTC  nowhere, until now\n"
    ) in done.stdout
    assert "champion [file]\n" in done.stdout


def test_history_of_a_model_whose_aliases_were_never_seen_says_so(tmp_path: Path, synced: dict[str, str]) -> None:
    (tmp_path / "bare.yaml").write_text("models: {bare: {tier: 2}}\n", "utf-8")
    run(tmp_path, "sync", **{**synced, "ML_INCIDENT_REGISTRY_FILE": str(tmp_path / "bare.yaml")})

    done = run(tmp_path, "history", "bare", **synced)

    assert (done.returncode, done.stdout) == (1, "")
    assert "No alias of bare was ever seen." in done.stderr


def test_show_tells_where_registries_disagree(tmp_path: Path, synced: dict[str, str]) -> None:
    storage = Storage(open_engine(parse_url(synced["DATABASE_URL"])))
    facts = {"owner": "bob@example.com", "owner.backup": "Lee Okafor <LEE@example.com>"}
    card = ModelCard("fraud-scorer", {key: Fact(value, "mlflow tag", NOON) for key, value in facts.items()})
    with storage.transaction() as tx:
        keep_cards(tx, "mlflow", [card], now=NOON)
    storage.close()
    down = {**synced, "ML_INCIDENT_REGISTRIES": "file,mlflow", "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    run(tmp_path, "sync", **down)

    shown = run(tmp_path, "show", "fraud-scorer", **down).stdout

    assert "Ana Moreau <ana@example.com>  [models.yaml" in shown
    assert "but mlflow tag says bob@example.com" in shown
    assert "LEE" not in shown  # the same person, written otherwise


def test_show_of_an_unknown_model_names_the_closest_ones(tmp_path: Path, synced: dict[str, str]) -> None:
    done = run(tmp_path, "show", "fruad-scorer", **synced)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Did you mean fraud-scorer" in done.stderr


def test_sync_says_which_registry_could_not_be_read_and_exits_1(tmp_path: Path, synced: dict[str, str]) -> None:
    down = {**synced, "ML_INCIDENT_REGISTRIES": "file,mlflow", "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}

    done = run(tmp_path, "sync", **down)

    assert done.returncode == 1
    assert "mlflow: MLflow at http://127.0.0.1:9 cannot be reached" in done.stderr
    assert "The catalogue holds 8 models." in done.stdout


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("11:05", NOON - timedelta(minutes=55)),
        ("14:05", NOON - timedelta(hours=21, minutes=55)),
        ("2026-11-19 14:05", datetime(2026, 11, 19, 14, 5, tzinfo=UTC)),
        ("2026-11-19T14:05+02:00", datetime(2026, 11, 19, 12, 5, tzinfo=UTC)),
    ],
)
def test_a_time_alone_is_the_last_time_it_was_that_late(text: str, moment: datetime) -> None:
    assert read_time(text, now=NOON) == moment


@pytest.mark.parametrize("text", ["25:00", "noon", "2026-11-21 09:00", ""])
def test_a_time_that_is_none_or_not_yet_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(WrongUsage, match=r"14:05|has not come yet"):
        read_time(text, now=NOON)
