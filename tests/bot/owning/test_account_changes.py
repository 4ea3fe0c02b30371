"""Slack tells of every change of every account; the bot asks again about those it knows whose state is another."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from storage import people
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.runs.team import ANA, SAM, START, Team

STRANGER = "U99NOBODY"


@pytest.fixture
def team(storage: Storage) -> Team:
    team = Team(storage)
    with storage.transaction() as tx:
        people.keep_person(tx, SAM, name="Sam Doyle", deactivated=True, now=START)
    return team


def asked_about(team: Team, *changes: dict[str, Any]) -> list[str]:
    """Whom the bot asks Slack about after these changes, each handled as far as it is no idle talk."""
    for account in changes:
        event = {"type": "user_change", "user": account}
        with team.storage.reading() as tx:
            idle = team.feature.idle["user_change"](team.desk(tx, ""), event)
        for hear in () if idle else team.feature.events["user_change"]:
            with team.storage.transaction() as tx:
                hear(team.desk(tx, ""), event)
    with team.storage.reading() as tx:
        rows = tx.session.scalars(select(Effect).where(Effect.kind == "LookUpPerson").order_by(Effect.id))
        return [row.payload["user"] for row in rows]


def test_who_leaves_or_comes_back_is_asked_about_at_once(team: Team) -> None:
    assert asked_about(team, {"id": ANA, "deleted": True}, {"id": SAM, "deleted": False}) == [ANA, SAM]


def test_two_words_of_the_same_change_are_asked_about_once(team: Team) -> None:
    assert asked_about(team, {"id": ANA, "deleted": True}, {"id": ANA, "deleted": True}) == [ANA]


def test_a_new_status_or_somebody_whom_no_model_names_is_nothing_to_ask_about(team: Team) -> None:
    busy = {"id": ANA, "deleted": False, "profile": {"status_text": "at lunch"}}
    assert asked_about(team, busy, {"id": ANA}, {"id": SAM, "deleted": True}, {"id": STRANGER, "deleted": True}) == []


def test_an_event_in_an_unknown_shape_asks_nothing(team: Team) -> None:
    assert asked_about(team, {}, {"deleted": True}, {"id": None, "deleted": True}) == []
