"""The MLflow adapter on answers recorded from a real server, and on everything that can be wrong with one."""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from bot.registries.calls import CALL_SECONDS
from bot.registries.mlflow import MlflowRegistry
from bot.registries.protocol import RegistryDown
from playbooks.card import ModelCard

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URI = "https://mlflow.example.com"
SEARCH = f"{URI}/api/2.0/mlflow/registered-models/search"
VERSION = f"{URI}/api/2.0/mlflow/model-versions/get"
VERSIONS = f"{URI}/api/2.0/mlflow/model-versions/search"
RECORDED = Path(__file__).parents[2] / "data" / "mlflow"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def page(*models: dict[str, Any], token: str | None = None) -> httpx.Response:
    return httpx.Response(200, json={"registered_models": list(models)} | ({"next_page_token": token} if token else {}))


def read(**options: Any) -> dict[str, ModelCard]:
    return {card.name: card for card in MlflowRegistry(URI, **options).read(NOON).cards}


@respx.mock
def test_a_recorded_model_becomes_a_card_with_the_source_of_each_fact() -> None:
    respx.get(SEARCH).mock(return_value=page(recorded("registered_model_get")["registered_model"]))
    respx.get(VERSION).respond(json=recorded("alias_get"))
    respx.post(f"{URI}/api/2.0/mlflow/experiments/search").respond(json={})

    card = read()["search-ranker"]

    assert {key: (fact.text, fact.source) for key, fact in card.facts.items()} == {
        "purpose": ("Ranks search results", "mlflow description"),
        "owner": ("ds-ranking@example.com", "mlflow tag"),
        "poc.product": ("pat@example.com", "mlflow tag"),
        "poc.merch-ops": ("@merch-ops", "mlflow tag"),
        "tier": ("1", "mlflow tag"),
        "serving": ("2", "mlflow alias champion"),
        "rollback": ("1", "mlflow alias rollback"),
        "aliases": ("champion 2, rollback 1", "mlflow"),
    }
    assert {fact.as_of for fact in card.facts.values()} == {NOON}


@respx.mock
def test_pages_are_followed_even_when_one_of_them_is_empty() -> None:
    first = recorded("registered_models_search_page1")
    route = respx.get(SEARCH)
    route.side_effect = [httpx.Response(200, json=first), page(token="more"), page({"name": "last"})]

    assert list(read()) == ["a.b", "fraud-scorer", "last"]
    assert [call.request.url.params.get("page_token") for call in route.calls] == [None, "eyJvZmZzZXQiOiAyfQ==", "more"]


