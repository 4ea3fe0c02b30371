"""`registry check` holds cards, rotas and the people file against one another, each fault by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.registries.commands import registry_app

MODELS = """\
models:
  fraud-scorer:
    oncall: rota:risk
  home-recs: {oncall: "rota:shop"}
  churn: {oncall: "pagerduty:P1"}
"""
ROTAS = """\
rotas:
  risk: {zone: UTC, starts: 2026-11-02, people: [lee@example.com, "@tom", Night shift]}
  shop:
    zone: UTC
    starts: 2026-11-02
    people: [slack:U0123ABCD]
    overrides: [{from: 2026-12-24, until: 2026-12-27, person: backstage:user:default/kim}]
"""
PEOPLE = "people: {Night shift: ana@example.com, 'backstage:user:default/kim': kim@example.com}\n"


def check(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *,
    models: str = MODELS,
    rotas: str | None = ROTAS,
    people: str | None = PEOPLE,
) -> Result:
    monkeypatch.chdir(folder)
    Path("models.yaml").write_text(models, "utf-8")
    for name, setting, text in (
        ("rotas.yaml", "ML_INCIDENT_ROTAS", rotas),
        ("people.yaml", "ML_INCIDENT_PEOPLE", people),
    ):
        monkeypatch.delenv(setting, raising=False)
        if text is not None:
            Path(name).write_text(text, "utf-8")
            monkeypatch.setenv(setting, name)
    return CliRunner().invoke(registry_app, ["check"])


def faults(result: Result) -> list[str]:
    assert result.exit_code == 1
    return result.stderr.splitlines()


def test_files_that_fit_are_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = check(monkeypatch, tmp_path)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.endswith("models.yaml is right: 3 models. people.yaml is right. rotas.yaml is right.\n")


def test_a_card_that_names_no_rota_is_told_with_the_closest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = MODELS.replace("rota:risk", "rota:rsik").replace("rota:shop", "rota:ranking")
    done = check(monkeypatch, tmp_path, models=models)
    write = "write it into the file that ML_INCIDENT_ROTAS names."
    assert faults(done) == [
        "models.yaml:3:13: models.fraud-scorer.oncall: there is no rota “rsik”; did you mean “risk”?",
        f"models.yaml:4:23: models.home-recs.oncall: there is no rota “ranking”; {write}",
    ]
    assert str(done.exception) == "models.yaml has 2 faults. people.yaml is right. rotas.yaml is right."


def test_somebody_in_a_rota_whom_neither_slack_nor_the_people_file_can_name_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = check(monkeypatch, tmp_path, people="people: {Day shift: ana@example.com}")
    what = (
        "and Slack cannot be asked who that is; write an e-mail address, or say in the file that ML_INCIDENT_PEOPLE "
        "names who is meant."
    )
    entity = "is an entity of Backstage,"
    assert faults(done) == [
        f"rotas.yaml:2:75: rotas.risk.people[2]: “Night shift” is a name, {what}",
        f"rotas.yaml:7:63: rotas.shop.overrides[0].person: “backstage:user:default/kim” {entity} {what}",
    ]
    assert faults(check(monkeypatch, tmp_path, people=None)) == faults(done)


def test_faults_of_both_files_are_told_once_and_hide_no_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done = check(monkeypatch, tmp_path, models="models: {a: {teir: 1}}", rotas="rotas: {}\nrota: 1", people="people: 7")
    assert [line.split(" ")[0] for line in faults(done)] == ["models.yaml:1:14:", "people.yaml:1:9:", "rotas.yaml:2:1:"]
    assert "models.yaml has 1 fault." in str(done.exception)
    assert "people.yaml has 1 fault. rotas.yaml has 1 fault." in str(done.exception)


def test_a_people_file_that_is_broken_makes_nobody_in_a_rota_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [line.split(" ")[0] for line in faults(check(monkeypatch, tmp_path, people="people: 7"))] == [
        "people.yaml:1:9:"
    ]


def test_a_schedule_that_the_settings_cannot_ask_is_said_and_the_file_is_right(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PAGERDUTY_TOKEN", raising=False)
    done = check(monkeypatch, tmp_path, rotas=None, people=None)
    assert done.exit_code == 0
    rotas = "and ML_INCIDENT_ROTAS is not set here."
    assert done.stdout.splitlines()[-3:] == [
        f"models.yaml:3:13: models.fraud-scorer.oncall: names rota:risk (1 other line too), {rotas}",
        "models.yaml:5:19: models.churn.oncall: names pagerduty:P1, and PAGERDUTY_TOKEN is not set here.",
        "models.yaml is right: 3 models.",
    ]
    monkeypatch.setenv("PAGERDUTY_TOKEN", "secret-of-pagerduty")
    done = check(monkeypatch, tmp_path)
    assert "not set here" not in done.stdout
    assert "secret-of-pagerduty" not in done.stdout + done.stderr


def test_cards_in_a_folder_are_named_by_their_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "ranker.yaml").write_text("owner: ana@example.com\noncall: rota:rsk\n", "utf-8")
    monkeypatch.setenv("ML_INCIDENT_REGISTRY_FILE", "cards")
    assert faults(check(monkeypatch, tmp_path)) == [
        "cards/ranker.yaml:2:9: oncall: there is no rota “rsk”; did you mean “risk”?"
    ]
