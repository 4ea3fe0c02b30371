"""Names that were written wrongly."""

from __future__ import annotations

import pytest

from playbooks.alike import closest, folded

MANY = [(f"model-{number:05}", (f"model {number:05}", f"model number {number}")) for number in range(10_000)]
SHOP = [
    ("fraud-scorer", ("fraud scorer", "fraud scoring")),
    ("search_ranker", ("search ranker", "search ranking")),
    ("home-recs", ("home recs",)),
    ("x", ("x",)),
]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("fruad-scorer", "fraud-scorer"),
        ("rnaker", "search_ranker"),
        ("serch raking", "search_ranker"),
        ("recs", "home-recs"),
        ("fraud-scorer-prod-eu", "fraud-scorer"),
        ("X", "x"),
    ],
)
def test_whoever_misspells_a_name_gets_the_one_that_was_meant_first(typed: str, first: str) -> None:
    assert closest(typed, [*MANY, *SHOP], limit=3)[0] == first


def test_of_ten_thousand_names_that_are_alike_the_most_alike_is_first() -> None:
    assert closest("modle-04711", MANY, limit=1) == ["model-04711"]


def test_nothing_is_offered_where_nothing_is_alike_unless_anything_will_do() -> None:
    assert closest("zzzz", SHOP, limit=3) == []
    assert len(closest("zzzz", SHOP, limit=3, least=0.0)) == 3
    assert closest("", SHOP, limit=3) == []


def test_spellings_of_one_name_are_the_same() -> None:
    assert folded("Fraud_Scorer") == folded("fraud-scorer") == folded(" FRAUD  scorer ") == "fraud scorer"
