"""Which models there are, and whose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playbooks.card import Fact, FactValue, ModelCard
from playbooks.scores import score_of
from storage import catalogue, listing, ownership
from storage.transaction import Storage, Transaction

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SHOP: dict[str, dict[str, FactValue]] = {
    "b-scorer": {"tier": "1", "owner": "ana@example.com"},
    "a-ranker": {"tier": "1", "owner": "lee@example.com", "poc.ds": "Ana@Example.com, @kim"},
    "unsorted": {"owner": "pat@example.com"},
    "pages": {"tier": "0", "oncall": "pagerduty:PRISK01"},
}


@pytest.fixture
def shop(storage: Storage) -> Storage:
    with storage.transaction() as tx:
        for name, facts in SHOP.items():
            card = ModelCard(name, {key: Fact(value, "models.yaml", NOW) for key, value in facts.items()})
            catalogue.keep(tx, card, now=NOW)
    return storage


def test_the_most_important_models_come_first_and_those_of_unknown_tier_last(shop: Storage) -> None:
    with shop.reading() as tx:
        assert listing.foremost(tx, limit=9) == ["pages", "a-ranker", "b-scorer", "unsorted"]
        assert listing.foremost(tx, limit=2) == ["pages", "a-ranker"]
        assert listing.count(tx) == 4


def test_what_no_registry_lists_any_more_is_not_among_them(shop: Storage) -> None:
    with shop.transaction() as tx:
        catalogue.mark_vanished(tx, ["pages", "a-ranker"], now=NOW)
    with shop.reading() as tx:
        assert listing.foremost(tx, limit=9) == ["b-scorer", "unsorted"]
        assert listing.of_people(tx, {"ana@example.com"}) == ["b-scorer"]
        assert listing.count(tx) == 2


def test_somebodys_models_are_all_whose_cards_name_them_in_whatever_part(shop: Storage) -> None:
    with shop.reading() as tx:
        assert listing.of_people(tx, {"ana@example.com"}) == ["a-ranker", "b-scorer"]
        assert listing.of_people(tx, {"@kim"}) == ["a-ranker"]
        assert listing.of_people(tx, {"pagerduty:PRISK01"}) == ["pages"]
        assert listing.of_people(tx, {"nobody@example.com"}) == []
        assert listing.of_people(tx, set()) == []


def test_a_model_that_was_handed_over_is_its_new_owners_before_a_registry_says_so(shop: Storage) -> None:
    with shop.transaction() as tx:
        ownership.say(
            tx,
            "b-scorer",
            kind="handed-over",
            by="U1",
            by_name="Ana",
            registry_said="ana@example.com",
            owner="new@example.com",
            at=NOW + timedelta(hours=1),
        )
    with shop.reading() as tx:
        [card] = catalogue.cards(tx, listing.of_people(tx, {"new@example.com"}))
        assert (card.name, card.owner) == ("b-scorer", "new@example.com")


def test_what_each_model_lacks_is_counted_when_it_is_read_and_when_somebody_gives_it_up(shop: Storage) -> None:
    def lacked() -> dict[str, int]:
        with shop.reading() as tx:
            return {one.name: one.score.lacked for one in listing.lacking(tx)}

    with shop.reading() as tx:
        before = {card.name: score_of(card).lacked for card in catalogue.cards(tx)}
    assert lacked() == before
    assert min(before.values()) > 0
    with shop.transaction() as tx:
        given_up(tx, "b-scorer", at=NOW + timedelta(hours=1))
        catalogue.score_again(tx, "b-scorer")
    assert lacked() == {**before, "b-scorer": before["b-scorer"] + 1}
    with shop.transaction() as tx:  # read again: nobody owns it still
        card = ModelCard("b-scorer", {key: Fact(value, "models.yaml", NOW) for key, value in SHOP["b-scorer"].items()})
        catalogue.keep(tx, card, now=NOW + timedelta(hours=2))
    assert lacked() == {**before, "b-scorer": before["b-scorer"] + 1}


def given_up(tx: Transaction, model: str, *, at: datetime) -> None:
    ownership.say(tx, model, kind="declined", by="U1", by_name="Ana", registry_said="ana@example.com", at=at)


def test_models_that_lack_something_come_by_importance_and_by_how_much_and_teams_as_their_cards_spell_them(
    storage: Storage,
) -> None:
    said: dict[str, dict[str, FactValue]] = {
        "late": {"tier": "2", "team": "risk"},
        "urgent": {"tier": "0", "team": "Risk", "owner": "ana@example.com"},
        "urgent-too": {"tier": "1"},
    }
    with storage.transaction() as tx:
        for name, facts in said.items():
            card = ModelCard(name, {key: Fact(value, "models.yaml", NOW) for key, value in facts.items()})
            catalogue.keep(tx, card, now=NOW)
        scores = {card.name: score_of(card) for card in catalogue.cards(tx)}
    with storage.reading() as tx:
        worst_first = sorted(["urgent", "urgent-too"], key=lambda name: (scores[name].percent, name))
        assert [one.name for one in listing.lacking(tx)] == [*worst_first, "late"]
        assert [one.name for one in listing.lacking(tx, limit=1)] == worst_first[:1]
        assert [one.name for one in listing.lacking(tx, teams=["risk", "Risk"])] == ["urgent", "late"]
        assert [one.name for one in listing.lacking(tx, names=["late"])] == ["late"]
        assert dict(listing.teams(tx)) == {
            "risk": scores["late"], "Risk": scores["urgent"], "": scores["urgent-too"]
        }  # fmt: skip
