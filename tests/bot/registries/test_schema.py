"""The JSON Schema of model cards: editors complete from it, and it agrees with what is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.registries.card_schema import card_schema
from bot.registries.file import parse
from playbooks.components import COMPONENT, MEANS
from playbooks.fields import FIELDS, POC_TEAMS
from playbooks.reading import read_yaml
from tests.playbooks.draft_07 import META

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[3] / "deploy" / "examples" / "models.yaml"
accepts = fastjsonschema.compile(card_schema())


def is_accepted(text: str) -> bool:
    try:
        accepts(read_yaml(text, "models.yaml").data)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True


def is_read(text: str) -> bool:
    return not parse(text, "models.yaml", now=NOON).faults


def test_it_is_a_schema_of_draft_07() -> None:
    fastjsonschema.compile(META)(card_schema())
    assert card_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_the_shipped_example_fits() -> None:
    assert is_accepted(EXAMPLE.read_text("utf-8"))


def test_every_field_is_offered_with_its_title_and_what_it_is_good_for() -> None:
    card = card_schema()["definitions"]["card"]

    for spec in FIELDS:
        if spec.key == "aliases":
            assert spec.key not in card["properties"]
            continue
        said = card["properties"][spec.key.removesuffix(".*")]
        assert said["title"] == spec.title
        assert spec.good_for[1:] in said["description"]
    assert set(card["properties"]["poc"]["properties"]) == set(POC_TEAMS)
    assert "Needed for every tier (llm, online)." in card["properties"]["fallback"]["description"]
    assert "Needed for tiers 0 and 1." in card["properties"]["oncall"]["description"]


RIGHT = [
    "models: {}",
    "models:",
    "models: {m: {}}",
    "models: {m: {owner: , tier: '1', serving: 42}}",
    "models: {m: {poc: {pricing: omar@example.com, ds: [a@example.com]}, poc.legal: b@example.com}}",
    "models: {m: {endpoint: {prod: 'https://a.example.com/@x'}, reviewed_at: 2026-10-01, deployed_at: 2026-11-18}}",
    "models: {m: {experiments: [{name: e, cleanup_by: 2026-12-01, link: }]}}",
    "models: [{name: m, mode: batch}]",
    "name: m\nowner: ana@example.com\n",
]
WRONG = [
    "models: {m: }",
    "models: [a]",
    "models: [{tier: 1}]",
    "modles: {}\nmodels: {}",
    "models: {m: {onwer: a@example.com}}",
    "models: {m: {aliases: []}}",
    "models: {m: {tier: 4}}",
    "models: {m: {mode: onlin}}",
    "models: {m: {owner: [a@example.com]}}",
    "models: {m: {owner: 'a@example.com, b@example.com'}}",
    "models: {m: {docs: wiki/fraud}}",
    "models: {m: {docs: 'https://ana:secret@wiki.example.com/'}}",
    "models: {m: {reviewed_at: 1.10.2026}}",
    "models: {m: {serving: 1.10}}",
    "models: {m: {poc: lee@example.com}}",
    "models: {m: {poc: {Data Science: a@example.com}}}",
    "models: {m: {experiments: [{arm: half}]}}",
    "models: {m: {experiments: [{name: e, cleanup: 2026-12-01}]}}",
    "name: m\nonwer: ana@example.com\n",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_can_be_read_fits(text: str) -> None:
    assert is_read(text)
    assert is_accepted(text)


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_read_and_an_editor_can_see_does_not_fit(text: str) -> None:
    assert not is_read(text)
    assert not is_accepted(text)


_WORDS = (
    "ana@example.com 1 2 online https://a.example.com/x 2026-10-01 20261001 2026-W40-1 2026-11-18T09:30:00Z P14D 7d"
)
_VALUE = st.sampled_from([*_WORDS.split(), "x y", ""]) | st.integers(0, 5)
_FIELDS: Any = st.dictionaries(
    st.sampled_from([spec.key.removesuffix(".*") for spec in FIELDS if spec.key != "aliases"]),
    _VALUE | st.none() | st.lists(_VALUE, max_size=2) | st.dictionaries(st.sampled_from(["ds", "prod"]), _VALUE),
    max_size=3,
)


@settings(max_examples=200, deadline=None)
@given(_FIELDS)
def test_no_editor_complains_of_what_can_be_read(fields: dict[str, object]) -> None:
    text = json.dumps({"models": {"m": fields}})

    if is_read(text):
        assert is_accepted(text), text


def test_an_editor_says_what_belongs_into_each_cell_of_a_component() -> None:
    components = card_schema()["definitions"]["card"]["properties"]["components"]
    cells = components["anyOf"][0]["items"]["properties"]

    assert list(cells) == list(COMPONENT) == list(MEANS)
    assert cells["previous"]["description"] == "What it goes back to; none for a part that was never different."
