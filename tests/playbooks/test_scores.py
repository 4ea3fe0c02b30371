"""How well models are documented, many together and over the weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from playbooks.card import Fact, FactValue, ModelCard
from playbooks.load import shipped_library
from playbooks.readiness import ready
from playbooks.scores import WEEKS, Score, change, folded, over_weeks, score_of, together

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def card(**facts: FactValue) -> ModelCard:
    return ModelCard("ranker", {key: Fact(value, "models.yaml", NOON) for key, value in facts.items()})


def scored(percent: int) -> Score:
    return Score(models=1, asked=100, lacked=100 - percent)


def noted(**percents: int) -> dict[date, Score]:
    """d7=70: a week ago it was 70."""
    return {TODAY - timedelta(days=int(name[1:])): scored(percent) for name, percent in percents.items()}


def test_a_score_counts_what_each_should_have_and_nothing_is_whole_before_it_is() -> None:
    whole = card(**{lack.key: "x" for lack in ready(card(tier="3"), shipped_library()).lacks}, tier="3")
    assert together([]).percent is None
    assert score_of(whole).percent == 100
    both = together([score_of(card(tier="3")), score_of(whole)])
    assert both.models == 2
    assert 0 < (both.percent or 0) < 100
    assert Score(models=9, asked=1000, lacked=1).percent == 99
    assert score_of(card(tier="3")).lacked == len(ready(card(tier="3"), shipped_library()).lacks)


@pytest.mark.parametrize("name", ["risk", " Risk ", "@Risk", "@risk  "])
def test_one_team_written_in_several_ways_is_one(name: str) -> None:
    assert folded(name) == "risk"


def test_the_present_is_held_against_the_same_day_of_the_weeks_before() -> None:
    assert over_weeks(scored(80), noted(d7=70, d14=60), TODAY) == [60, 70, 80]
    in_midweek = over_weeks(scored(80), noted(d2=79, d9=70, d16=60), TODAY)
    assert in_midweek == [60, 70, 80], "what was noted two days ago is this week, and no change against last week"
    moved_day = over_weeks(scored(80), noted(d3=79, d10=70, d17=60), TODAY)
    assert moved_day == [60, 70, 80]
    assert over_weeks(scored(80), noted(d8=60, d13=50), TODAY) == [60, 80], "of two in one week the newer one"


def test_a_week_without_a_digest_is_a_gap_and_not_the_week_after_it() -> None:
    weeks = over_weeks(scored(80), noted(d14=60, d28=40), TODAY)
    assert weeks == [40, None, 60, None, 80]
    assert change(weeks, 1) is None
    assert change(weeks, 4) == 40


def test_only_so_many_weeks_are_shown_and_nothing_of_nothing() -> None:
    a_year = {TODAY - timedelta(weeks=back): scored(50) for back in range(1, 53)}
    assert over_weeks(scored(80), a_year, TODAY) == [50] * (WEEKS - 1) + [80]
    assert over_weeks(Score(), a_year, TODAY) == []
    assert over_weeks(scored(80), {}, TODAY) == [80]
    assert change([80], 1) is None
    assert change([], 1) is None
