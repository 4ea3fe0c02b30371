"""How well models are documented, many taken together: what is asked for, what is lacking, and that over the weeks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from playbooks.card import ModelCard, missing
from playbooks.fields import required

WEEKS: Final = 12
"""How many weeks a chart shows, this one included."""
Weeks = Sequence[int | None]
"""Percent week by week, the present one last; None for a week of which nothing was noted."""
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many models, how many fields they should have in all, and how many of those are missing."""

    models: int = 0
    asked: int = 0
    lacked: int = 0

    @property
    def percent(self) -> int | None:
        """Rounded down, so that only what is whole is 100; None where nothing is asked for."""
        return 100 * (self.asked - self.lacked) // self.asked if self.asked else None

    def __add__(self, other: Score) -> Score:
        return Score(
            models=self.models + other.models, asked=self.asked + other.asked, lacked=self.lacked + other.lacked
        )


def score_of(card: ModelCard) -> Score:
    """One model, by what its tier and mode ask for."""
    return Score(models=1, asked=len(required(card.tier, card.mode)), lacked=len(missing(card)))


def together(scores: Iterable[Score]) -> Score:
    """Several as one: each model counts by what it should have."""
    return sum(scores, Score())


def by_team(models: Iterable[tuple[str, Score]]) -> dict[str, tuple[str, Score]]:
    """(team, score) of each model → the team, as it is compared: as its first model spells it, and all of its together.

    Models of no team are there too, under an empty name.
    """
    teams: dict[str, tuple[str, Score]] = {}
    for team, score in models:
        name, before = teams.get(folded(team), (" ".join(team.split()).lstrip("@")[:100], Score()))
        teams[folded(team)] = name, before + score
    return teams


def folded(team: str) -> str:
    """A team's name as it is compared: “@ML-Platform” and “ml-platform” are one."""
    return " ".join(team.split()).lstrip("@").casefold()[:100]


def over_weeks(now: Score, before: Mapping[date, Score], today: date) -> list[int | None]:
    """Percent of up to `WEEKS` weeks, the present one last, from what was noted on some days before.

    A week without a note stays a gap: it must not be taken for the one after it.
    """
    found: list[int | None] = []
    for back in range(WEEKS - 1, 0, -1):
        days = [day for day in before if back * _WEEK <= today - day < (back + 1) * _WEEK]
        found.append(before[max(days)].percent if days else None)
    first = next((at for at, one in enumerate(found) if one is not None), len(found))
    return [*found[first:], now.percent] if now.asked else []


def change(weeks: Weeks, back: int) -> int | None:
    """By how many points it is better than that many weeks ago; None where nobody knows."""
    if len(weeks) <= back:
        return None
    now, then = weeks[-1], weeks[-1 - back]
    return None if now is None or then is None else now - then
