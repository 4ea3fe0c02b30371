"""A model is more than weights: its components, and what they stand for when no registry knows a model at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from playbooks.card import Fact, FactValue, ModelCard, from_json, merge, missing, to_json
from playbooks.components import contradicted, latest_first
from playbooks.load import shipped_library
from playbooks.readiness import ready

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PROMPT = {"kind": "prompt", "name": "answer", "version": "14", "previous": "13", "changed_at": "2026-11-12T10:00:00Z"}
MODEL = {"kind": "provider-model", "name": "hosted", "version": "b", "previous": "a", "changed_at": "2026-09-01"}


def card(*parts: dict[str, str], mode: str = "llm", tier: str = "1", **facts: FactValue) -> ModelCard:
    said: dict[str, FactValue] = {"mode": mode, "tier": tier, "components": list(parts), **facts}
    return ModelCard("assistant", {key: Fact(value, "models.yaml", NOON) for key, value in said.items() if value})


def lacks(known: ModelCard) -> set[str]:
    return {spec.key for spec in missing(known)} & {"serving", "rollback", "deployed_at", "components"}


def test_an_llm_without_a_registered_model_lacks_nothing_that_its_components_say() -> None:
    assert lacks(card(PROMPT, MODEL)) == set()
    assert lacks(card()) == {"serving", "rollback", "deployed_at", "components"}


@pytest.mark.parametrize(
    ("cell", "key"), [("version", "serving"), ("previous", "rollback"), ("changed_at", "deployed_at")]
)
def test_one_component_that_does_not_say_it_leaves_the_whole_undocumented(cell: str, key: str) -> None:
    less = {name: said for name, said in MODEL.items() if name != cell}
    assert lacks(card(PROMPT, less)) == {key}
    assert lacks(card(PROMPT, less, **{key: "written down"})) == set()


def test_a_model_with_weights_still_says_which_version_serves() -> None:
    assert lacks(card(PROMPT, MODEL, mode="online")) == {"serving", "rollback", "deployed_at"}
    assert lacks(card(mode="online", serving="1", rollback="0", deployed_at="2026-11-01")) == set()


def test_a_small_llm_need_not_list_its_components() -> None:
    assert lacks(card(tier="3", serving="1", rollback="0", deployed_at="2026-11-01")) == set()


def test_readiness_counts_what_the_components_say() -> None:
    bare, made_of_parts = ready(card(), shipped_library()), ready(card(PROMPT, MODEL), shipped_library())
    assert made_of_parts.asked == bare.asked
    assert len(bare.lacks) - len(made_of_parts.lacks) == 4
    assert made_of_parts.score > bare.score


def test_what_was_changed_last_comes_first_and_what_nobody_dated_last() -> None:
    undated = {"kind": "flag", "name": "assistant"}
    assert latest_first([undated, MODEL, PROMPT]) == [PROMPT, MODEL, undated]


def test_components_are_kept_with_the_card() -> None:
    known = card(PROMPT, MODEL)
    assert from_json(to_json(known)).records("components") == (PROMPT, MODEL)


def merged(*cards: tuple[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    """The components of one card of several: (source, what it says)."""
    parts = [ModelCard("assistant", {"components": Fact(list(rows), source, NOON)}) for source, rows in cards]
    whole = merge("assistant", parts)
    assert whole.facts["components"].source == cards[0][0]
    return [dict(row) for row in whole.records("components")]


def test_components_are_merged_one_by_one_and_what_people_wrote_by_hand_wins() -> None:
    listed = {"kind": "prompt", "name": "Answer", "version": "15", "previous": "14"}
    other = {"kind": "prompt", "name": "greeting", "version": "3"}

    assert merged(("models.yaml", [PROMPT, MODEL]), ("mlflow prompts", [listed, other])) == [
        PROMPT,
        MODEL,
        {**other, "source": "mlflow prompts"},
    ]


def test_a_component_that_says_no_version_takes_it_from_the_next_registry() -> None:
    by_hand = {"kind": "prompt", "name": "answer", "roll_back": "set prompt.answer to the one before"}

    assert merged(
        ("models.yaml", [by_hand]), ("mlflow prompts", [{**PROMPT, "roll_back": "point production at 13"}])
    ) == [{**PROMPT, **by_hand, "source": "models.yaml and mlflow prompts"}]


def test_two_arms_of_one_prompt_both_stay() -> None:
    arm = {**PROMPT, "version": "15"}

    assert merged(("models.yaml", [MODEL]), ("mlflow prompts", [PROMPT, arm])) == [
        MODEL,
        {**PROMPT, "source": "mlflow prompts"},
        {**arm, "source": "mlflow prompts"},
    ]


def test_one_card_with_components_stays_as_it_is() -> None:
    fact = Fact([PROMPT], "mlflow prompts", NOON)
    first, second = (
        ModelCard("assistant", {"mode": Fact("llm", "models.yaml", NOON)}),
        ModelCard("assistant", {"components": fact}),
    )

    assert merge("assistant", [first, second]).facts["components"] is fact


def test_another_version_of_a_component_contradicts_and_one_that_is_left_open_does_not() -> None:
    said = [{**PROMPT, "version": "15"}, MODEL, {"kind": "prompt", "name": "greeting", "version": "3"}]

    assert contradicted([PROMPT, {**MODEL, "version": ""}], said) == ["prompt answer 15"]
    assert contradicted([PROMPT, {**PROMPT, "version": "15"}], said) == []
