"""The doctor looks at the people file, the rotas, what cards name and the schedules before an incident needs them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import respx

from bot.doctor import CHECKS
from bot.settings import read_settings
from playbooks.card import Fact, ModelCard
from storage import people, upkeep
from storage.catalogue import keep_merged
from storage.database import open_engine, parse_url
from storage.registries import Said
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "y_NbAkKc66ryYTWUXYEu"
ONCALLS = "https://api.pagerduty.com/oncalls"
MODELS = """\
models:
  fraud-scorer: {oncall: "rota:risk"}
  churn: {oncall: "pagerduty:P1"}
  home-recs: {oncall: "pagerduty:P1"}
  search: {oncall: "pagerduty:P2"}
"""
ROTAS = """\
rotas:
  risk: {zone: UTC, starts: 2026-11-02, people: [lee@example.com]}
"""
PEOPLE = "people:\n  Night shift: ana@example.com\n"
ON_CALL = {"oncalls": [{"escalation_level": 1, "user": {"name": "Kim", "email": "kim@example.com"}}]}


@pytest.fixture(autouse=True)
def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"models": MODELS, "rotas": ROTAS, "people": PEOPLE}.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    monkeypatch.setenv("ML_INCIDENT_ROTAS", "rotas.yaml")
    monkeypatch.setenv("ML_INCIDENT_PEOPLE", "people.yaml")
    monkeypatch.setenv("PAGERDUTY_TOKEN", SECRET)
    return tmp_path


@pytest.fixture
def web() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        router.get(ONCALLS).respond(json=ON_CALL)
        router.get(path__startswith="/services/").respond(404)
        yield router


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, office: Path) -> Iterator[Storage]:
    url = f"sqlite:///{office / 'bot.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    engine = open_engine(parse_url(url))
    upkeep.upgrade(engine)
    yield Storage(engine)
    engine.dispose()


def lines() -> list[str]:
    found = [f"{'ok' if one.ok else 'to do'} {one.what}: {one.say}" for one in CHECKS["on call"](read_settings())]
    assert SECRET not in "".join(found)
    return found


def to_do() -> list[str]:
    return [line.removeprefix("to do ") for line in lines() if line.startswith("to do")]


def test_what_is_well_is_said_with_whoever_has_the_turn(web: respx.MockRouter) -> None:
    people_file, rotas, duty = lines()
    assert people_file == "ok people file: people.yaml: 1 name"
    assert rotas.startswith("ok rotas: rotas.yaml: on call now: risk lee@example.com until ")
    assert duty == "ok PagerDuty: says who is on call in 2 schedules that cards name"
    assert web.get(ONCALLS).call_count == 2, "each schedule once"


def test_a_card_that_names_no_rota_is_a_line_by_its_place(office: Path, web: respx.MockRouter) -> None:
    (office / "models.yaml").write_text(MODELS.replace("rota:risk", "rota:rsik"), "utf-8")
    place = "models.yaml:2:26: models.fraud-scorer.oncall"
    assert to_do() == [f"on call: {place}: there is no rota “rsik”; did you mean “risk”?"]


def test_a_rota_is_missing_too_where_the_settings_name_no_rotas(
    monkeypatch: pytest.MonkeyPatch, web: respx.MockRouter
) -> None:
    monkeypatch.delenv("ML_INCIDENT_ROTAS")
    (line,) = to_do()
    assert line.endswith("there is no rota “risk”; write it into the file that ML_INCIDENT_ROTAS names.")


def test_every_fault_of_both_files_is_a_line_and_hides_no_other(office: Path, web: respx.MockRouter) -> None:
    (office / "people.yaml").write_text("people: {A: b, '@c': d}\n", "utf-8")
    (office / "rotas.yaml").write_text(ROTAS.replace("UTC", "Mars"), "utf-8")
    assert [line.rpartition(":1:" if "people" in line else ":2:")[0] for line in to_do()] == [
        "people file: people.yaml",
        "people file: people.yaml",
        "rotas: rotas.yaml",
    ]


def test_a_token_that_is_missing_is_told_by_the_card_that_needs_it(
    monkeypatch: pytest.MonkeyPatch, web: respx.MockRouter
) -> None:
    monkeypatch.delenv("PAGERDUTY_TOKEN")
    assert to_do() == [
        "PagerDuty: models.yaml:3:19: models.churn.oncall: PagerDuty is not asked who is on call. Set PAGERDUTY_TOKEN."
    ]
    assert web.get(ONCALLS).call_count == 0


def test_a_token_that_is_refused_is_told_once(web: respx.MockRouter) -> None:
    web.get(ONCALLS).respond(401, json={"error": {"message": f"no {SECRET}"}})
    refused = "PagerDuty does not accept the bot's token. Set PAGERDUTY_TOKEN anew."
    assert to_do() == [f"PagerDuty: models.yaml:3:19: models.churn.oncall: {refused}"]
    assert web.get(ONCALLS).call_count == 1


def test_a_schedule_that_pagerduty_does_not_know_is_told_by_its_place(web: respx.MockRouter) -> None:
    known = httpx.Response(200, json=ON_CALL)
    web.get(ONCALLS).mock(side_effect=lambda asked: known if "P1" in str(asked.url) else httpx.Response(404))
    unknown = "PagerDuty knows no schedule of that name. Check how the model's oncall is spelled."
    assert to_do() == [f"PagerDuty: models.yaml:5:20: models.search.oncall: pagerduty:P2: {unknown}"]
    assert "ok PagerDuty: says who is on call in 1 schedule that cards name" in lines()


def test_somebody_whom_slack_did_not_find_is_told_where_they_take_a_turn(
    database: Storage, web: respx.MockRouter
) -> None:
    with database.transaction() as tx:
        gone = "has no active Slack account under this e-mail address"
        people.keep_contact(tx, "lee@example.com", user_id=None, problem=gone, now=NOON)
        people.keep_contact(tx, "ana@example.com", user_id=None, problem=people.NOT_ASKED_YET, now=NOON)
    assert to_do() == [
        (
            "rotas: rotas.yaml:2:50: rotas.risk.people[0]: lee@example.com: has no active Slack account under this "
            "e-mail address. Name somebody whom Slack knows."
        )
    ]


def test_what_other_registries_name_is_looked_at_as_last_read(
    monkeypatch: pytest.MonkeyPatch, database: Storage, web: respx.MockRouter
) -> None:
    with database.transaction() as tx:
        for registry, model in (("file", "gone-from-the-file"), ("mlflow", "ranker")):
            card = ModelCard(model, {"oncall": Fact("ana@example.com, rota:rank", f"{registry} tag", NOON)})
            keep_merged(tx, {model: [Said(registry, card, NOON if registry == "file" else None, "1")]}, now=NOON)
    monkeypatch.setenv("ML_INCIDENT_REGISTRIES", "file,mlflow")
    assert to_do() == [
        (
            "on call: ranker: oncall (mlflow tag): there is no rota “rank”; write it into the file that "
            "ML_INCIDENT_ROTAS names."
        )
    ]


def test_where_nothing_says_who_is_on_call_nothing_is_said(monkeypatch: pytest.MonkeyPatch, office: Path) -> None:
    for name in ("ML_INCIDENT_ROTAS", "ML_INCIDENT_PEOPLE", "PAGERDUTY_TOKEN"):
        monkeypatch.delenv(name)
    (office / "models.yaml").write_text("models: {a: {tier: 1}}\n", "utf-8")
    assert lines() == []
