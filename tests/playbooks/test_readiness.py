"""Ready for production: what a model of a tier and mode must have, what is missing, and the line that adds it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.registries.file import FileRegistry
from playbooks.card import Fact, FactValue, ModelCard, missing
from playbooks.load import Library, shipped_library
from playbooks.readiness import ready

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def card(**facts: FactValue) -> ModelCard:
    return ModelCard("ranker", {key: Fact(value, "models.yaml", NOON) for key, value in facts.items()})


def test_a_bare_model_lacks_what_every_tier_needs_and_each_says_what_it_is_good_for() -> None:
    found = ready(card(), shipped_library())
    assert not found.is_ready
    assert {"owner", "poc.ds", "rollback", "consumers"} <= {lack.key for lack in found.lacks}
    assert all(lack.good_for and lack.line for lack in found.lacks)
    assert found.score < 10


def test_a_critical_model_must_have_more_than_a_small_one() -> None:
    small, critical = (ready(card(tier=tier, mode="online"), shipped_library()) for tier in ("3", "0"))
    more = {lack.key for lack in critical.lacks} - {lack.key for lack in small.lacks}
    assert {"owner.backup", "dashboard", "runbook"} <= more


@pytest.mark.parametrize("mode", ["online", "batch", "llm"])
def test_the_lines_are_what_models_yaml_takes_and_they_fill_every_gap(mode: str, tmp_path: Path) -> None:
    lacks = ready(card(tier="1", mode=mode), shipped_library()).lacks
    lines = {lack.line.replace("…", "x") for lack in lacks}
    rows = "".join(f"    {line}\n" for line in sorted(lines))
    text = f"models:\n  ranker:\n    tier: 1\n    mode: {mode}\n{rows}"
    (tmp_path / "models.yaml").write_text(text, "utf-8")
    reading = FileRegistry(tmp_path / "models.yaml").read(NOON)
    assert reading.problem is None, reading.problem
    [read] = reading.cards
    assert missing(read) == ()
    assert ready(read, shipped_library()).score == 100


def test_a_model_without_any_playbook_for_its_mode_is_not_ready() -> None:
    assert ready(card(tier="3"), Library({})).playbooks == 0
    assert ready(card(tier="3", mode="llm"), shipped_library()).playbooks > 3
