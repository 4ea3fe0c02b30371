"""Aliases that moved: what served since when, and what is an answer to “what changed?”."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from playbooks.moves import Move, moves, stays, trigger

BAD = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
DECLARED = BAD + timedelta(minutes=30)


def said(
    *seen: tuple[str, str | None, int], first_bad_at: datetime | None = BAD, alias: str = "champion"
) -> str | None:
    """The trigger, when these (alias, version, minutes before it went bad) were seen."""
    rows = [("mlflow", alias or name, version, BAD - timedelta(minutes=before)) for name, version, before in seen]
    found = trigger(moves(stays(rows)), serving="champion", first_bad_at=first_bad_at, declared_at=DECLARED)
    return found[1] if found else None


def champion(*seen: tuple[str | None, int], first_bad_at: datetime | None = BAD) -> str | None:
    return said(*(("champion", version, before) for version, before in seen), first_bad_at=first_bad_at)


def test_the_last_move_before_the_first_bad_prediction_is_named_with_the_time_between() -> None:
    seen = (("6", 9000), ("7", 3000), ("8", 42))
    assert champion(*seen) == "champion moved from 7 to 8, 42 minutes before the first bad prediction"
    # Half an hour passed until somebody opened it.
    assert champion(*seen, first_bad_at=None) == "champion moved from 7 to 8, 1 hour 12 minutes before this was opened"


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ((("8", 42),), None),  # seen for the first time: it may have been there for years
        ((("7", 30000), ("8", 7 * 24 * 60 + 1)), None),
        ((("7", 30000), ("8", 7 * 24 * 60)), "champion moved from 7 to 8, 7 days before the first bad prediction"),
        ((("7", 500), (None, 10)), "champion was taken off 7, 10 minutes before the first bad prediction"),
        ((("7", 500), (None, 30), ("7", 10)), "champion was put on 7, 10 minutes before the first bad prediction"),
        ((("7", 500), ("8", -11)), None),  # that is the way back
    ],
)
def test_only_a_move_shortly_before_is_an_answer(seen: tuple[tuple[str | None, int], ...], text: str | None) -> None:
    assert champion(*seen) == text


def test_a_move_that_was_seen_a_little_late_is_not_missed() -> None:
    found = champion(("7", 500), ("8", -4))
    said_so = "champion moved from 7 to 8 at about the time of the first bad prediction (seen 4 minutes after it"
    assert str(found).startswith(said_so)
    # What is seen after the declaration may be what people did about it.
    assert champion(("7", 500), ("8", -31), first_bad_at=DECLARED - timedelta(minutes=1)) is None


def test_regions_count_and_other_aliases_do_not() -> None:
    assert said(("", "7", 500), ("", "8", 42), alias="champion-eu") == (
        "champion-eu moved from 7 to 8, 42 minutes before the first bad prediction"
    )
    assert said(("", "7", 500), ("", "8", 42), alias="rollback") is None


def test_each_registry_has_a_history_of_its_own() -> None:
    rows = [("file", "champion", "7", BAD), ("mlflow", "champion", "8", BAD), ("file", "champion", "9", DECLARED)]
    them = stays(rows)
    assert [(stay.source, stay.version, stay.since, stay.until) for stay in them] == [
        ("file", "7", BAD, DECLARED),
        ("file", "9", DECLARED, None),
        ("mlflow", "8", BAD, None),
    ]
    assert list(moves(them)) == [Move(alias="champion", before="7", after="9", seen_at=DECLARED, source="file")]
