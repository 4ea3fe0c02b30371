"""The local catalogue: finding models by what people type, and whom Slack knows behind a contact."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from playbooks.card import Fact, ModelCard
from storage import catalogue, listing, people
from storage.models import Contact, SlackPerson
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def card(name: str, **facts: str) -> ModelCard:
    return ModelCard(name, {key: Fact(value, "models.yaml", NOON) for key, value in facts.items()})


@pytest.fixture
def filled(storage: Storage) -> Storage:
    with storage.transaction() as tx:
        catalogue.keep(
            tx,
            card("fraud-scorer", plain_name="Fraud scoring"),
            card("search-ranker", plain_name="Search ranking"),
            card("home-recs", plain_name="Home page recommendations"),
            now=NOON,
        )
    return storage


@pytest.mark.parametrize("typed", ["fraud-scorer", "Fraud-Scorer", "fraud scorer", "fraud_scorer", "FRAUD SCORING"])
def test_a_model_is_found_by_its_name_in_any_case_and_by_its_plain_name(filled: Storage, typed: str) -> None:
    with filled.reading() as tx:
        found = catalogue.card(tx, typed)
        assert found is not None
        assert found.name == "fraud-scorer"


def test_a_model_that_nobody_knows_is_not_guessed(filled: Storage) -> None:
    with filled.reading() as tx:
        assert catalogue.card(tx, "fraud") is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [("fruad-scorer", "fraud-scorer"), ("fraud", "fraud-scorer"), ("ranking", "search-ranker"), ("recs", "home-recs")],
)
def test_a_misspelt_or_shortened_name_gets_the_closest_one_first(filled: Storage, typed: str, first: str) -> None:
    with filled.reading() as tx:
        assert listing.closest(tx, typed)[0] == first


def test_nothing_close_is_nothing(filled: Storage) -> None:
    with filled.reading() as tx:
        assert listing.closest(tx, "zzzz") == []


def test_typing_ahead_finds_names_and_plain_names(filled: Storage) -> None:
    with filled.reading() as tx:
        assert listing.matching(tx, "rec") == [("home-recs", "Home page recommendations")]
        assert listing.matching(tx, "sc") == [("fraud-scorer", "Fraud scoring")]
        assert len(listing.matching(tx, "")) == 3


def test_a_vanished_model_is_listed_no_more_but_its_last_card_stays(filled: Storage) -> None:
    with filled.transaction() as tx:
        catalogue.mark_vanished(tx, ["search-ranker"], now=NOON + timedelta(hours=1))
        catalogue.mark_vanished(tx, ["search-ranker"], now=NOON + timedelta(hours=2))
    with filled.reading() as tx:
        assert listing.names(tx) == ["fraud-scorer", "home-recs"]
        row = catalogue.entry(tx, "search-ranker")
        assert row is not None
        assert row.missing_since == NOON + timedelta(hours=1)
        assert catalogue.card(tx, "search-ranker") is not None


def test_a_model_that_comes_back_is_listed_again(filled: Storage) -> None:
    with filled.transaction() as tx:
        catalogue.mark_vanished(tx, listing.names(tx), now=NOON)
        catalogue.keep(tx, card("home-recs", owner="diego@example.com"), now=NOON + timedelta(days=1))
    with filled.reading() as tx:
        assert listing.names(tx) == ["home-recs"]
        row = catalogue.entry(tx, "home-recs")
        assert row is not None
        assert (row.missing_since, row.synced_at) == (None, NOON + timedelta(days=1))


def test_one_person_is_one_contact_whatever_name_stands_beside_the_address(storage: Storage) -> None:
    with storage.transaction() as tx:
        people.keep_person(tx, "U01ANAMOR", name="Ana Moreau", email="ana@example.com", now=NOON)
        people.keep_contact(tx, "Ana Moreau <Ana@Example.com>", user_id="U01ANAMOR", problem=None, now=NOON)
    with storage.reading() as tx:
        assert people.who(tx, "ana@example.com") == ("U01ANAMOR", None)
        assert people.contacts_of(tx, "U01ANAMOR") == ["ana@example.com"]


def test_whoever_was_not_asked_about_is_unknown_not_missing(storage: Storage) -> None:
    with storage.reading() as tx:
        assert people.who(tx, "ana@example.com") == (None, people.NOT_ASKED_YET)


@pytest.mark.parametrize("contact", ["rota:risk", "pagerduty:PRISK01", "backstage:group:default/risk", "Ana"])
def test_what_is_no_single_account_is_said_without_asking_slack(storage: Storage, contact: str) -> None:
    with storage.transaction() as tx:
        user, problem = people.who(tx, contact)
        assert user is None
        assert problem
        assert people.take_contacts_to_ask(tx, [contact], before=NOON, now=NOON) == []


def test_a_group_is_asked_about_and_is_no_single_account_whatever_slack_says(storage: Storage) -> None:
    group = "slack-group:S0123"
    with storage.transaction() as tx:
        before = people.who(tx, group)
        assert people.take_contacts_to_ask(tx, [group], before=NOON, now=NOON) == [group]
        people.keep_contact(tx, group, user_id=None, problem=None, now=NOON)
        assert people.who(tx, group) == before
        assert before[0] is None
        assert "only when whoever opened the incident says so" in str(before[1])


def test_a_deactivated_account_is_a_problem_under_every_contact(storage: Storage) -> None:
    with storage.transaction() as tx:
        people.keep_contact(tx, "sam@example.com", user_id="U19SAMDOY", problem=None, now=NOON)
        people.keep_person(tx, "U19SAMDOY", name="Sam Doyle", deactivated=True, now=NOON)
    with storage.reading() as tx:
        assert people.who(tx, "sam@example.com") == ("U19SAMDOY", "has a Slack account that is deactivated")


def test_a_contact_is_asked_about_once_a_day_however_often_the_registries_are_read(storage: Storage) -> None:
    day = timedelta(hours=24)
    with storage.transaction() as tx:
        ask = ["ana@example.com", "Ana <ana@example.com>", "@lee"]
        assert people.take_contacts_to_ask(tx, ask, before=NOON - day, now=NOON) == ["@lee", "ana@example.com"]
        assert people.take_contacts_to_ask(tx, ask, before=NOON - day, now=NOON) == []
        people.keep_contact(tx, "@lee", user_id="U02LEEOKA", problem=None, now=NOON + timedelta(hours=3))
        later = NOON + day
        assert people.take_contacts_to_ask(tx, ask, before=later - day, now=later) == ["ana@example.com"]
        assert people.who(tx, "@lee") == ("U02LEEOKA", None)


def test_accounts_behind_no_contact_are_looked_up_again_after_a_day_too(storage: Storage) -> None:
    with storage.transaction() as tx:
        people.keep_person(tx, "U1", name="Visitor", now=NOON)
        people.keep_person(tx, "U2", name="Owner", now=NOON)
        people.keep_contact(tx, "owner@example.com", user_id="U2", problem=None, now=NOON)
        assert people.take_people_to_ask(tx, before=NOON - timedelta(hours=1), now=NOON) == []
        assert people.take_contacts_to_ask(tx, ["owner@example.com"], before=NOON, now=NOON + timedelta(days=1)), (
            "a contact that a card names is asked about by itself"
        )
        assert people.take_people_to_ask(tx, before=NOON, now=NOON + timedelta(days=1)) == ["U1"]
        assert people.take_people_to_ask(tx, before=NOON, now=NOON + timedelta(days=1)) == []


def test_two_incidents_that_open_at_once_may_ask_about_the_same_person(storage: Storage) -> None:
    both = threading.Barrier(2)

    def ask() -> list[str]:
        both.wait(10)
        with storage.transaction() as tx:
            taken = people.take_contacts_to_ask(tx, ["ana@example.com", "@lee"], before=NOON - HOUR, now=NOON)
            people.keep_person(tx, "U01ANAMOR", name="Ana", now=NOON)
            people.keep_contact(tx, "kim@example.com", user_id="U01ANAMOR", problem=None, now=NOON)
            return taken

    for _ in range(10):
        with storage.transaction() as tx:
            for table in (Contact, SlackPerson):
                tx.session.execute(delete(table))
        with ThreadPoolExecutor(2) as pool:
            asked = [done.result(20) for done in [pool.submit(ask), pool.submit(ask)]]
        assert sorted(asked) == [[], ["@lee", "ana@example.com"]]
