"""A model is more than weights: its components, and what they stand for when no registry knows a model at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from playbooks.card import Fact, FactValue, ModelCard, from_json, missing, to_json
from playbooks.components import latest_first
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
