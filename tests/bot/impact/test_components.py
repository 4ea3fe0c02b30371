"""Models that are made of the same prompt, index or provider's snapshot, where somebody asks and where one goes bad."""

from __future__ import annotations

import pytest

from bot.incidents.lineages import upstream_card
from playbooks.card import FactValue
from storage.transaction import Storage
from tests.bot.impact.shop import FRAUD, KIM, LEE, PAT, find_affected, keep, lines
from tests.bot.impact.test_one_incident import ELSEWHERE, newest, opened
from tests.bot.impact.test_telling import message, told
from tests.bot.runs.team import ERIK, START, Team


def part(kind: str, name: str, version: str) -> dict[str, str]:
    return {"kind": kind, "name": name, "version": version}


HOSTED = part("provider-model", "hosted-llm", "2026-08-06")
MADE_OF: dict[str, dict[str, FactValue]] = {
    "checkout-bot": {"tier": "1", "owner": "lee@example.com", "components": [HOSTED, part("prompt", "answer", "14")]},
    "faq-bot": {"tier": "2", "owner": "pat@example.com", "components": [part("prompt", "answer", "13")]},
    "search-bot": {"tier": "3", "owner": "kim@example.com", "upstreams": ["index:help-articles"]},
}


@pytest.fixture
def team(storage: Storage) -> Team:
    keep(storage, MADE_OF)
    parts = [HOSTED, part("prompt", "answer", "14"), part("retrieval-index", "help-articles", "9")]
    return Team(storage, facts={**FRAUD, "components": parts})


@pytest.mark.parametrize("text", ["prompt:answer", "answer", "prompts:/answer@production"])
def test_a_prompt_shows_every_model_that_is_made_of_it(team: Team, text: str) -> None:
    answer = team.type(KIM, f"impact {text}", channel=ELSEWHERE).text

    assert answer.startswith("*prompt:answer* · prompt")
    assert (
        answer.index("Fraud scoring") < answer.index("checkout-bot (Lee Okafor)") < answer.index("faq-bot (Pat Rivera)")
    )
    assert "search-bot" not in answer


def test_owners_of_models_with_the_same_version_of_a_part_are_told_and_those_with_another_are_not(team: Team) -> None:
    find_affected(team)

    assert "checkout-bot (Lee Okafor): " in lines(team)
    assert "search-bot" in lines(team)
    assert "faq-bot" not in lines(team)
    assert LEE in told(team)
    assert PAT not in told(team)
    assert "• *checkout-bot* reads " in str(message(team, LEE)["text"])


def test_a_bad_prompt_opens_one_incident_for_all_models_that_are_made_of_it(team: Team) -> None:
    team.type(ERIK, "resolve it was nothing")
    team.settle()

    answer = opened(team, KIM, "prompt:answer gives prices in the wrong currency")

    assert "is open: SEV1" in answer.text
    assert newest(team).model == "prompt:answer"


def test_the_card_of_a_bad_prompt_says_which_versions_are_in_use_and_how_each_goes_back(storage: Storage) -> None:
    whole = {"previous": "13", "where": "https://git.example.com/answer.md", "roll_back": "point production at 13"}
    newer = {**part("prompt", "answer", "14"), **whole}
    keep(storage, {
        "checkout-bot": {"tier": "1", "components": [HOSTED, newer]},
        "other-bot": {"tier": "2", "components": [newer]},
        "faq-bot": {"tier": "2", "components": [part("prompt", "Answer", "13")]},
        "search-bot": {"tier": "3", "upstreams": ["prompt:answer"]},
    })  # fmt: skip

    with storage.reading() as tx:
        card = upstream_card(tx, "prompts:/answer/14", now=START)

    assert card is not None
    assert card.records("components") == (newer, part("prompt", "Answer", "13"))
    assert card.facts["components"].source == "cards of its readers"


def test_the_card_of_a_table_has_no_components(storage: Storage) -> None:
    keep(storage, {"checkout-bot": {"upstreams": ["table:dw.items"], "components": [HOSTED]}})

    with storage.reading() as tx:
        card = upstream_card(tx, "table:dw.items", now=START)

    assert card is not None
    assert card.fact("components") is None
