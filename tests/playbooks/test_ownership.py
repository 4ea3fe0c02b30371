"""Whose a model is after people have said it: until the registry says something newer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from playbooks.card import Fact, ModelCard
from playbooks.ownership import Kind, Said, with_said

THEN = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def card(owner: str | None = "ana@example.com", **facts: str) -> ModelCard:
    said = facts if owner is None else {"owner": owner, **facts}
    return ModelCard("ranker", {key: Fact(value, "models.yaml", THEN) for key, value in said.items()})


def said(kind: Kind, *, registry: str = "ana@example.com", owner: str | None = None) -> Said:
    return Said(kind=kind, by="Ana Moreau", at=NOW, owner=owner, registry_said=registry)


def test_what_nobody_spoke_of_stays_as_the_registry_says() -> None:
    assert with_said(card(), None) == card()


def test_a_model_that_was_handed_over_is_the_new_owners_and_says_by_whom() -> None:
    seen = with_said(card(), said("handed-over", owner="Lee Okafor <lee@example.com>"))
    assert seen.owner == "Lee Okafor <lee@example.com>"
    assert seen.facts["owner"].source == "handed over in Slack by Ana Moreau"
    assert seen.text("reviewed_at") == "2026-11-20"


def test_a_model_whose_owner_said_no_has_none() -> None:
    assert with_said(card(), said("declined")).owner is None


def test_a_confirmation_is_the_day_on_which_the_card_was_last_reviewed() -> None:
    assert with_said(card(reviewed_at="2026-01-02"), said("confirmed")).text("reviewed_at") == "2026-11-20"
    assert with_said(card(reviewed_at="2026-12-24"), said("confirmed")).text("reviewed_at") == "2026-12-24"


def test_once_the_registry_names_somebody_else_it_is_the_newer_word() -> None:
    moved = card(owner="kim@example.com")
    for kind in ("confirmed", "declined", "handed-over"):
        assert with_said(moved, said(kind, owner="lee@example.com")) == moved


def test_an_orphan_that_was_handed_over_has_an_owner() -> None:
    assert with_said(card(owner=None), said("handed-over", registry="", owner="lee@example.com")).owner


def test_whom_slack_alone_knows_stays_the_owner_when_they_confirm_it() -> None:
    seen = with_said(card(), said("confirmed", owner="lee@example.com"))
    assert seen.owner == "lee@example.com"
    assert seen.facts["owner"].source == "confirmed in Slack by Ana Moreau"


def test_a_registry_that_was_told_of_a_word_and_says_the_same_leaves_the_day_of_the_word() -> None:
    told = replace(said("handed-over", owner="Lee Okafor <lee@example.com>"), is_old_news=True)
    seen = with_said(card(owner="lee@example.com", reviewed_at="2026-01-02"), told)
    assert (seen.owner, seen.text("reviewed_at")) == ("Lee Okafor <lee@example.com>", "2026-11-20")


def test_a_registry_that_was_told_of_a_word_and_names_the_owner_before_is_the_newer_word() -> None:
    told = replace(said("handed-over", owner="lee@example.com"), is_old_news=True)
    assert with_said(card(), told) == card()
