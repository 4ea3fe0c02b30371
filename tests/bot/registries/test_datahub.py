"""DataHub: GraphQL that fails with 200, typed owners, and lineage in the words of cards."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import respx

from bot.registries import Reading, RegistryDown
from bot.registries.datahub import spoken
from playbooks.card import ModelCard
from tests.bot.registries.documented import HOST, SECRET, Json, Service, _owner, datahub, put

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FOUND = ("data", "scrollAcrossEntities", "searchResults")


def read(service: Service) -> Reading:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        return service.open(60.0).read(NOON)


def owned(*owners: Json) -> ModelCard:
    service = datahub()
    service.pages = [put(service.pages[0], (*FOUND, 0, "entity", "ownership", "owners"), list(owners))]
    (card,) = read(service).cards
    return card


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"message": "Unauthorized", "extensions": {"code": 403}}, "does not let the bot's account read models"),
        (
            {"message": "Validation error: no 'lineage'", "extensions": {"classification": "ValidationError"}},
            r"does not know a field that the bot asks for \(Validation error: .*\)\. Update DataHub",
        ),
        ({"message": f"An unknown error: {SECRET}\n<b>", "extensions": None}, r"could not answer \(An unknown"),
        ({"message": None}, "it gave no reason"),
        ("broken", "it gave no reason"),
    ],
)  # fmt: skip
def test_errors_beside_data_are_a_failure_with_a_sentence(error: Json, said: str) -> None:
    service = datahub()
    service.pages = [service.pages[0] | {"errors": [error]}]

    with pytest.raises(RegistryDown, match=said) as down:
        read(service)

    assert SECRET not in str(down.value)
    with respx.mock as router:
        router.route(url__startswith=HOST).mock(return_value=httpx.Response(200, json={"errors": [error]}))
        assert not service.open(60.0).health().ok


def test_a_version_is_no_model_of_its_own_and_one_without_a_group_is() -> None:
    service = datahub()
    service.pages = [put(service.pages[0], (*FOUND, 1, "entity", "properties", "groups"), [])]

    assert [card.name for card in read(service).cards] == ["search-ranker", "search-ranker_8"]


def test_properties_of_a_model_that_are_fields_are_read() -> None:
    service = datahub()
    properties = [{"key": "tier", "value": "1"}, {"key": "framework", "value": "x"}, {"key": "aliases", "value": "x"}]
    page = put(service.pages[0], (*FOUND, 1, "entity", "properties"), {"customProperties": properties, "groups": None})
    service.pages = [put(page, (*FOUND, 1, "entity", "institutionalMemory"), {"elements": [
        {"url": "https://runbooks.example.com/r", "label": "Runbook"},
        {"url": "https://ana:pw@wiki.example.com/r", "label": "Docs"},
    ]})]  # fmt: skip

    card = next(card for card in read(service).cards if card.name == "search-ranker_8")

    assert (card.tier, card.text("framework"), card.text("aliases")) == (1, None, None)
    assert (card.text("runbook"), card.text("docs")) == ("https://runbooks.example.com/r", None)


def test_what_people_wrote_of_a_model_in_datahub_comes_before_what_was_ingested() -> None:
    service = datahub()
    edited = {"description": "Ranks what people search for."}
    service.pages = [put(service.pages[0], (*FOUND, 0, "entity", "editableProperties"), edited)]

    assert read(service).cards[0].text("purpose") == "Ranks what people search for."


@pytest.mark.parametrize(
    ("user", "contact"),
    [
        ({"username": "ana", "properties": {"email": "ana@example.com"}}, ("email", "ana@example.com")),
        ({"username": "ana", "editableProperties": {"email": "ana@example.com"}}, ("email", "ana@example.com")),
        ({"username": "ana@example.com"}, ("email", "ana@example.com")),
        ({"username": "ana", "editableProperties": {"slack": "@ana.m"}}, ("handle", "ana.m")),
        ({"username": "ana", "editableProperties": {"slack": "U0123ABCD"}}, ("slack-user", "U0123ABCD")),
        ({"username": "ana", "editableProperties": {"slack": "<!channel>, everybody"}}, ("name", "ana")),
        ({"username": "ana", "properties": {"displayName": "Ana, Moreau"}}, ("name", "Ana Moreau")),
    ],
)
def test_a_person_is_reached_by_address_or_handle_and_else_named(user: Json, contact: tuple[str, str]) -> None:
    (found,) = owned(_owner("TECHNICAL_OWNER", user)).contacts("owner")

    assert (found.kind, found.value) == contact


@pytest.mark.parametrize(
    ("kind", "custom", "field"),
    [
        ("TECHNICAL_OWNER", None, "owner"),
        ("NONE", None, "owner"),
        ("BUSINESS_OWNER", None, "poc.product"),
        ("DATA_STEWARD", None, "poc.data-steward"),
        ("CUSTOM", "Backup owner", "owner.backup"),
        ("CUSTOM", "On call", "oncall"),
        ("CUSTOM", "Stakeholders", "stakeholders"),
        ("CUSTOM", "Legal and privacy", "poc.legal"),
        ("CUSTOM", "Pricing & promo!", "poc.pricing-promo"),
        ("CUSTOM", "価格", "owner"),
    ],
)
def test_the_type_of_an_ownership_is_a_field(kind: str, custom: str | None, field: str) -> None:
    card = owned(_owner(kind, {"username": "ana@example.com"}, custom=custom))

    assert card.text(field) == "ana@example.com"


def test_owners_of_servers_without_own_types_are_read_by_the_old_word() -> None:
    card = owned({"type": "STAKEHOLDER", "owner": {"username": "ana@example.com"}})

    assert card.text("stakeholders") == "ana@example.com"


def test_a_model_that_only_groups_own_is_owned_by_a_name_that_reaches_nobody() -> None:
    card = owned(_owner("TECHNICAL_OWNER", {"name": "ranking", "properties": {"displayName": "Ranking", "slack": "x"}}))

    assert (card.owner, card.text("team"), card.text("channel")) == ("Ranking", "Ranking", None)
    assert [contact.kind for contact in card.contacts("owner")] == ["name"]


@pytest.mark.parametrize(
    ("urn", "said"),
    [
        ("urn:li:dataset:(urn:li:dataPlatform:kafka,clicks,PROD)", "topic:clicks"),
        ("urn:li:dataset:(urn:li:dataPlatform:snowflake,dw.prod.items,PROD)", "table:dw.prod.items"),
        ("urn:li:dataset:(urn:li:dataPlatform:s3,a,b,PROD)", "table:a,b"),
        ("urn:li:dataJob:(urn:li:dataFlow:(airflow,dag,prod),task)", "airflow:dag.task"),
        ("urn:li:mlModel:(urn:li:dataPlatform:mlflow,embedder_3,PROD)", "embedder_3"),
        ("urn:li:dashboard:(looker,dashboards.1)", "looker:dashboards.1"),
        ("urn:li:mlFeature:(users,age)", "feature:users.age"),
        ("urn:li:mlPrimaryKey:(users,id)", "feature:users.id"),
        ("urn:li:mlFeatureTable:(urn:li:dataPlatform:feast,users)", "feature:users"),
        ("urn:li:dataProcessInstance:(a,b)", ""),
        ("urn:li:corpuser:ana", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_what_is_up_or_down_the_line_is_said_as_cards_say_it(urn: str, said: str) -> None:
    assert spoken(urn) == said
