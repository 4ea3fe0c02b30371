"""The lineage of a catalogue: what is one thing and what is two, who is downstream, and who reads the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from playbooks.card import Fact, FactValue, ModelCard
from playbooks.lineage import Affected, Lineage

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def card(name: str, **facts: FactValue) -> ModelCard:
    return ModelCard(name, {key: Fact(value, "models.yaml", AS_OF) for key, value in facts.items()})


def affected(lineage: Lineage, text: str) -> Affected:
    node = lineage.find(text)
    assert node is not None, text
    return lineage.affected(node)


def downstream(lineage: Lineage, text: str) -> list[tuple[str, int]]:
    """(what people call it, how many steps away)."""
    return [(one.node.said, one.steps) for one in affected(lineage, text).downstream]


def siblings(lineage: Lineage, text: str) -> list[tuple[str, list[str]]]:
    """(model, what it shares)."""
    return [(one.node.said, [node.said for node in one.shares]) for one in affected(lineage, text).siblings]


SHOP = Lineage([
    card("ranker", plain_name="Search ranking", tier="1", upstreams="topic:clicks, table:dw.items",
         consumers="web, app", experiments=[{"name": "exp-1", "arm": "half of Spain"}]),
    card("home-recs", tier="2", upstreams=["Topic: Clicks", "DW.Items"], consumers=["home-page"],
         experiments=[{"name": "exp-2"}]),
    card("mailer", tier="0", upstreams=["Search  Ranking"], consumers=["inbox"]),
    card("eta", tier="1", upstreams=["topic:parcels"], consumers=["home_recs", "order-page"]),
    card("loner", tier="3"),
])  # fmt: skip


def test_consumers_and_models_that_read_the_output_are_downstream_whichever_card_says_so() -> None:
    assert downstream(SHOP, "ranker") == [("mailer", 1), ("inbox", 2), ("app", 1), ("web", 1)]
    assert downstream(SHOP, "eta") == [("order-page", 1), ("home-recs", 1), ("home-page", 2)]


def test_an_upstream_leads_to_every_model_that_reads_it_and_on_to_what_they_feed_by_tier() -> None:
    assert downstream(SHOP, "table:dw.items") == [
        ("mailer", 2), ("inbox", 3), ("Search ranking", 1), ("app", 2), ("web", 2), ("home-recs", 1), ("home-page", 2),
    ]  # fmt: skip
    assert [node.name for node in affected(SHOP, "topic:clicks").models] == ["mailer", "ranker", "home-recs"]


def test_a_system_is_as_important_as_the_most_important_model_that_it_uses() -> None:
    shared = Lineage([card("a", tier="3", consumers="till"), card("b", tier="0", consumers="till", upstreams="a")])
    assert [(one.node.said, one.tier) for one in affected(shared, "a").downstream] == [("b", 0), ("till", 3)]
    both = Lineage([card("a", tier="3", upstreams="t"), card("b", tier="0", upstreams="t", consumers="till"),
                    card("c", consumers="till", upstreams="t")])  # fmt: skip
    assert [(one.node.said, one.tier) for one in affected(both, "t").downstream] == [
        ("b", 0), ("till", 0), ("a", 3), ("c", None),
    ]  # fmt: skip


def test_models_that_read_the_same_are_named_with_what_they_share() -> None:
    assert siblings(SHOP, "ranker") == [("home-recs", ["topic:Clicks", "table:dw.items"])]
    assert siblings(SHOP, "loner") == []


def test_experiments_on_it_and_on_what_is_downstream_are_found() -> None:
    assert [(one.name, one.arm, one.model.said) for one in affected(SHOP, "topic:clicks").experiments] == [
        ("exp-1", "half of Spain", "Search ranking"), ("exp-2", "", "home-recs"),
    ]  # fmt: skip
    assert [one.name for one in affected(SHOP, "eta").experiments] == ["exp-2"]


@pytest.mark.parametrize(
    "text", ["table:dw.items", "dw.items", "TABLE:DW.Items", " Table:  dw.items ", "tables:dw.items"]
)
def test_one_table_is_one_table_however_it_is_written(text: str) -> None:
    found = SHOP.find(text)
    assert found is not None
    assert found.kind == "table"


@pytest.mark.parametrize("text", ["ranker", "RANKER", "search ranking", "model:ranker", "models:/ranker/7",
                                  "models:/ranker@champion", "Search-Ranking"])  # fmt: skip
def test_one_model_is_one_model_however_it_is_written(text: str) -> None:
    found = SHOP.find(text)
    assert found is not None
    assert (found.kind, found.name) == ("model", "ranker")


def test_a_name_without_prefix_that_could_be_two_things_is_neither() -> None:
    both = Lineage(
        [card("a", upstreams="table:items"), card("b", upstreams="topic:items"), card("c", upstreams="items")]
    )
    assert both.find("items") is None
    assert siblings(both, "c") == []
    assert [node.spelled for node in both.closest("items", limit=5)] == ["items", "table:items", "topic:items"]
    twins = Lineage([card("a_b"), card("a-b"), card("reader", upstreams="A B")])
    assert downstream(twins, "a_b") == []
    assert downstream(twins, "a-b") == []


def test_a_model_may_be_called_like_something_with_a_prefix() -> None:
    odd = Lineage([card("topic:clicks"), card("reader", upstreams="topic:clicks")])
    assert downstream(odd, "topic:clicks") == [("reader", 1)]
    assert [node.kind for node in affected(odd, "reader").reads] == ["model"]


def test_circles_are_harmless() -> None:
    circle = Lineage([card("a", upstreams="c", consumers="a"), card("b", upstreams="a"), card("c", upstreams="b")])
    assert downstream(circle, "a") == [("b", 1), ("c", 2)]
    assert siblings(circle, "a") == []


def test_what_one_model_writes_and_another_reads_joins_them() -> None:
    joined = Lineage([card("a", consumers="table:dw.scores"), card("b", upstreams="dw.scores", consumers="till")])
    assert downstream(joined, "a") == [("table:dw.scores", 1), ("b", 2), ("till", 3)]
    written = joined.find("dw.scores")
    assert written is not None
    assert [node.said for node in joined.reads(written)] == ["a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("feature service fraud_v7 (card velocity, device)", "Feature view fraud_v7"),
        ("feature service payments.v7 (card velocity, device)", "Feature group payments.v7"),
        ("reads card_velocity and the basket", ["card_velocity"]),
        (["card velocity", "device"], ["Card Velocity"]),
        ("feature:card.velocity and more", ["feature:card.velocity"]),
    ],
)
def test_models_that_read_the_same_feature_are_found(one: FactValue, other: FactValue) -> None:
    found = siblings(Lineage([card("a", features=one), card("b", features=other)]), "a")
    assert [name for name, _ in found] == ["b"]
    assert found[0][1][0].startswith("feature:")


def test_a_feature_among_the_upstreams_is_the_same_as_among_the_features() -> None:
    assert siblings(Lineage([card("a", upstreams="feature-store:velocity"), card("b", features=["velocity"])]), "a")


def test_words_that_two_descriptions_happen_to_share_join_nothing() -> None:
    said = "two years of sales, prices, promotions and stock"
    assert siblings(Lineage([card("a", features=said), card("b", features=said)]), "a") == []


def test_what_was_mistyped_is_offered_and_what_is_like_nothing_is_not() -> None:
    assert [node.spelled for node in SHOP.closest("dw.itmes")] == ["table:dw.items"]
    assert SHOP.closest("serch ranking")[0].spelled == "ranker"
    assert SHOP.closest("zzzzzz") == []
    assert SHOP.closest("") == []
    assert SHOP.closest("what a strange web of words") == []
    assert SHOP.find("dw.itmes") is None


def test_placeholders_of_a_form_are_no_upstream() -> None:
    assert SHOP.find("tbd") is None
    empty = Lineage([card("a", upstreams="tbd", consumers="?"), card("b", upstreams="TBD")])
    assert siblings(empty, "a") == []
    assert len(empty) == 2


def part(kind: str, name: str, version: str = "") -> dict[str, str]:
    return {"kind": kind, "name": name} | ({"version": version} if version else {})


ASSISTANTS = Lineage([
    card("checkout-bot", tier="0", consumers="till", components=[
        part("prompt", "answer", "14"), part("provider-model", "hosted-llm", "2026-08-06"),
        part("retrieval-index", "help-articles"), part("feature-view", "basket_v2"),
    ]),
    card("support-bot", tier="1", components=[
        part("prompt", "Answer", "13"), part("provider-model", "hosted-llm", "2026-08-06"),
    ]),
    card("search-bot", tier="2", upstreams="index:help-articles", features="feature:basket_v2"),
    card("faq-bot", tier="3", upstreams="prompts:/answer@production"),
])  # fmt: skip


def test_a_part_of_a_model_is_read_by_every_model_that_is_made_of_it() -> None:
    assert downstream(ASSISTANTS, "prompt:answer") == [
        ("checkout-bot", 1), ("till", 2), ("support-bot", 1), ("faq-bot", 1)
    ]  # fmt: skip
    assert downstream(ASSISTANTS, "hosted-llm") == [("checkout-bot", 1), ("till", 2), ("support-bot", 1)]
    assert [node.spelled for node in affected(ASSISTANTS, "checkout-bot").reads] == [
        "prompt:answer", "provider-model:hosted-llm", "index:help-articles", "feature:basket_v2"
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["prompts:/answer/14", "Prompt: ANSWER", "answer"])
def test_a_prompt_is_found_as_people_and_as_mlflow_write_it(said: str) -> None:
    assert affected(ASSISTANTS, said).of.spelled == "prompt:answer"


def test_two_models_share_a_part_unless_they_are_made_of_other_versions_of_it() -> None:
    assert siblings(ASSISTANTS, "checkout-bot") == [
        ("support-bot", ["provider-model:hosted-llm"]),
        ("search-bot", ["index:help-articles", "feature:basket_v2"]),
        ("faq-bot", ["prompt:answer"]),
    ]


def test_a_model_with_two_arms_of_a_prompt_shares_it_with_the_users_of_either() -> None:
    arms = card("a", components=[part("prompt", "answer", "1"), part("prompt", "answer", "2")])
    lineage = Lineage(
        [arms, card("b", components=[part("prompt", "answer", "1")]), card("c", upstreams="prompt:answer")]
    )

    assert siblings(lineage, "b") == [("a", ["prompt:answer"]), ("c", ["prompt:answer"])]
