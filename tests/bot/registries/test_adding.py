"""What `ready` says to do in each registry, done there: the next reading has the field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import respx

from bot.registries import Reading
from bot.registries.file import FileRegistry
from bot.registries.mlflow import MlflowRegistry
from bot.registries.unity_catalog import UnityCatalogRegistry
from playbooks.adding import Source
from playbooks.card import ModelCard, missing
from playbooks.load import shipped_library
from playbooks.readiness import Lack, ready
from tests.bot.registries import documented
from tests.bot.registries.documented import HOST, Json, Service

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_CALL = re.compile(r"client\.(\w+)\((.*)\)")


def read(service: Service) -> ModelCard:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        reading: Reading = service.open(60.0).read(NOON)
    assert reading.problem is None
    (card,) = reading.cards
    return card


def lacks(card: ModelCard, source: Source) -> list[Lack]:
    found = ready(card, shipped_library(), source)
    assert [lack.key for lack in found.lacks if lack.line.startswith("models.yaml: ")] in ([], ["components"])
    return [lack for lack in found.lacks if lack.key != "components"]


def say(tags: list[Json], **more: str) -> None:
    """Tags as a registry keeps them: one of a name."""
    tags[:] = [tag for tag in tags if tag["key"] not in more] + [{"key": k, "value": v} for k, v in more.items()]


def in_mlflow(service: Service, model: Json, version: Json, lines: list[Lack]) -> None:
    """Do what the lines say, as MLflow's client would."""
    for lack in lines:
        match = _CALL.fullmatch(lack.line)
        assert match is not None, lack.line
        name, *said = json.loads(f"[{match[2]}]")
        assert name == read(service).name
        if match[1] == "set_registered_model_alias":
            model["aliases"] = [one for one in model["aliases"] if one["alias"] != said[0]]
            model["aliases"].append({"alias": said[0], "version": said[1]})
            version["version"] = said[1] if said[0] == "champion" else version["version"]
        elif match[1] == "set_model_version_tag":
            assert said[0] == version["version"]
            say(version["tags"], **{said[1]: said[2]})
        else:
            assert match[1] == "set_registered_model_tag"
            say(model["tags"], **{said[0]: said[1]})


@pytest.mark.parametrize("prefix", ["", "acme."])
@pytest.mark.parametrize("mode", ["online", "llm"])
def test_in_mlflow(mode: str, prefix: str) -> None:
    service = documented.mlflow()
    service.open = lambda within: MlflowRegistry(HOST, prefix=prefix, within_s=within)
    [model] = service.pages[0]["registered_models"]
    model["description"] = ""
    say(model["tags"], **{f"{prefix}tier": "1", f"{prefix}mode": mode})
    no_aliases: list[Json] = []
    for aliases in (no_aliases, model["aliases"]):
        model["aliases"] = aliases
        in_mlflow(
            service, model, model["latest_versions"][0], lacks(read(service), Source(registry="mlflow", prefix=prefix))
        )
        left = {spec.key for spec in missing(read(service))}
        assert left <= {"components"}


def test_in_unity_catalog_where_the_keys_of_tags_hold_neither_dots_nor_dashes() -> None:
    service = documented.unity_catalog()
    prefix = "acme_"
    service.open = lambda within: UnityCatalogRegistry(HOST, prefix=prefix, within_s=within)
    model, version, _ = service.others.values()
    model, version = model["registered_model"], version["model_version"]
    model["tags"] = []
    say(model["tags"], acme_tier="0", acme_mode="online", acme_poc_merch_ops="sofia@example.com")
    card = read(service)
    assert card.text("poc.merch-ops") == "sofia@example.com"
    in_mlflow(service, model, version, lacks(card, Source(registry="unity_catalog", prefix=prefix)))
    keys = [tag["key"] for tag in (*model["tags"], *version["tags"])]
    assert not [key for key in keys if set(key) & set(".,-=/:")], "Databricks would refuse them"
    assert "acme_owner_backup" in keys
    assert missing(read(service)) == ()


