"""The MLflow adapter against a real MLflow server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.registries.mlflow import MlflowRegistry
from bot.registries.mlflow_api import MlflowApi
from bot.sync import sync
from playbooks.card import ModelCard
from storage import catalogue, registries
from storage.transaction import Storage
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = pytest.mark.real

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


def cards(server: MlflowServer, **options: Any) -> dict[str, ModelCard]:
    return {card.name: card for card in MlflowRegistry(server.uri, **options).read(NOON).cards}


def test_tags_aliases_and_the_serving_versions_tags_become_a_card(server: MlflowServer) -> None:
    server.register("ranker", description="Ranks search results.", owner="maya@example.com", tier="1")
    server.tag("ranker", "poc.merch-ops", "sofia@example.com, @tom")
    server.tag("ranker", "endpoint.prod", "https://ml.example.com/ranker")
    first = server.add_version("ranker")
    second = server.add_version(
        "ranker",
        deployed_at="2026-11-18T09:30:00Z",
        change="https://git.example.com/pull/7",
        experiment="exp-9:treatment",
        cleanup_by="2026-12-15",
    )
    server.point("ranker", "champion", second)
    server.point("ranker", "rollback", first)

    card = cards(server)["ranker"]

    assert (card.owner, card.tier, card.serving, card.rollback) == ("maya@example.com", 1, "2", "1")
    assert card.text("purpose") == "Ranks search results."
    assert [contact.label for contact in card.contacts("poc.merch-ops")] == ["sofia@example.com", "@tom"]
    assert card.family("endpoint")["prod"].text == "https://ml.example.com/ranker"
    assert card.text("deployed_at") == "2026-11-18T09:30:00Z"
    assert card.text("change") == "https://git.example.com/pull/7"
    assert card.records("experiments") == ({"name": "exp-9", "arm": "treatment", "cleanup_by": "2026-12-15"},)
    assert card.facts["serving"].source == "mlflow alias champion"
    assert card.facts["owner"].as_of == NOON


def test_a_moved_alias_is_seen_although_the_server_says_nothing_changed(server: MlflowServer, storage: Storage) -> None:
    name = f"mover-{storage.engine.dialect.name}"
    server.register(name)
    versions = [server.add_version(name) for _ in range(3)]
    registry = MlflowRegistry(server.uri)
    server.point(name, "champion", versions[0])
    sync(storage, [registry], NOON)
    changed_at = server.model(name)["last_updated_timestamp"]

    server.point(name, "champion", versions[2])
    sync(storage, [registry], NOON + timedelta(minutes=5))
    server.drop_alias(name, "champion")
    sync(storage, [registry], NOON + timedelta(minutes=10))

    assert server.model(name)["last_updated_timestamp"] == changed_at
    with storage.reading() as tx:
        seen = [(move.version, move.at - NOON) for move in registries.moves(tx, name, alias="champion")]
        assert seen == [("1", timedelta(0)), ("3", timedelta(minutes=5)), (None, timedelta(minutes=10))]
        then = registries.aliases_at(tx, name, NOON + timedelta(minutes=7))
        assert [(move.alias, move.version) for move in then] == [("champion", "3")]
        card = catalogue.card(tx, name)
        assert card is not None
        assert card.serving is None


def test_names_with_spaces_dots_and_other_alphabets_are_read(server: MlflowServer) -> None:
    names = ["Wyszukiwarka żółta", "価格 モデル", "a.b.c", "50% off & more? #1"]
    for name in names:
        server.register(name, owner="Ana Moreau <ana@example.com>")
        server.point(name, "champion", server.add_version(name, deployed_at="2026-11-18"))

    found = cards(server)

    for name in names:
        assert found[name].serving == "1"
        assert found[name].text("deployed_at") == "2026-11-18"
        assert found[name].contacts("owner")[0].label == "Ana Moreau"


def test_every_page_is_read(server: MlflowServer) -> None:
    for number in range(5):
        server.register(f"page-{number}")

    with MlflowApi(server.uri) as api:
        found = [model.at("name").text() for model in api.models([], page=2)]

    assert {f"page-{number}" for number in range(5)} <= set(found)
    assert len(found) == len(set(found))


def test_the_training_run_says_who_trained_it_from_what_and_on_which_data(server: MlflowServer) -> None:
    tags = {"mlflow.user": "lee", "mlflow.source.git.commit": "4f3c2b1a"}
    made = server.ask(
        "POST",
        "runs/create",
        {"experiment_id": "0", "tags": [{"key": key, "value": value} for key, value in tags.items()]},
    )
    run = made["run"]["info"]["run_id"]
    dataset = {"name": "dw.clicks", "digest": "1", "source_type": "sql", "source": "{}"}
    server.ask("POST", "runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset}]})
    server.register("trained")
    version = server.ask(
        "POST", "model-versions/create", {"name": "trained", "source": "s3://models/trained", "run_id": run}
    )
    server.point("trained", "champion", version["model_version"]["version"])
    server.add_version("trained")

    card = cards(server)["trained"]

    assert (card.text("trained_by"), card.text("trained_from")) == ("lee", "4f3c2b1a")
    assert card.items("trained_on") == ("dw.clicks",)
    assert card.facts["trained_on"].source == "mlflow training run"
    assert card.owner is None


def test_prompts_are_no_models(server: MlflowServer) -> None:
    server.register("greeting-prompt", **{"mlflow.prompt.is_prompt": "true"})

    assert "greeting-prompt" not in cards(server)


def add_prompt(server: MlflowServer, name: str, versions: int) -> None:
    """As MLflow's own client does it."""
    server.register(name, **{"mlflow.prompt.is_prompt": "true"})
    rows = [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "mlflow.prompt.text", "value": "{{question}}"}]
    for _ in range(versions):
        server.ask("POST", "model-versions/create", {"name": name, "source": "dummy-source", "tags": rows})