def model(name: str, serving: str, newest: str = "9", **tags: str) -> dict[str, Any]:
    """A model whose champion is `serving`, and whose newest version has these tags."""
    last = {"name": name, "version": newest, "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    aliases = [{"alias": "champion", "version": serving}, {"alias": "rollback", "version": "1"}]
    return {"name": name, "aliases": aliases, "latest_versions": [last]}


def version(name: str, number: str, **tags: str) -> dict[str, Any]:
    return {"name": name, "version": number, "tags": [{"key": key, "value": value} for key, value in tags.items()]}


@respx.mock
def test_a_serving_version_that_went_since_the_models_were_listed_is_unknown() -> None:
    respx.get(SEARCH).mock(return_value=page(model("search-ranker", "2")))
    respx.get(VERSION).mock(return_value=httpx.Response(404, json=recorded("registered_model_404")))

    card = read()["search-ranker"]

    assert card.serving is None
    assert card.rollback == "1"
    assert card.records("aliases") == ({"alias": "rollback", "version": "1"},)


TAGS = {
    "deployed_at": "2026-11-18T09:30:00Z",
    "change": "https://git.example.com/7",
    "experiment": "exp-412:half",
    "cleanup_by": "2026-12-15",
    "validated": "yes",
    "features": "rank_v3",
}


@respx.mock
@pytest.mark.parametrize("newest", ["2", "3"])
def test_the_tags_of_the_serving_version_say_when_why_and_in_which_experiment_it_went_live(newest: str) -> None:
    listed = model("search-ranker", "2", newest, **(TAGS if newest == "2" else {"deployed_at": "2026-11-20"}))
    listed["tags"] = [{"key": "features", "value": "rank_v1"}]
    respx.get(SEARCH).mock(return_value=page(listed))
    asked = respx.get(VERSION).respond(json={"model_version": version("search-ranker", "2", **TAGS)})

    card = read()["search-ranker"]

    assert asked.called is (newest == "3")
    assert card.text("deployed_at") == "2026-11-18T09:30:00Z"
    assert card.facts["deployed_at"].source == "mlflow tag of version 2"
    assert (card.text("change"), card.text("features")) == ("https://git.example.com/7", "rank_v3")
    assert card.records("experiments") == ({"name": "exp-412", "arm": "half", "cleanup_by": "2026-12-15"},)
    assert card.fact("validated") is None


@respx.mock
def test_serving_versions_that_are_not_the_newest_are_asked_for_a_hundred_at_a_time() -> None:
    models = [model(f"m{number:03}", "2") for number in range(250)]
    respx.get(SEARCH).mock(return_value=page(*models))

    def some(request: httpx.Request) -> httpx.Response:
        names = re.findall(r"'([^']+)'", request.url.params["filter"])
        assert request.url.params["filter"].endswith(" AND version_number = 2")
        found = [version(name, "2", deployed_at=f"2026-11-18 {name}") for name in names]
        return httpx.Response(200, json={"model_versions": found})

    asked = respx.get(VERSIONS).mock(side_effect=some)

    cards = read()

    assert asked.call_count == 3
    assert all(len(str(call.request.url)) < 8000 for call in asked.calls)
    assert {card.text("deployed_at") for card in cards.values()} == {
        f"2026-11-18 m{number:03}" for number in range(250)
    }


@respx.mock
def test_a_server_that_cannot_be_asked_for_several_versions_is_asked_for_each() -> None:
    names = ["plain", "other", "it's", 'the "best"']
    respx.get(SEARCH).mock(return_value=page(*(model(name, "2") for name in names)))
    refused = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid filter: name IN is not supported"}
    several = respx.get(VERSIONS).respond(400, json=refused)
    respx.get(VERSION).mock(
        side_effect=lambda request: httpx.Response(
            200, json={"model_version": version(request.url.params["name"], "2", change="https://git.example.com/7")}
        )
    )

    cards = read()

    assert several.calls.last.request.url.params["filter"] == "name IN ('other', 'plain') AND version_number = 2"
    assert {name: card.text("change") for name, card in cards.items()} == dict.fromkeys(
        names, "https://git.example.com/7"
    )


@respx.mock
@pytest.mark.parametrize(
    ("tag", "aliases", "rollback"),
    [
        ("alias:last-good", {"last-good": "7", "rollback": "3"}, "7"),
        ("alias:last-good", {}, None),
        ("https://docs.example.com/rollback", {}, "https://docs.example.com/rollback"),
        ("", {"rollback": "3"}, "3"),
    ],
)
def test_the_rollback_version_comes_from_an_alias_or_from_words(
    tag: str, aliases: dict[str, str], rollback: str | None
) -> None:
    rows = [{"alias": alias, "version": version} for alias, version in aliases.items()]
    respx.get(SEARCH).mock(
        return_value=page({"name": "m", "tags": [{"key": "rollback", "value": tag}], "aliases": rows})
    )

    assert read()["m"].rollback == rollback


@respx.mock
def test_prompts_other_peoples_tags_and_noise_are_left_out() -> None:
    prompt = {"name": "prompt", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}
    tags = {"acme.owner": "ana@example.com", "owner": "x@example.com", "acme.poc.merch ops": "v", "acme.aliases": "v"}
    tags |= {"acme.purpose": " one\n\tline\x00 " + "x" * 100_000}
    model = {"name": "m", "tags": [{"key": key, "value": value} for key, value in tags.items()]}
    respx.get(SEARCH).mock(return_value=page(prompt, model))

    cards = read(prefix="acme.")

    assert list(cards) == ["m"]
    assert set(cards["m"].facts) == {"owner", "purpose"}
    assert cards["m"].owner == "ana@example.com"
    assert str(cards["m"].text("purpose")).startswith("one line xxx")
    assert len(str(cards["m"].text("purpose"))) == 1000


API = f"{URI}/api/2.0/mlflow"


def trained(*names: str) -> list[dict[str, Any]]:
    """Models whose newest version serves, each with a training run."""
    models = [model(name, "2", "2") for name in names]
    for one in models:
        one["latest_versions"][0]["run_id"] = f"run{one['name']}"
    return models


@respx.mock
def test_a_training_run_says_who_trained_it_from_what_and_on_which_data_once() -> None:
    respx.get(SEARCH).mock(return_value=page(*trained("a", "gone")))
    experiments = respx.post(f"{API}/experiments/search").respond(json={"experiments": [{"experiment_id": "7"}]})
    tags = {"mlflow.user": "ana", "mlflow.source.git.commit": "abc123"}
    run = {
        "info": {"run_id": "runa"},
        "data": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        "inputs": {"dataset_inputs": [{"dataset": {"name": "dw.clicks"}}, {"dataset": {"name": "dw.clicks"}}]},
    }
    asked = respx.post(f"{API}/runs/search").respond(json={"runs": [run]})
    registry = MlflowRegistry(URI)

    for _ in range(2):
        cards = {card.name: card for card in registry.read(NOON).cards}

    body = json.loads(asked.calls.last.request.content)
    assert body["experiment_ids"] == ["7"]
    assert body["filter"] == "attributes.run_id IN ('runa', 'rungone')"
    assert (experiments.call_count, asked.call_count) == (1, 1)
    assert (cards["a"].text("trained_by"), cards["a"].facts["trained_by"].source) == ("ana", "mlflow training run")
    assert (cards["a"].text("trained_from"), cards["a"].items("trained_on")) == ("abc123", ("dw.clicks",))
    assert cards["a"].owner is None
    assert not {key for key in cards["gone"].facts if key.startswith("trained")}


@respx.mock
@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_account_that_may_read_models_alone_reads_models(status: int) -> None:
    respx.get(SEARCH).mock(return_value=page(*trained("a")))
    refused = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"} if status == 404 else {"message": "no"}
    respx.post(f"{API}/experiments/search").respond(status, json=refused)

    assert read()["a"].serving == "2"


@respx.mock
def test_runs_that_cannot_be_read_cost_no_model_and_what_was_known_of_them_stays() -> None:
    respx.get(SEARCH).mock(return_value=page(*trained("a")))
    respx.post(f"{API}/experiments/search").respond(json={"experiments": [{"experiment_id": "7"}]})
    run = {"info": {"run_id": "runa"}, "data": {"tags": [{"key": "mlflow.user", "value": "ana"}]}}
    runs = respx.post(f"{API}/runs/search").respond(json={"runs": [run]})
    registry = MlflowRegistry(URI)
    assert registry.read(NOON).problem is None

    runs.respond(500, json={"error_code": "INTERNAL_ERROR", "message": "disk full"})
    respx.get(SEARCH).mock(return_value=page(*trained("a", "b")))
    reading = registry.read(NOON)

    assert {card.name: card.text("trained_by") for card in reading.cards} == {"a": "ana", "b": None}
    assert reading.problem is not None
    assert reading.problem.startswith("Who trained what, and on which data, stays as it was known. MLflow ")
    assert "500" in reading.problem


@respx.mock
def test_runs_that_the_time_is_too_short_for_wait_for_the_next_reading() -> None:
    respx.get(SEARCH).mock(return_value=page(*trained("a")))

    def slow(_: httpx.Request) -> httpx.Response:
        time.sleep(0.3)
        return httpx.Response(200, json={"experiments": [{"experiment_id": "7"}]})

    experiments = respx.post(f"{API}/experiments/search").mock(side_effect=slow)
    runs = respx.post(f"{API}/runs/search").respond(json={"runs": []})

    assert read(within_s=0.5)["a"].serving == "2"

    assert (experiments.call_count, runs.call_count) == (1, 0)


@respx.mock
def test_names_are_encoded_as_one_parameter() -> None:
    name = "価格 & modèle?#1"
    respx.get(SEARCH).mock(return_value=page(model(name, "2")))
    asked = respx.get(VERSION).respond(json={"model_version": version(name, "2")})

    assert read()[name].serving == "2"
    assert asked.calls.last.request.url.params["name"] == name


@respx.mock
@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({"token": "t0k3n"}, "Bearer t0k3n"),
        ({"username": "bot", "password": "pässword"}, "Basic " + base64.b64encode("bot:pässword".encode()).decode()),
        ({"token": "t0k3n", "username": "bot", "password": "p"}, "Bearer t0k3n"),
        ({}, None),
    ],
)
def test_credentials_are_sent_as_mlflow_expects_them(options: dict[str, str], header: str | None) -> None:
    route = respx.get(SEARCH).mock(return_value=page())

    read(**options)

    assert route.calls.last.request.headers.get("Authorization") == header


