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
        ((("7", 99999), (None, 30000), ("7", 10)), "champion was put on 7, 10 minutes before the first bad prediction"),
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


def test_a_move_that_was_taken_back_before_anybody_opened_is_told_too() -> None:
    seen = (("7", 5000), ("8", 42), ("7", 5))
    assert champion(*seen, first_bad_at=None) == (
        "champion moved from 8 to 7, 35 minutes before this was opened; "
        "37 minutes before that champion moved from 7 to 8"
    )
    # What moved on takes nothing back.
    assert champion(("7", 5000), ("8", 90), ("9", 60)) == (
        "champion moved from 8 to 9, 1 hour before the first bad prediction"
    )
    # It was found out later that the predictions were bad before the move: then it is none.
    assert champion(("7", 5000), ("8", 42), first_bad_at=BAD - timedelta(hours=3)) is None


def test_aliases_that_moved_in_one_go_are_named_together() -> None:
    rows = [
        ("mlflow", alias, version, BAD - timedelta(minutes=before))
        for alias in ("champion", "champion-eu", "champion-us")
        for version, before in (("7", 500), ("8", 42))
    ]
    found = trigger(moves(stays(rows)), serving="champion", first_bad_at=BAD, declared_at=DECLARED)
    assert found is not None
    assert found[1] == (
        "champion, champion-eu and champion-us moved from 7 to 8, 42 minutes before the first bad prediction"
    )


def test_a_region_that_moved_some_time_before_the_last_one_is_named_behind_it() -> None:
    them = [("champion-eu", "7", 500), ("champion-us", "7", 500), ("champion-eu", "8", 102), ("champion-us", "8", 42)]
    assert said(*them, alias="") == (
        "champion-us moved from 7 to 8, 42 minutes before the first bad prediction; "
        "1 hour before that champion-eu moved from 7 to 8"
    )


def test_of_two_registries_that_saw_the_same_the_first_one_counts() -> None:
    """The file was written by hand when somebody saw what MLflow had said half an hour before."""
    rows = [
        (source, "champion", version, BAD - timedelta(minutes=before))
        for source, version, before in (
            ("mlflow", "7", 500),
            ("file", "7", 500),
            ("mlflow", "8", 42),
            ("file", "8", 12),
        )
    ]
    found = trigger(moves(stays(rows)), serving="champion", first_bad_at=BAD, declared_at=DECLARED)
    assert found is not None
    assert (found[0].source, found[1]) == (
        "mlflow",
        "champion moved from 7 to 8, 42 minutes before the first bad prediction",
    )
    again = [("mlflow", "champion", "7", BAD - timedelta(minutes=9)), ("mlflow", "champion", "8", BAD)]
    found = trigger(moves(stays([*rows, *again])), serving="champion", first_bad_at=BAD, declared_at=DECLARED)
    assert found is not None
    assert found[1].startswith("champion moved from 7 to 8, less than a minute before the first bad prediction")


def test_each_registry_has_a_history_of_its_own() -> None:
    rows = [("file", "champion", "7", BAD), ("mlflow", "champion", "8", BAD), ("file", "champion", "9", DECLARED)]
    them = stays(rows)
    assert [(stay.source, stay.version, stay.since, stay.until) for stay in them] == [
        ("file", "7", BAD, DECLARED),
        ("file", "9", DECLARED, None),
        ("mlflow", "8", BAD, None),
    ]
    assert list(moves(them)) == [Move(alias="champion", before="7", after="9", seen_at=DECLARED, source="file")]
