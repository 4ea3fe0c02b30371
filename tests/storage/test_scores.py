"""The scores of teams: a row a team and week, for a year."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from playbooks.scores import Score
from storage import scores
from storage.models import TeamScore
from storage.transaction import Storage

MONDAY = date(2026, 11, 23)


def test_a_week_noted_twice_is_one_row_a_team(storage: Storage) -> None:
    for lacked in (9, 3):
        with storage.transaction() as tx:
            scores.keep(tx, MONDAY, {"risk": Score(models=2, asked=30, lacked=lacked), "": Score(models=1, asked=9)})
    with storage.reading() as tx:
        assert scores.of_teams(tx, since=MONDAY) == {
            "": {MONDAY: Score(models=1, asked=9)},
            "risk": {MONDAY: Score(models=2, asked=30, lacked=3)},
        }
        assert scores.of_all(tx, since=MONDAY) == {MONDAY: Score(models=3, asked=39, lacked=3)}
        assert scores.of_all(tx, since=MONDAY + timedelta(days=1)) == {}


def test_after_a_year_it_is_forgotten_so_that_it_grows_no_more(storage: Storage) -> None:
    teams = {f"team-{number}": Score(models=1, asked=10, lacked=number % 9) for number in range(600)}
    for week in range(0, 60, 10):
        with storage.transaction() as tx:
            scores.keep(tx, MONDAY + timedelta(weeks=week), teams)
    with storage.reading() as tx:
        assert min(scores.of_all(tx, since=MONDAY)) == MONDAY
        assert tx.session.scalar(select(func.count()).select_from(TeamScore)) == 6 * 600
    with storage.transaction() as tx:
        scores.keep(tx, MONDAY + timedelta(weeks=54), teams)
    with storage.reading() as tx:
        assert min(scores.of_all(tx, since=MONDAY)) == MONDAY + timedelta(weeks=10)
