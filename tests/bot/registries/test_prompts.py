"""The prompts of MLflow: parts of the models that are linked with them, and no models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from bot.registries.file import FileRegistry
from bot.registries.mlflow import MlflowRegistry
from bot.registries.prompt_links import Link, linked, written
from bot.registries.protocol import Registry
from bot.requests import Who
from bot.sync import sync
from playbooks.card import ModelCard
from storage import catalogue
from storage.transaction import Storage
from tests.bot.registries.test_mlflow import API, NOON, URI, model, page
from tests.bot.registries.test_who import ask

Json = dict[str, Any]
RUN = "run1"


class Server:
    """An MLflow server with these models and prompts, as it answers for them."""

    def __init__(self) -> None:
        self.models: list[Json] = []
        self.prompts: list[Json] = []
        self.versions: dict[str, list[Json]] = {}
        self.run_tags: dict[str, str] = {}
        self.logged: list[Json] = []
        self.asked: list[str] = []
        self.refused: dict[str, httpx.Response | Exception] = {}
        """How a question begins → what is said instead."""

    def prompt(self, name: str, *versions: Json, tags: dict[str, str] | None = None, **aliases: str) -> None:
        rows = [
            {"key": key, "value": value} for key, value in {"mlflow.prompt.is_prompt": "true", **(tags or {})}.items()
        ]
        pointers = [{"alias": alias, "version": version} for alias, version in aliases.items()]
        self.versions[name] = sorted(versions, key=lambda one: -int(one["version"]))
        newest = self.versions[name][:1]
        self.prompts.append({"name": name, "tags": rows, "aliases": pointers, "latest_versions": newest})

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.rpartition("/mlflow/")[2], request.url.params
        condition = str(query.get("filter", ""))
        self.asked.append(f"{path} {condition}".strip())
        for begins, said in self.refused.items():
            if self.asked[-1].startswith(begins):
                if isinstance(said, Exception):
                    raise said
                return said
        if path == "registered-models/search":
            return page(*(self.prompts if "is_prompt" in condition else self.models))
        if path == "model-versions/search":
            name, _, rest = condition.removeprefix("name = '").partition("' AND version_number <= ")
            below = int(rest.partition(" ")[0])
            rows = [row for row in self.versions[name] if int(row["version"]) <= below]
            return httpx.Response(200, json={"model_versions": rows[: int(query["max_results"])]})
        if path == "experiments/search":
            return httpx.Response(200, json={"experiments": [{"experiment_id": "7"}]})
        if path == "logged-models/search":
            return httpx.Response(200, json={"models": self.logged})
        assert path == "runs/search", path
        tags = [{"key": key, "value": value} for key, value in self.run_tags.items()]
        return httpx.Response(200, json={"runs": [{"info": {"run_id": RUN}, "data": {"tags": tags}}]})


def version(number: int, **tags: str) -> Json:
    return {"version": str(number), "tags": [{"key": key, "value": value} for key, value in tags.items()]}


def assistant(name: str = "assistant", tags: dict[str, str] | None = None, **of_version: str) -> Json:
    one = model(name, "2", "2")
    one["latest_versions"][0] |= of_version
    one["tags"] = [{"key": key, "value": value} for key, value in (tags or {}).items()]
    return one


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=API).mock(side_effect=found.answer)
        yield found


def read(registry: MlflowRegistry | None = None) -> dict[str, ModelCard]:
    return {card.name: card for card in (registry or MlflowRegistry(URI)).read(NOON).cards}


def tag(**versions: str) -> str:
    return json.dumps([{"name": name, "version": number} for name, number in versions.items()])


def test_a_prompt_that_the_training_run_loaded_is_a_component_with_the_way_back(server: Server) -> None:
    server.models = [assistant(run_id=RUN)]
    server.run_tags = {"mlflow.linkedPrompts": tag(answer="14")}
    server.prompt("answer", version(12), version(14, deployed_at="2026-11-12T10:00:00Z"), version(15), production="14")

    cards = read()

    assert list(cards) == ["assistant"]
    assert cards["assistant"].facts["components"].source == "mlflow prompts"
    assert cards["assistant"].records("components") == (
        {
            "kind": "prompt",
            "name": "answer",
            "version": "14",
            "previous": "12",
            "changed_at": "2026-11-12T10:00:00Z",
            "where": f"{URI}/#/prompts/answer",
            "roll_back": "where it is loaded as production, point that at 12 in MLflow; "
            "elsewhere load prompts:/answer/12",
        },
    )


def test_a_prompt_that_is_loaded_by_an_alias_is_what_the_alias_points_at_now(server: Server) -> None:
    server.models = [assistant(tags={"prompts": "prompts:/answer@production, prompts:/greeting"})]
    server.prompt("answer", version(13), version(14), version(15), production="14")
    server.prompt("greeting", version(1))
    registry = MlflowRegistry(URI)
    before = read(registry)["assistant"].records("components")
    server.prompts[0]["aliases"] = [{"alias": "production", "version": "15"}, {"alias": "rollback", "version": "13"}]
    after = read(registry)["assistant"].records("components")

    assert [(row["version"], row["previous"]) for row in before] == [("14", "13"), ("1", "none")]
    assert before[0]["roll_back"] == "point production of the prompt at 13 in MLflow"
    assert "roll_back" not in before[1]
    assert (after[0]["version"], after[0]["previous"]) == ("15", "13")


def test_tags_of_the_prompt_say_how_it_goes_back_and_which_change_it_was(server: Server) -> None:
    change = "https://git.example.com/pull/9"
    server.models = [assistant(tags={"acme.prompts": "prompts:/answer/2"})]
    server.prompt(
        "answer", version(1), version(2, **{"acme.change": change, "acme.deployed_at": "last week"}),
        tags={"acme.rollback": "set prompt.answer to 1 in the flag service"},
    )  # fmt: skip

    row = read(MlflowRegistry(URI, prefix="acme."))["assistant"].records("components")[0]

    assert (row["where"], row["roll_back"]) == (change, "set prompt.answer to 1 in the flag service")
    assert "changed_at" not in row  # it is no time, and an age that is wrong is worse than none


def test_what_people_say_comes_before_the_logged_model_and_that_before_the_run(server: Server) -> None:
    source = "models:/m-0123abc"
    server.models = [assistant(tags={"prompts": "prompts:/a/3"}, run_id=RUN, source=source)]
    server.run_tags = {"mlflow.linkedPrompts": tag(a="1", b="1", c="1")}
    tags = [{"key": "mlflow.linkedPrompts", "value": tag(a="2", b="2")}]
    server.logged = [{"info": {"model_id": "m-0123abc", "tags": tags}}]
    for name in "abc":
        server.prompt(name, *map(version, (1, 2, 3)))

    rows = read()["assistant"].records("components")

    assert [(row["name"], row["version"]) for row in rows] == [("a", "3"), ("b", "2"), ("c", "1")]


def test_a_model_that_links_no_prompt_costs_nothing(server: Server) -> None:
    server.models = [assistant(f"m{number}", run_id=RUN) for number in range(300)]
    server.prompt("answer", version(1))

    cards = read()

    assert not any("components" in card.facts for card in cards.values())
    assert server.asked == ["registered-models/search", "experiments/search", "runs/search"]


def test_a_prompt_of_many_models_is_asked_for_once_in_a_reading(server: Server) -> None:
    server.models = [assistant(f"m{number}", tags={"prompts": "prompts:/answer@live"}) for number in range(300)]
    server.prompt("answer", version(1), version(2), live="2")

    read()

    of_prompts = [asked for asked in server.asked if "is_prompt" in asked]
    assert [asked.partition(" ")[0] for asked in of_prompts] == ["registered-models/search", "model-versions/search"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_account_that_sees_no_prompts_is_told_what_the_links_say(server: Server, status: int) -> None:
    server.models = [assistant(run_id=RUN, source="models:/m-0123abc")]
    server.run_tags = {"mlflow.linkedPrompts": tag(answer="14")}
    refused = httpx.Response(status, json={"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"})
    server.refused = {"logged-models/search": refused, "registered-models/search tags": refused}

    (row,) = read()["assistant"].records("components")

    assert len([asked for asked in server.asked if "is_prompt" in asked]) == 1
    assert (row["name"], row["version"]) == ("answer", "14")
    assert "previous" not in row


def test_a_server_too_slow_for_the_links_of_logged_models_keeps_what_was_known_and_says_so(server: Server) -> None:
    server.models = [assistant(source="models:/m-0123abc")]
    tags = [{"key": "mlflow.linkedPrompts", "value": tag(answer="2")}]
    server.logged = [{"info": {"model_id": "m-0123abc", "tags": tags}}]
    server.prompt("answer", version(1), version(2))
    registry = MlflowRegistry(URI)
    first = registry.read(NOON)
    server.refused = {"logged-models/search": httpx.ReadTimeout("slow")}
    second = registry.read(NOON)

    assert first.problem is None
    assert str(second.problem).startswith("Prompts that models loaded after their training stay as they were known. ")
    assert second.cards == first.cards


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("prompts:/answer/14", [Link("answer", version="14")]),
        (" prompts:/answer@production ,prompts:/b.c-d", [Link("answer", alias="production"), Link("b.c-d")]),
        ("prompts:/answer@latest", [Link("answer")]),
        ("yes", []),
        ("prompts:/two words, prompts:/a'b/1, prompts:/", []),
        ("", []),
    ],
)
def test_a_tag_names_prompts_by_their_address(text: str, links: list[Link]) -> None:
    assert list(written(text)) == links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ('[{"name": "a", "version": "2"}, {"name": "a", "version": "10"}]', [Link("a", version="10")]),
        ('[{"name": "a", "version": 3}, {"name": "a\'b", "version": "1"}, {"name": "c"}, 7]', [Link("a", version="3")]),
        ('{"name": "a"}', []),
        ("[" * 100_000, []),
        ("no json", []),
    ],
)  # fmt: skip
def test_what_mlflow_wrote_is_read_as_far_as_it_can_be(text: str, links: list[Link]) -> None:
    assert list(linked(text)) == links


def test_who_shows_parts_of_two_registries_each_with_its_own_and_where_they_disagree(
    server: Server, storage: Storage, tmp_path: Path
) -> None:
    by_hand = tmp_path / "models.yaml"
    by_hand.write_text(
        "models:\n  assistant:\n    mode: llm\n    components:\n"
        '      - {kind: prompt, name: answer, version: "13"}\n      - {kind: flag, name: assistant.on}\n',
        "utf-8",
    )
    server.models = [assistant(tags={"prompts": "prompts:/answer/14, prompts:/greeting/1"})]
    server.prompt("answer", version(13), version(14))
    server.prompt("greeting", version(1))
    sources: list[Registry] = [FileRegistry(by_hand), MlflowRegistry(URI)]
    sync(storage, sources, NOON)
    later = NOON + timedelta(hours=1)
    sync(storage, sources, later)

    with storage.reading() as tx:
        card = catalogue.card(tx, "assistant")
    answer = ask(storage, Who(model="assistant")).text

    assert card is not None
    assert card.facts["components"].as_of == later
    assert "*Prompt* `answer` 13 · roll back: UNKNOWN  _models.yaml" in answer
    assert "*Prompt* `greeting` 1, none before it · changed in " in answer
    assert "roll back: there is nothing to go back to" in answer
    assert "_mlflow prompts" in answer
    assert "Components: mlflow prompts says prompt answer 14" in answer


def test_components_of_several_registries_are_as_old_as_the_oldest_of_their_readings(
    server: Server, storage: Storage, tmp_path: Path
) -> None:
    by_hand = tmp_path / "models.yaml"
    by_hand.write_text("models:\n  assistant:\n    components:\n      - {kind: flag, name: assistant.on}\n", "utf-8")
    server.models = [assistant(tags={"prompts": "prompts:/answer/14"})]
    server.prompt("answer", version(14))
    sources: list[Registry] = [FileRegistry(by_hand), MlflowRegistry(URI)]

    def age(*, hours: int) -> timedelta:
        now = NOON + timedelta(hours=hours)
        sync(storage, sources, now)
        with storage.reading() as tx:
            card = catalogue.card(tx, "assistant")
        assert card is not None
        assert len(card.records("components")) == 2
        return now - card.facts["components"].as_of

    assert [age(hours=0), age(hours=1)] == [timedelta(0), timedelta(0)]
    server.refused = {"": httpx.ConnectError("down")}
    assert [age(hours=2), age(hours=3)] == [timedelta(hours=1), timedelta(hours=2)]
    by_hand.write_text(by_hand.read_text("utf-8") + "    tier: 1\n", "utf-8")
    assert age(hours=4) == timedelta(hours=3)
    server.refused = {}
    assert age(hours=5) == timedelta(0)