def test_prompts_that_a_run_a_logged_model_or_a_tag_names_are_components_of_the_model(server: MlflowServer) -> None:
    for name, versions in {"answer-prompt": 3, "welcome-prompt": 2, "shared-prompt": 1}.items():
        add_prompt(server, name, versions)
    server.point("answer-prompt", "production", "2")
    made = server.ask("POST", "runs/create", {"experiment_id": "0"})
    run = made["run"]["info"]["run_id"]
    linked = '[{"name": "answer-prompt", "version": "3"}]'
    server.ask("POST", "runs/set-tag", {"run_id": run, "key": "mlflow.linkedPrompts", "value": linked})
    logged = server.ask("POST", "logged-models", {"experiment_id": "0", "name": "assistant", "source_run_id": run})
    model_id = logged["model"]["info"]["model_id"]
    tag = {"key": "mlflow.linkedPrompts", "value": '[{"name": "welcome-prompt", "version": "2"}]'}
    server.ask("PATCH", f"logged-models/{model_id}/tags", {"tags": [tag]})
    server.register("assistant", prompts="prompts:/answer-prompt@production, prompts:/shared-prompt/1")
    source = {"source": f"models:/{model_id}", "model_id": model_id, "run_id": run}
    version = server.ask("POST", "model-versions/create", {"name": "assistant", **source})
    server.point("assistant", "champion", version["model_version"]["version"])

    found = cards(server)

    assert not {"answer-prompt", "welcome-prompt", "shared-prompt"} & set(found)
    said = [(row["name"], row["version"], row["previous"]) for row in found["assistant"].records("components")]
    assert said == [("answer-prompt", "2", "1"), ("shared-prompt", "1", "none"), ("welcome-prompt", "2", "1")]
    row = found["assistant"].records("components")[0]
    assert row["where"] == f"{server.uri}/#/prompts/answer-prompt"
    assert row["roll_back"] == "point production of the prompt at 1 in MLflow"


def test_tags_under_the_organisations_prefix_alone_are_read(server: MlflowServer) -> None:
    server.register("prefixed", **{"acme.owner": "ana@example.com", "owner": "somebody-else@example.com"})
    server.point("prefixed", "champion", server.add_version("prefixed", **{"acme.change": "https://git.example.com/1"}))

    card = cards(server, prefix="acme.")["prefixed"]

    assert card.owner == "ana@example.com"
    assert card.text("change") == "https://git.example.com/1"
