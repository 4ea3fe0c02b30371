"""Reminders of a review: before, on and after its time, to one person, then one level up, until it is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage import people
from storage.database import open_engine, parse_url
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, START, Team

PARIS = ZoneInfo("Europe/Paris")
NAG = "Your review of INC-1"
UP = "'s review of INC-1"


@pytest.fixture
def resolved(team: Team) -> Team:
    """Resolved on a Friday; its review is Ana's, due on the Friday after at 17:00 in Paris."""
    team.type(ERIK, "resolve rolled back to 41")
    return team


def days_pass(team: Team, days: float, *, every: timedelta = timedelta(hours=1)) -> list[tuple[str, str]]:
    """Two replicas tick all the while: (when in Paris, who was told) of each nag."""
    heard: list[tuple[str, str]] = []
    until = team.now + timedelta(days=days)
    before = _nags(team)
    while team.now < until:
        team.now += every
        team.at_once(team.tick, team.tick)
        after = _nags(team)
        heard += [(f"{team.now.astimezone(PARIS):%a %H}", who) for who in after[len(before) :]]
        before = after
    return heard


def _nags(team: Team) -> list[str]:
    rows = team.owed("Tell")
    return [row.payload["user"] for row in rows if NAG in row.payload["text"] or UP in row.payload["text"]]


def test_before_on_and_after_the_due_time_in_working_hours_then_one_level_up(resolved: Team) -> None:
    assert days_pass(resolved, 14) == [
        ("Thu 09", ANA),  # the day before
        ("Fri 09", ANA),  # the day it is due
        ("Mon 09", ANA),
        ("Tue 09", ANA),
        ("Wed 09", ANA),  # overdue for the third time: the team's lead hears of it too
        ("Wed 09", KIM),
        ("Thu 09", ANA),
        ("Thu 09", KIM),
        ("Fri 09", ANA),
        ("Fri 09", KIM),
    ]
    assert "is due" in resolved.told(ANA, NAG)[0]
    assert "was due" in resolved.told(ANA, NAG)[2]
    assert "<@U01ANAMOR>'s review of INC-1" in resolved.told(KIM)[-1]


def test_however_the_time_jumps_nothing_is_repeated_and_what_was_missed_is_said_once(
    resolved: Team, caplog: pytest.LogCaptureFixture
) -> None:
    resolved.now = datetime(2026, 12, 5, 3, 0, tzinfo=START.tzinfo)  # a Saturday night, a week overdue
    resolved.tick_twice()
    assert _nags(resolved) == []
    resolved.now = datetime(2026, 12, 7, 11, 0, tzinfo=START.tzinfo)
    resolved.tick_twice()
    assert sorted(_nags(resolved)) == sorted([ANA, KIM])
    resolved.tick_twice()
    assert len(_nags(resolved)) == 2
    assert "could not be handled" not in caplog.text


def test_a_restart_between_two_ticks_forgets_nothing_and_repeats_nothing(resolved: Team) -> None:
    url = resolved.storage.engine.url.render_as_string(hide_password=False)
    first = days_pass(resolved, 7, every=timedelta(hours=6))
    resolved.storage = Storage(open_engine(parse_url(url)))
    try:
        resolved.tick_twice()
        assert len(_nags(resolved)) == len(first) == 2
        assert [who for _, who in days_pass(resolved, 3, every=timedelta(hours=6))] == [ANA]
    finally:
        resolved.storage.close()


def test_it_ends_when_the_review_is_dismissed(resolved: Team) -> None:
    form = resolved.click(ANA, "reviews.dismiss")
    assert form is not None
    resolved.send(ANA, form.modal, reason="a duplicate")
    assert days_pass(resolved, 20, every=timedelta(hours=8)) == []