def test_in_backstage() -> None:
    service = documented.backstage()
    [model] = service.pages[0]["items"]
    model["metadata"] |= {"links": [], "title": "", "description": ""}
    model["metadata"]["annotations"] = {"ml-incident/tier": "0"}
    model["relations"] = []
    for _ in range(2):  # the mode asks for more
        for lack in lacks(read(service), Source(registry="backstage")):
            key, _, value = lack.line.partition(": ")
            model["metadata"]["annotations"][key] = json.loads(value)
    assert missing(read(service)) == ()


def test_in_openmetadata() -> None:
    service = documented.openmetadata()
    [model] = service.pages[0]["data"]
    own = {"description": "description", "display name": "displayName"}
    model |= {"description": "", "displayName": "", "mlFeatures": [], "owners": [], "extension": {"tier": "0"}}
    for _ in range(2):
        for lack in lacks(read(service), Source(registry="openmetadata")):
            place, _, value = lack.line.partition(": ")
            if place in own:
                model[own[place]] = value
            elif place == "owner":
                model["owners"] = [{"id": "u-1", "type": "user", "name": "ana", "displayName": "Ana"}]
            else:
                name = place.removeprefix("custom property ")
                assert "." not in name, "the server takes no dots there"
                model["extension"][name] = value
    assert missing(read(service)) == ()


def test_in_datahub() -> None:
    service = documented.datahub()
    rows = service.pages[0]["data"]["scrollAcrossEntities"]["searchResults"]
    del rows[0]  # a model in no group: a group has no custom properties
    [row] = rows
    model = row["entity"]
    properties = model["properties"]["customProperties"] = [{"key": "tier", "value": "0"}]
    model |= {"upstream": {"relationships": []}, "downstream": {"relationships": []}, "ownership": {"owners": []}}
    user = {"username": "ana@example.com", "properties": None, "editableProperties": None}
    for _ in range(2):
        for lack in lacks(read(service), Source(registry="datahub")):
            place, _, value = lack.line.partition(": ")
            kind = place.partition("owner of the type Technical Owner")[1]
            titled = place.partition("owner of a type called ")[2]
            if place.startswith("custom property "):
                properties.append({"key": place.removeprefix("custom property "), "value": value})
            elif place == "description":
                model["description"] = value
            elif place.startswith("lineage"):
                edge = {"entity": {"urn": "urn:li:dataset:(urn:li:dataPlatform:kafka,clicks,PROD)"}}
                model["upstream" if "up" in place else "downstream"] = {"relationships": [edge]}
            elif place.startswith("a group as owner"):
                group = {"name": "ranking", "properties": {"displayName": "Ranking", "slack": None}}
                model["ownership"]["owners"].append(documented._owner("TECHNICAL_OWNER", group))
            else:
                assert kind or titled, lack.line
                owner = documented._owner("CUSTOM" if titled else "TECHNICAL_OWNER", user, custom=titled or None)
                model["ownership"]["owners"].append(owner)
    assert missing(read(service)) == ()


def test_in_a_file_of_a_folder_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "ranking").mkdir()
    (tmp_path / "ranking" / "ranker.yaml").write_text("owner: ana@example.com\n", "utf-8")
    [card] = FileRegistry(tmp_path).read(NOON).cards
    assert ready(card, shipped_library()).where.startswith("In ranking/ranker.yaml")
    assert ready(ModelCard("new"), shipped_library()).where == "In models.yaml, below new:"


def test_a_registry_of_another_package_is_named_with_the_field() -> None:
    found = ready(ModelCard("ranker"), shipped_library(), Source(registry="acme"))
    assert found.where == "In the registry acme, under the name of the field:"
    assert "owner.backup" not in [lack.line for lack in found.lacks]
    assert "owner: ana@example.com" in [lack.line for lack in found.lacks]


def test_what_an_experiment_leaves_behind_is_a_tag_in_mlflow_too() -> None:
    service = documented.mlflow()
    [model] = service.pages[0]["registered_models"]
    [version] = model["latest_versions"]
    say(version["tags"], experiment="exp-412:half of Spain", cleanup_by="2026-12-15", cleanup="rules r-1 to r-4")
    assert list(read(service).records("experiments")) == [
        {"name": "exp-412", "arm": "half of Spain", "cleanup_by": "2026-12-15", "what": "rules r-1 to r-4"}
    ]
