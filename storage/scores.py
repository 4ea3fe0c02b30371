"""How well each team's models were documented, one row a team and week: for a year, and no longer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from sqlalchemy import delete, func, select

from playbooks.scores import Score
from storage.models import TeamScore
from storage.transaction import Transaction
from storage.upserts import upsert

KEPT: Final = timedelta(weeks=53)
_AT_ONCE: Final = 500


def keep(tx: Transaction, week: date, scores: Mapping[str, Score]) -> None:
    """Write down how well each team (its name as `scores.folded` has it; empty for none) does in the week that is
    called by this day, and forget what is older than a year."""
    rows = [
        {"week": week.isoformat(), "team": team, "models": one.models, "asked": one.asked, "lacked": one.lacked}
        for team, one in sorted(scores.items())
    ]
    for start in range(0, len(rows), _AT_ONCE):
        upsert(tx, TeamScore, rows[start : start + _AT_ONCE])
    tx.session.execute(delete(TeamScore).where(TeamScore.week < (week - KEPT).isoformat()))


def of_teams(tx: Transaction, *, since: date) -> dict[str, dict[date, Score]]:
    """Team → day → what was noted then."""
    found: dict[str, dict[date, Score]] = {}
    rows = select(TeamScore.team, TeamScore.week, TeamScore.models, TeamScore.asked, TeamScore.lacked)
    for team, week, models, asked, lacked in tx.session.execute(rows.where(TeamScore.week >= since.isoformat())):
        noted = Score(models=models, asked=asked, lacked=lacked)
        found.setdefault(team, {})[date.fromisoformat(week)] = noted
    return found


def of_all(tx: Transaction, *, since: date) -> dict[date, Score]:
    """Day → what was noted then, of all teams together."""
    sums = (func.sum(TeamScore.models), func.sum(TeamScore.asked), func.sum(TeamScore.lacked))
    rows = select(TeamScore.week, *sums).where(TeamScore.week >= since.isoformat()).group_by(TeamScore.week)
    return {
        date.fromisoformat(week): Score(models=int(models), asked=int(asked), lacked=int(lacked))
        for week, models, asked, lacked in tx.session.execute(rows)
    }