def answer(status: int, text: str = "", **headers: str) -> httpx.Response:
    return httpx.Response(status, text=text, headers=headers)


@respx.mock
@pytest.mark.parametrize(
    ("response", "do"),
    [
        (answer(401, "You are not authenticated. Please see https://mlflow.org/docs"), "Set MLFLOW_TRACKING_USERNAME"),
        (answer(403, "Permission denied"), "right to READ registered models"),
        (answer(403, "Invalid Host header - possible DNS rebinding attack detected"), "--allowed-hosts"),
        (answer(404, "<!doctype html><title>404 Not Found</title>"), "the server's address without /api"),
        (httpx.Response(404, json=recorded("registered_model_404")), "Check its spelling"),
        (answer(302, "", Location="https://login.example.com/"), "log-in page"),
        (answer(200, "<html>Sign in</html>"), "a page instead of data"),
        (answer(200, "[]"), "a page instead of data"),
        (answer(429, "slow down"), "fewer questions"),
        (answer(500, "Internal Server Error"), r"failed \(HTTP 500\)"),
        (answer(503, "upstream"), r"failed \(HTTP 503\)"),
        (
            httpx.Response(400, json={"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid filter 'x'."}),
            r"refused the question \(HTTP 400: Invalid filter 'x'\)",
        ),
    ],
)
def test_each_refusal_becomes_a_sentence_that_says_what_to_do(response: httpx.Response, do: str) -> None:
    respx.get(SEARCH).mock(return_value=response)

    with pytest.raises(RegistryDown, match=do) as down:
        read()

    assert str(down.value).startswith(f"MLflow at {URI} ")
    assert "{" not in str(down.value)
    assert "<" not in str(down.value)
    assert MlflowRegistry(URI).health().sentence == str(down.value)


