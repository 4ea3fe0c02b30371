"""The card of an incident on a feature made of parts: what changed last comes first, each with the way back."""

from __future__ import annotations

import pytest

from playbooks.card import Fact, ModelCard
from storage import catalogue
from storage.transaction import Storage
from tests.bot.opening.company import READ, at_desk, declared
from tests.bot.opening.test_cards import _card as drawn

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

INDEX = {"kind": "retrieval-index", "name": "help-pages", "version": "n18", "previous": "n17"}
PROMPT = {"kind": "prompt", "name": "answer-prompt", "version": "14", "previous": "13", "changed_at": "2026-11-12"}


def opened(office: Storage, *parts: dict[str, str]) -> str:
    facts = {"mode": Fact("llm", "models.yaml", READ), "components": Fact(list(parts), "models.yaml", READ)}
    with at_desk(office, "") as desk:
        catalogue.keep(desk.tx, ModelCard("support-assistant", facts), now=READ)
    return drawn(office, declared(office, model="support-assistant"))


def test_the_card_names_every_component_the_last_change_first(office: Storage) -> None:
    shown = opened(office, INDEX, PROMPT)
    assert (
        "*Components* (models.yaml) prompt `answer-prompt` 14 since 2026-11-12, before 13; "
        "retrieval index `help-pages` n18, before n17\n" in shown
    )
    assert "*Serving version*\nas its components say" in shown
    assert "Serving version" not in next(line for line in shown.splitlines() if line.startswith("UNKNOWN: "))


def test_a_component_that_cannot_go_back_leaves_the_rollback_unknown(office: Storage) -> None:
    shown = opened(office, {**INDEX, "previous": ""}, PROMPT)
    assert "*Rollback version*\nUNKNOWN" in shown


def test_very_many_components_are_cut_between_two_of_them(office: Storage) -> None:
    shown = opened(office, *({**PROMPT, "name": f"prompt-{number}-{'<' * 60}"} for number in range(90)))
    line = next(line for line in shown.splitlines() if line.startswith("*Components*"))
    assert len(line) < 3000
    assert line.rpartition("; ")[2].startswith("and ")
