"""An owner who leaves is found out however they became one, and somebody is asked whose the model is then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.effects import LookUpPerson
from bot.sync import sync
from storage import people
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.runs.team import ANA, KIM, NAMES, START, Team

NOOR = "U08NOORAZI"


@pytest.fixture
def team(storage: Storage) -> Team:
    return Team(storage)


def looked_up(team: Team) -> list[str]:
    with team.storage.reading() as tx:
        rows = tx.session.scalars(select(Effect).where(Effect.kind == "LookUpPerson").order_by(Effect.id))
        return [row.payload["user"] for row in rows]


def leaves(team: Team, user: str) -> None:
    learnt = {"name": NAMES.get(user, "Somebody"), "email": f"{user}@example.com", "deactivated": True}
    with team.storage.transaction() as tx:
        team.feature.learnt[LookUpPerson](team.desk(tx, ""), LookUpPerson(user=user), learnt)


def test_somebody_who_was_made_owner_in_slack_alone_is_looked_up_every_day(team: Team) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, NOOR, name="Noor Aziz", email="noor@example.com", now=START)
    form = team.click(ANA, "owning.hand-over", "fraud-scorer")
    assert form is not None
    assert team.send(ANA, form.modal, to=NOOR, why="") is None

    sync(team.storage, [], START + timedelta(hours=25))

    assert NOOR in looked_up(team)
    leaves(team, NOOR)
    assert "has left" in team.told(KIM)[-1]
    again = len(looked_up(team))
    sync(team.storage, [], START + timedelta(hours=26))
    assert len(looked_up(team)) == again, "once a day"
