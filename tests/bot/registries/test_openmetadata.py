"""OpenMetadata: servers of different ages, teams and their members, and what is not guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import respx

from bot.registries import Reading
from bot.registries.openmetadata import FIELDS_ASKED, OpenMetadataRegistry
from playbooks.card import ModelCard
from tests.bot.registries.documented import HOST, SECRET, Json, Service, openmetadata, put

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
USERS = "/api/v1/users"
ANA = {"id": "u-1", "type": "user", "name": "ana", "displayName": "Ana Moreau"}


def read(service: Service) -> Reading:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        return service.open(60.0).read(NOON)


def changed(**fields: Json) -> ModelCard:
    service = openmetadata()
    service.pages = [put(service.pages[0], ("data", 0), service.pages[0]["data"][0] | fields)]
    (card,) = read(service).cards
    return card


@pytest.mark.parametrize("accepted", FIELDS_ASKED)
def test_a_server_is_asked_for_what_it_knows_and_the_answer_is_remembered_for_the_next_page(accepted: str) -> None:
    service = openmetadata()
    service.pages = [put(service.pages[0], service.token_at, "page-1"), service.empty]
    whole = service.answer

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == service.listing and request.url.params["fields"] != accepted:
            return httpx.Response(400, json={"code": 400, "message": "Invalid field name owners"})
        return whole(request)

    service.answer = answer  # type: ignore[method-assign]

    assert len(read(service).cards) == 1
    pages = [one.url.params for one in service.asked if one.url.path == service.listing]
    assert [one["fields"] for one in pages] == [accepted, accepted]
    assert [one["include"] for one in pages] == ["non-deleted"] * 2


def test_older_servers_say_one_owner() -> None:
    card = changed(owners=None, owner=ANA)

    assert (card.owner, card.text("team")) == ("Ana Moreau <ana@example.com>", None)


def test_an_owner_that_was_deleted_is_none() -> None:
    assert changed(owners=[ANA | {"deleted": True}]).owner is None


def test_an_address_that_may_not_be_seen_is_not_written_to() -> None:
    card = changed(owners=[{"id": "u-2", "type": "user", "name": "lee", "displayName": "Lee"}])

    assert [contact.kind for contact in card.contacts("owner")] == ["name"]


def test_nobody_of_a_large_team_is_invited() -> None:
    service = openmetadata()
    members = [{"id": f"u-{number}", "type": "user", "name": f"u{number}"} for number in range(11)]
    service.others["/api/v1/teams/t-1"] = {"users": members}

    (card,) = read(service).cards

    assert (card.owner, card.text("team")) == ("Search ranking", "Search ranking")
    assert USERS not in [one.url.path for one in service.asked]


def test_a_team_that_is_gone_is_shown() -> None:
    service = openmetadata()
    del service.others["/api/v1/teams/t-1"]

    reading = read(service)

    assert (reading.cards[0].owner, reading.problem) == ("Search ranking", None)


def test_the_name_of_a_team_may_be_long_and_the_source_of_a_fact_stays_short() -> None:
    card = changed(owners=[{"id": "t-1", "type": "team", "name": "t", "displayName": "Team " * 400}])

    assert len(str(card.text("team"))) <= 1000
    assert len(card.facts["owner"].source) <= 120


def test_where_people_may_not_be_seen_models_are_read_all_the_same_and_somebody_is_told() -> None:
    service = openmetadata()
    whole = service.answer
    service.answer = lambda request: httpx.Response(403) if request.url.path == USERS else whole(request)  # type: ignore[method-assign]

    reading = read(service)

    assert reading.cards[0].owner == "Search ranking"
    assert "Owners are shown without their addresses." in str(reading.problem)


def test_followers_tiers_and_unknown_properties_are_not_guessed_into_fields() -> None:
    card = changed(followers=[ANA], tags=[{"tagFQN": "Tier.Tier1"}], extension={"tier_of_service": "gold"})

    assert (card.tier, card.text("stakeholders"), card.text("data_class")) == (None, None, None)


@pytest.mark.parametrize(
    "server", ["", "not a link", "ftp://a.example.com", f"https://bot:{SECRET}@a.example.com/x", "http://["]
)
def test_an_endpoint_is_a_link_without_a_password_or_is_left_out(server: str) -> None:
    assert changed(server=server).family("endpoint") == {}


@pytest.mark.parametrize("host", [HOST, f"{HOST}/", f"{HOST}/api", f"{HOST}/api/", f"{HOST}/api/v1/"])
def test_the_address_may_be_written_as_its_own_clients_have_it(host: str) -> None:
    service = openmetadata()
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        (card,) = OpenMetadataRegistry(host, token=SECRET).read(NOON).cards

    assert card.text("dashboard") == f"{HOST}/dashboard/grafana.ranker%20board"


LINEAGE = "/api/v1/lineage/mlmodel/m-1"


def lineage_of(service: Service) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """(upstreams, consumers, where the upstreams are from)."""
    (card,) = read(service).cards
    return card.items("upstreams"), card.items("consumers"), card.facts["upstreams"].source


def test_who_reads_a_model_is_read_from_its_lineage_unless_a_property_says_it() -> None:
    service = openmetadata()
    service.pages = [put(service.pages[0], ("data", 0, "extension"), {})]

    assert lineage_of(service)[1] == ("mailer", "dashboard:looker.sales")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_without_lineage_the_sources_of_the_features_say_what_a_model_reads(status: int) -> None:
    service = openmetadata()
    whole = service.answer
    refused = httpx.Response(status, json={"message": "no"})
    service.answer = lambda request: refused if request.url.path == LINEAGE else whole(request)  # type: ignore[method-assign]

    assert lineage_of(service) == (("table:dw.prod.items",), ("web-search", "email"), "openmetadata feature sources")


def test_lineage_that_fails_costs_no_model_and_stays_as_it_was_known() -> None:
    service = openmetadata()
    registry = service.open(60.0)
    failing = False

    def answer(request: httpx.Request) -> httpx.Response:
        if failing and request.url.path == LINEAGE:
            return httpx.Response(500)
        return service.answer(request)

    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=answer)
        before = registry.read(NOON)
        failing = True
        after = registry.read(NOON)

    assert before.problem is None
    assert str(after.problem).startswith("Lineage stays as it was known. OpenMetadata at ")
    assert after.cards == before.cards


def test_the_models_that_are_new_are_asked_about_first() -> None:
    service = openmetadata()
    (model,) = service.pages[0]["data"]
    several = [model | {"id": f"m-{number}", "name": f"model-{number}"} for number in range(64)]
    registry = service.open(60.0)

    def asked(models: list[Json]) -> list[str]:
        service.pages = [put(service.pages[0], ("data",), models)]
        service.asked.clear()
        with respx.mock(assert_all_called=False) as router:
            router.route(url__startswith=HOST).mock(side_effect=service.answer)
            registry.read(NOON)
        return [one.url.path.rpartition("/")[2] for one in service.asked if "/lineage/" in one.url.path]

    first = asked(several[:4])
    second = asked(several)

    assert set(first) == {f"m-{number}" for number in range(4)}
    assert set(second[:8]) <= {f"m-{number}" for number in range(4, 64)}
    assert len(second) == 64
