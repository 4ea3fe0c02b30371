"""Unity Catalog: two APIs, models that may be listed and not read, owners that are nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import respx

from bot.registries import Reading, RegistryDown
from bot.registries.unity_catalog import UnityCatalogRegistry
from tests.bot.registries.documented import HOST, SECRET, Service, put, unity_catalog

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAME = "main.ranking.search-ranker"
GET = f"/api/2.0/mlflow/unity-catalog/registered-models/get?{NAME}"
ALIAS = f"/api/2.0/mlflow/unity-catalog/registered-models/alias?{NAME}"


def read(service: Service, *schemas: str) -> Reading:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        return UnityCatalogRegistry(HOST, token=SECRET, schemas=schemas).read(NOON)


def refuse(service: Service, path: str, response: httpx.Response) -> None:
    whole = service.answer
    service.answer = lambda request: response if path in request.url.path else whole(request)  # type: ignore[method-assign]


@pytest.mark.parametrize("owner", ["ranking-team", "6f1b3f3e-0a53-4c52-9d34-6b8f2c0d1e5a", "account users", "a, b <c>"])
def test_a_group_or_a_service_principal_is_shown_and_nobody_is_reached_through_it(owner: str) -> None:
    service = unity_catalog()
    service.pages = [put(service.pages[0], service.owner_at, owner)]

    (card,) = read(service).cards

    assert [contact.kind for contact in card.contacts("owner")] == ["name"]


def test_a_tag_says_better_who_is_accountable_than_the_owner_of_the_object() -> None:
    service = unity_catalog()
    tags = [{"key": "owner", "value": "lee@example.com"}]
    service.others[GET] = put(service.others[GET], ("registered_model", "tags"), tags)

    (card,) = read(service).cards

    assert (card.owner, card.facts["owner"].source) == ("lee@example.com", "unity catalog tag")


def test_version_numbers_may_be_numbers_and_aliases_come_from_either_api() -> None:
    service = unity_catalog()
    aliases = [{"alias_name": "champion", "version_num": 8}, {"alias_name": "rollback", "version_num": 7}]
    service.pages = [put(service.pages[0], ("registered_models", 0, "aliases"), aliases)]
    service.others[GET] = put(service.others[GET], ("registered_model", "aliases"), [])
    service.others[ALIAS] = put(service.others[ALIAS], ("model_version", "version"), 8)

    (card,) = read(service).cards

    assert (card.serving, card.rollback) == ("8", "7")


def test_a_model_that_may_be_listed_and_not_read_keeps_what_was_last_known_of_it() -> None:
    service = unity_catalog()
    refuse(
        service, "unity-catalog/registered-models/get", httpx.Response(403, json={"error_code": "PERMISSION_DENIED"})
    )

    reading = read(service)

    assert reading.cards == ()
    assert reading.unreadable == {NAME}
    assert NAME in str(reading.problem)
    assert "USE CATALOG, USE SCHEMA and EXECUTE" in str(reading.problem)


def test_a_model_that_went_since_the_list_was_made_is_gone_and_an_alias_too() -> None:
    service = unity_catalog()
    del service.others[ALIAS]
    (card,) = read(service).cards
    assert (card.serving, card.rollback) == (None, "7")

    del service.others[GET]
    reading = read(service)
    assert (reading.cards, reading.unreadable) == ((), frozenset())
    assert "shows no models to the bot's account" in str(reading.problem)  # not one: that takes none away


def test_one_failing_model_leaves_everything_as_it_was() -> None:
    service = unity_catalog()
    refuse(service, "unity-catalog/registered-models/get", httpx.Response(500))

    with pytest.raises(RegistryDown, match="HTTP 500"):
        read(service)


def test_only_the_schemas_that_are_named_are_asked_for() -> None:
    service = unity_catalog()

    read(service, "main.ranking", "prod.fraud")

    asked = [dict(one.url.params) for one in service.asked if one.url.path == service.listing]
    assert [(one["catalog_name"], one["schema_name"]) for one in asked] == [("main", "ranking"), ("prod", "fraud")]


def test_what_a_version_depends_on_is_asked_for_once_and_again_when_another_one_serves() -> None:
    service = unity_catalog()
    registry = service.open(60)

    def asked() -> list[str]:
        with respx.mock(assert_all_called=False) as router:
            router.route(url__startswith=HOST).mock(side_effect=service.answer)
            service.asked.clear()
            registry.read(NOON)
        return [path for one in service.asked if "/versions/" in (path := one.url.path)]

    first, second = asked(), asked()
    service.others[ALIAS] = put(service.others[ALIAS], ("model_version", "version"), "9")

    assert (first, second) == ([f"/api/2.1/unity-catalog/models/{NAME}/versions/8"], [])
    assert asked() == [f"/api/2.1/unity-catalog/models/{NAME}/versions/9"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_version_whose_dependencies_may_not_be_seen_is_read_without_them(status: int) -> None:
    service = unity_catalog()
    refuse(service, "/versions/", httpx.Response(status, json={"message": "no"}))

    found = read(service)

    assert found.problem is None
    assert (found.cards[0].serving, found.cards[0].text("upstreams")) == ("8", None)
