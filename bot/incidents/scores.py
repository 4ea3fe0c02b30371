"""How well teams document their models now, held against what the weekly digests noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bot.incidents.desk import Desk
from bot.views.scores import Standing
from playbooks.scores import WEEKS, Score, Weeks, over_weeks, together
from storage import scores

Teams = Mapping[str, tuple[str, Score]]
"""A team's name as it is compared → as its models spell it, and how well they are documented."""


def standings(desk: Desk, teams: Teams, day: date | None = None) -> dict[str, Standing]:
    """Every team of these, with the weeks before this day."""
    today = day or today_of(desk)
    noted = scores.of_teams(desk.tx, since=_since(today))
    return {
        key: Standing(name=name, models=score.models, weeks=over_weeks(score, noted.get(key, {}), today))
        for key, (name, score) in teams.items()
    }


def overall(desk: Desk, teams: Teams, day: date | None = None) -> Weeks:
    """All teams together, the same way."""
    today = day or today_of(desk)
    return over_weeks(
        together(score for _, score in teams.values()), scores.of_all(desk.tx, since=_since(today)), today
    )


def worst_first(standing: Standing) -> tuple[int, int, str]:
    """The order in which teams are listed: the least documented, and of those the largest."""
    return standing.percent, -standing.models, standing.name


def today_of(desk: Desk) -> date:
    """The day that it is for the organisation."""
    return desk.now.astimezone(desk.policy.zone).date()


def _since(today: date) -> date:
    return today - timedelta(weeks=WEEKS)