def test_a_snooze_only_postpones(resolved: Team) -> None:
    resolved.wait(days=7, hours=4)  # overdue
    form = resolved.click(ANA, "reviews.snooze")
    assert form is not None
    assert resolved.send(ANA, form.modal, days="2", reason="away until Tuesday") is None
    assert "away until Tuesday" in str(resolved.review_message().blocks)
    due = resolved.review().due_at
    heard = days_pass(resolved, 8)
    assert heard[0] == ("Wed 09", ANA)
    assert resolved.review().due_at == due
    assert "away until Tuesday" not in str(resolved.review_message().blocks)
    assert "away until Tuesday" in (resolved.timeline("review")[-1].reason or "")


def test_a_snooze_never_brings_a_reminder_forward(resolved: Team) -> None:
    form = resolved.click(ANA, "reviews.snooze")
    assert form is not None
    resolved.send(ANA, form.modal, days="1", reason="later")
    assert days_pass(resolved, 6.9)[0] == ("Thu 09", ANA)


def test_reopening_silences_it_and_resolving_again_starts_anew(resolved: Team) -> None:
    assert len(days_pass(resolved, 6.9, every=timedelta(hours=3))) == 2
    resolved.type(ERIK, "reopen it is zero again")
    assert days_pass(resolved, 14, every=timedelta(hours=12)) == []
    resolved.type(ERIK, "resolve now it is over")
    assert len(resolved.told(ANA, "You are named for the review")) == 2
    assert [who for _, who in days_pass(resolved, 12)][:4] == [ANA] * 4


def test_whoever_takes_it_over_is_reminded_instead(resolved: Team) -> None:
    form = resolved.click(ANA, "reviews.hand-over")
    assert form is not None
    resolved.send(ANA, form.modal, author=LEE)
    assert {who for _, who in days_pass(resolved, 10, every=timedelta(hours=4))} == {LEE}


def test_an_author_who_left_is_not_waited_for(resolved: Team) -> None:
    with resolved.storage.transaction() as tx:
        people.keep_person(tx, ANA, name="Ana Moreau", time_zone="Europe/Paris", deactivated=True, now=START)
    assert days_pass(resolved, 6.9)[0] == ("Thu 09", KIM)


def test_private_incidents_are_named_to_their_members_alone(storage: Storage) -> None:
    team = Team(storage, private=True)
    team.type(ERIK, "resolve rolled back")
    heard = days_pass(team, 16)
    assert {who for _, who in heard} == {ANA, ERIK}  # the team's lead is not in it, whoever opened it is
    for user in (KIM, LEE, PAT):
        assert team.told(user) == []


@pytest.mark.parametrize("kind", ["test", "drill"])
def test_nobody_is_asked_for_the_review_of_a_test(storage: Storage, kind: str) -> None:
    team = Team(storage, kind=kind)
    team.type(ERIK, "resolve rolled back")
    assert team.review().due_at is None
    assert team.told(ANA, "review") == []
    assert days_pass(team, 16, every=timedelta(hours=8)) == []


def test_one_reminder_that_fails_does_not_stop_the_others(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    from storage import reminders

    with team.storage.transaction() as tx:
        reminders.promise(tx, key="odd", kind="of-another-version", next_due_at=START)
    team.type(ERIK, "resolve rolled back")
    assert days_pass(team, 6.9, every=timedelta(hours=12))[0][1] == ANA
    assert "could not be handled" in caplog.text


def test_people_who_work_while_the_clock_ticks_are_never_kept_waiting_for_each_other(resolved: Team) -> None:
    """On PostgreSQL two who lock in different orders would end each other."""
    resolved.wait(days=10)
    form = resolved.click(ANA, "reviews.snooze")
    assert form is not None

    def put_off() -> None:
        resolved.send(ANA, form.modal, days="1", reason="busy")

    for _ in range(5):
        worked, refused = resolved.at_once(resolved.tick, put_off, resolved.tick, put_off)
        assert (len(worked), refused) == (4, [])
        resolved.wait(days=2)