def tls_fault() -> httpx.ConnectError:
    said = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)"
    fault = httpx.ConnectError(said)
    fault.__cause__ = ssl.SSLCertVerificationError(said)
    return fault


@respx.mock
@pytest.mark.parametrize(
    ("fault", "do"),
    [
        (httpx.ConnectTimeout("timed out"), "did not answer within 3 seconds"),
        (httpx.ReadTimeout("timed out"), "did not answer within 3 seconds"),
        (httpx.ConnectError("[Errno 111] Connection refused"), r"cannot be reached \(Connection refused\)"),
        (httpx.RemoteProtocolError("Server disconnected"), "cannot be reached"),
        (tls_fault(), r"has expired\. Renew it on the server"),
        (httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"), "Write http://"),
    ],
)
def test_a_server_that_cannot_be_talked_to_becomes_a_sentence_too(fault: httpx.HTTPError, do: str) -> None:
    respx.get(SEARCH).mock(side_effect=fault)

    with pytest.raises(RegistryDown, match=do):
        read()


@pytest.mark.parametrize(
    "uri", ["http://[::1", "https://mlflow.example.com:99999999", "http://", "https://exa mple.com"]
)
def test_an_address_that_is_none_is_said_to_be(uri: str) -> None:
    with pytest.raises(RegistryDown, match="MLFLOW_TRACKING_URI"):
        MlflowRegistry(uri).read(NOON)


def test_no_address_at_all_says_which_setting_is_missing() -> None:
    with pytest.raises(RegistryDown, match="Set MLFLOW_TRACKING_URI"):
        MlflowRegistry("").read(NOON)


@respx.mock
def test_credentials_in_the_address_are_never_repeated() -> None:
    respx.get(url__startswith="https://").mock(return_value=answer(500))

    with pytest.raises(RegistryDown) as down:
        MlflowRegistry("https://bot:s3cret@mlflow.example.com/prefix/?token=s3cret").read(NOON)

    assert "s3cret" not in str(down.value)


@respx.mock
def test_every_call_has_three_seconds() -> None:
    route = respx.get(SEARCH).mock(return_value=page())

    read()

    assert set(route.calls.last.request.extensions["timeout"].values()) == {CALL_SECONDS} == {3.0}


@respx.mock
def test_a_server_that_answers_for_ever_is_given_up_after_a_while() -> None:
    respx.get(SEARCH).mock(return_value=page({"name": "m"}, token="again"))

    with pytest.raises(RegistryDown, match="was too slow"):
        MlflowRegistry(URI, within_s=0.2).read(NOON)


@respx.mock
def test_the_alias_says_what_serves_whatever_a_tag_of_the_model_says() -> None:
    tags = [{"key": "serving", "value": "3"}, {"key": "team", "value": "risk"}]
    newest = {"name": "m", "version": "8", "tags": []}
    aliases = [{"alias": "champion", "version": "8"}]
    respx.get(SEARCH).mock(
        return_value=page({"name": "m", "tags": tags, "aliases": aliases, "latest_versions": [newest]})
    )

    assert read()["m"].serving == "8"
