"""Backstage: what it is asked, and whom an owner leads to."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
import respx

from bot.registries import Reading
from playbooks.card import ModelCard
from tests.bot.registries.documented import HOST, Json, Service, backstage, put

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
REFS = "/api/catalog/entities/by-refs"


def read(service: Service) -> Reading:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=service.answer)
        return service.open(60.0).read(NOON)


def only(service: Service) -> ModelCard:
    (card,) = read(service).cards
    return card


def owned_by(*refs: str, known: dict[str, Json]) -> Service:
    service = backstage()
    relations = [{"type": "ownedBy", "targetRef": ref} for ref in refs]
    service.pages = [put(service.pages[0], ("items", 0, "relations"), relations)]
    service.others = {
        REFS: lambda request: {"items": [known.get(r) for r in json.loads(request.content)["entityRefs"]]}
    }
    return service


def group(*members: str) -> Json:
    relations = [{"type": "hasMember", "targetRef": ref} for ref in members]
    return {"kind": "Group", "metadata": {"name": "g", "title": "The group"}, "spec": {}, "relations": relations}


def user(email: str | None) -> Json:
    return {
        "kind": "User",
        "metadata": {"name": "u"},
        "spec": {"profile": {"displayName": "Moreau, Ana", "email": email}},
    }


def test_each_type_is_a_filter_of_its_own_and_a_cursor_goes_alone() -> None:
    service = backstage()
    service.pages = [put(service.pages[0], service.token_at, "page-1"), service.empty]

    read(service)

    first, second = [one.url.params for one in service.asked if one.url.path == service.listing]
    assert first.get_list("filter") == ["kind=component,spec.type=ml-model", "kind=component,spec.type=model-server"]
    assert second["cursor"] == "page-1"
    assert not {"filter", "orderField"} & set(second)


def test_people_are_asked_for_many_at_a_time_and_once() -> None:
    service = backstage()
    (model,) = service.pages[0]["items"]
    other = json.loads(json.dumps(model).replace("search-ranker", "other"))
    other["relations"] = [{"type": "ownedBy", "targetRef": "user:default/ana"}]
    service.pages = [put(service.pages[0], ("items",), [model, other])]

    assert len(read(service).cards) == 2
    asked = [json.loads(one.content)["entityRefs"] for one in service.asked if one.url.path == REFS]
    assert asked == [
        [
            *("group:default/search-ranking", "resource:default/clicks-topic", "api:default/search-rank-api"),
            *("api:default/prices-api", "user:default/ana"),
        ],
        ["user:default/lee"],
    ]


def test_a_user_may_own_a_model_and_a_name_with_a_comma_is_one_person() -> None:
    card = only(owned_by("user:default/ana", known={"user:default/ana": user("ana@example.com")}))

    assert card.facts["owner"].value == ["Moreau Ana <ana@example.com>"]
    assert [contact.kind for contact in card.contacts("owner")] == ["email"]
    assert card.text("team") is None


def test_nobody_of_a_large_group_is_invited_the_group_is_shown() -> None:
    members = [f"user:default/u{number}" for number in range(11)]
    known = {"group:default/g": group(*members)} | {ref: user(f"{ref[-3:]}@example.com") for ref in members}

    card = only(owned_by("group:default/g", known=known))

    assert card.text("owner") == "backstage:group:default/g"
    assert [contact.is_group for contact in card.contacts("owner")] == [True]
    assert card.text("team") == "The group"


@pytest.mark.parametrize("email", [None, "", "not an address", "two@a.example.com, three@b.example.com"])
def test_people_without_an_address_are_shown_and_reach_nobody(email: str | None) -> None:
    card = only(
        owned_by("group:default/g", known={"group:default/g": group("user:default/u"), "user:default/u": user(email)})
    )

    assert {contact.kind for contact in card.contacts("owner")} == {"backstage"}


def test_an_owner_that_backstage_does_not_know_is_shown_by_its_reference() -> None:
    card = only(owned_by("group:default/gone", "user:other/gone", known={}))

    assert card.text("owner") == "backstage:user:other/gone"
    assert card.text("team") == "gone"


def test_where_people_may_not_be_seen_models_are_read_all_the_same_and_somebody_is_told() -> None:
    service = backstage()
    whole = service.answer
    service.answer = lambda request: httpx.Response(403) if request.url.path == REFS else whole(request)  # type: ignore[method-assign]

    reading = read(service)

    assert reading.cards[0].text("owner") == "backstage:group:default/search-ranking"
    assert "Owners are shown without their members, and APIs without who calls them." in str(reading.problem)
    assert "accessRestrictions" in str(reading.problem)


def test_a_key_that_stands_among_the_annotations_is_on_no_card() -> None:
    card = only(backstage())

    assert "t0k3n" not in "".join(fact.text for fact in card.facts.values())


def component(name: str, *relations: tuple[str, str], model: str = "") -> Json:
    return {
        "kind": "Component",
        "metadata": {"name": name, "annotations": {"mlflow.org/model-name": model} if model else {}},
        "spec": {"type": "ml-model"},
        "relations": [{"type": kind, "targetRef": ref} for kind, ref in relations],
    }


def api(*relations: tuple[str, str]) -> Json:
    return {
        "kind": "API",
        "metadata": {"name": "a"},
        "relations": [{"type": kind, "targetRef": r} for kind, r in relations],
    }


def lineage(*components: Json, **known: Json) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Model → (upstreams, consumers)."""
    service = backstage()
    service.pages = [put(service.pages[0], ("items",), list(components))]
    by_ref = {f"{one['kind'].lower()}:default/{name}": one for name, one in known.items()}
    service.others = {
        REFS: lambda request: {"items": [by_ref.get(r) for r in json.loads(request.content)["entityRefs"]]}
    }
    return {card.name: (card.items("upstreams"), card.items("consumers")) for card in read(service).cards}


def test_a_model_that_another_one_depends_on_or_calls_is_named_as_people_know_it() -> None:
    embedder = component("embedder-svc", ("providesApi", "api:default/embed"), model="item-embedder")
    ranker = component("ranker-svc", ("dependsOn", "Component:default/Embedder-svc"), model="search-ranker")
    caller = component("mailer", ("consumesApi", "api:default/embed"))
    embed = api(("apiProvidedBy", "component:default/embedder-svc"), ("apiConsumedBy", "component:default/ranker-svc"))

    assert lineage(embedder, ranker, caller, embed=embed) == {
        "item-embedder": ((), ("search-ranker",)),
        "search-ranker": (("item-embedder",), ()),
        "mailer": (("item-embedder",), ()),
    }


@pytest.mark.parametrize(
    ("sort", "said"),
    [
        ("kafka-topic", "topic:items"),
        ("bigquery_table", "table:items"),
        ("feature-view", "feature:items"),
        ("database", "database:items"),
        ("thing", "resource:items"),
        (None, "resource:items"),
    ],
)
def test_a_resource_is_called_by_what_it_is(sort: str | None, said: str) -> None:
    resource = {"kind": "Resource", "metadata": {"name": "items"}, "spec": {"type": sort}}

    assert lineage(component("m", ("dependsOn", "resource:default/items")), items=resource) == {"m": ((said,), ())}


def test_the_system_around_a_model_is_hurt_where_nothing_else_says_who_depends_on_it() -> None:
    alone = component("alone", ("partOf", "system:default/search"), ("partOf", "component:default/whole"))
    called = component("called", ("partOf", "system:default/search"), ("dependencyOf", "component:default/web"))

    assert lineage(alone, called) == {"alone": ((), ("system:search",)), "called": ((), ("web",))}
