"""The weekly digest comes once a week: whatever clocks, restarts, replicas, jumps and sizes of a catalogue do."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.incidents import digest
from playbooks.card import Fact, ModelCard
from playbooks.policy import WEEKDAYS, Policy, parse_policy
from playbooks.working_time import newest_digest, next_digest
from storage import catalogue, reminders, reports
from storage.transaction import Storage
from tests.bot.reviews.test_digest import MONDAY, keep, monday, posted, team, to_owner
from tests.bot.runs.team import ERIK, LEE, START, Team

__all__ = ["team"]
ZONES = sorted(available_timezones() - {"Factory", "localtime"})
WEEK = timedelta(days=7)


def policy_of(zone: str, day: str, at: time) -> Policy:
    text = f"working_time: {{time_zone: {zone}}}\nownership: {{digest_day: {day}, digest_time: '{at:%H:%M}'}}"
    return parse_policy(text, "policy.yaml")


@given(
    zone=st.sampled_from(ZONES),
    day=st.sampled_from(WEEKDAYS),
    at=st.times(timezones=st.none()).map(lambda moment: moment.replace(second=0, microsecond=0)),
    after=st.integers(0, 6 * 365 * 24 * 60).map(
        lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
)
@example("Europe/Berlin", "sun", time(2, 30), datetime(2026, 3, 28, 12, tzinfo=UTC))  # 02:30 does not come
@example("Europe/Berlin", "sun", time(2, 30), datetime(2026, 10, 25, 0, 45, tzinfo=UTC))  # 02:30 comes twice
@example("America/Nuuk", "sat", time(23, 45), datetime(2026, 3, 29, 1, 10, tzinfo=UTC))  # Saturday ends at 23:00
@settings(max_examples=400, deadline=None)
def test_every_week_has_exactly_one_moment_at_the_local_time_whatever_the_zone_does(
    zone: str, day: str, at: time, after: datetime
) -> None:
    policy = policy_of(zone, day, at)
    first = next_digest(after, policy)
    second = next_digest(first, policy)
    assert after < first < second
    assert newest_digest(first, policy) == newest_digest(second - timedelta(microseconds=1), policy) == first
    assert newest_digest(after, policy) <= after
    between = first + (second - first) / 2
    assert next_digest(between, policy) == second, "from wherever one looks, the next is the same"
    assert next_digest(newest_digest(after, policy), policy) == first, "none is left out, and none comes twice"
    nominal = [moment.astimezone(ZoneInfo(zone)) for moment in (first, second)]
    for local in nominal:
        wanted = datetime.combine(local.date(), at, ZoneInfo(zone))
        exists = wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted.replace(tzinfo=None)
        if exists and WEEKDAYS[local.weekday()] == day:
            assert local.time() == at
        else:  # the clocks went forward over it, so that it comes that much later
            assert timedelta(0) < local.replace(tzinfo=None) - _before(local, day, at) <= timedelta(hours=2)
    assert abs(second - first - WEEK) <= timedelta(hours=2)


def _before(local: datetime, day: str, at: time) -> datetime:
    days = (local.weekday() - WEEKDAYS.index(day)) % 7
    return datetime.combine(local.date() - timedelta(days=days), at)


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(hours=30), timedelta(days=6, hours=23)])
def test_after_any_number_of_missed_mondays_one_comes_for_the_newest(team: Team, late_by: timedelta) -> None:
    keep(team.storage, "m", poc__ds=None)
    team.now = MONDAY + 7 * WEEK + late_by
    team.tick_twice()
    team.tick_twice()
    [row] = team.owed("SayInDigestChannel")
    assert row.key == "digest:2027-01-11", "eight came due; what was true seven weeks ago helps nobody"
    assert len(to_owner(team, LEE)) == 1
    monday(team, weeks=8)
    assert [row.key for row in team.owed("SayInDigestChannel")] == ["digest:2027-01-11", "digest:2027-01-18"]
    assert len(to_owner(team, LEE)) == 2


def test_a_clock_that_is_put_back_brings_no_week_again(team: Team) -> None:
    keep(team.storage, "m", poc__ds=None)
    monday(team, weeks=1)
    team.settle()
    with team.storage.transaction() as tx:
        for row in team.owed("SayInDigestChannel", "Tell"):  # long since sent and forgotten
            tx.session.delete(tx.session.merge(row))
    team.now = MONDAY - timedelta(days=2)
    with team.storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    for week in (0, 1):
        monday(team, weeks=week)
        assert posted(team) == to_owner(team, LEE) == []
    monday(team, weeks=2)
    assert len(posted(team)) == len(to_owner(team, LEE)) == 1


@pytest.mark.parametrize(("day", "came"), [("thu", 1), ("sun", 1), ("mon", 2)])
def test_a_later_day_in_the_policy_brings_no_second_one_in_the_same_week(team: Team, day: str, came: int) -> None:
    keep(team.storage, "m", poc__ds=None)
    monday(team)
    team.policy = parse_policy(f"ownership: {{digest_day: {day}, message_owner_every: 1d}}", "policy.yaml")
    with team.storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    for hours in range(0, 7 * 24 + 1, 6):
        team.now = MONDAY + timedelta(hours=hours)
        team.tick()
    assert len(posted(team)) == len(to_owner(team, LEE)) == came
    team.now = MONDAY + timedelta(days=13, hours=23)
    team.tick()
    assert len(posted(team)) == len(to_owner(team, LEE)) == 2


@pytest.fixture
def large(team: Team) -> Team:
    """The same team with more models than one look takes, half of them Lee's, each of them lacking something."""
    lees = {"owner": Fact("lee@example.com", "models.yaml", START)}
    cards = [ModelCard(f"model-{number:03}", lees if number % 2 else {}) for number in range(digest.AT_ONCE + 50)]
    with team.storage.transaction() as tx:
        catalogue.keep(tx, *cards, now=START)
    return team


def test_a_large_catalogue_is_surveyed_in_parts_and_says_what_one_look_would_say(
    large: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday(large)
    large.tick_twice()
    in_parts = posted(large), to_owner(large, LEE)
    assert [len(one) for one in in_parts] == [1, 1]
    monkeypatch.setattr(digest, "AT_ONCE", 10_000)
    large.now = MONDAY
    with large.storage.transaction() as tx:
        for row in large.owed("SayInDigestChannel", "Tell"):
            tx.session.delete(tx.session.merge(row))
        found = reminders.find(tx, digest.KEY)
        assert found is not None
        found.data, found.next_due_at = None, MONDAY
        for part in reports.promised(tx, "digest:tell:"):
            part.data = None
    large.tick_twice()
    assert (posted(large), to_owner(large, LEE)) == in_parts


def test_each_is_told_once_however_often_it_is_looked_and_started_meanwhile(large: Team) -> None:
    for week in range(3):
        large.now = MONDAY + week * WEEK
        for _ in range(6):
            large.at_once(large.tick, large.tick, large.tick)
            with large.storage.transaction() as tx:
                digest.schedule(large.desk(tx, ""))
        assert len(posted(large)) == len(to_owner(large, LEE)) == week + 1


def test_who_hears_every_other_week_does_so_of_a_large_catalogue_too(large: Team) -> None:
    large.policy = parse_policy("ownership: {message_owner_every: 14d}", "policy.yaml")
    heard = []
    for week in range(5):
        large.now = MONDAY + week * WEEK
        for _ in range(3):
            large.tick_twice()
        heard.append(len(to_owner(large, LEE)))
    assert heard == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("size", [10_000, 10])
def test_what_was_told_is_not_told_again_even_where_all_that_was_noted_of_it_is_lost(
    large: Team, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "AT_ONCE", size)
    for _ in range(2):
        monday(large)
        large.tick_twice()
        with large.storage.transaction() as tx:
            for promised in reports.promised(tx, digest.KEY):
                promised.data = None
                promised.next_due_at = MONDAY
    assert len(posted(large)) == len(to_owner(large, LEE)) == 1


def test_no_part_keeps_others_from_writing_for_long(large: Team) -> None:
    with large.storage.transaction() as tx:
        reminder = reminders.find(tx, digest.KEY)
        assert reminder is not None
        large.now = MONDAY
        outcome = digest.on_due(large.desk(tx, ""), reminder)
        assert not outcome.said
        assert outcome.next_due_at == MONDAY, "it stays due until every part is there"
        parts = reports.promised(tx, "digest:look:")
        assert max(len((part.data or {})["models"]) for part in parts) <= digest.MODELS_AT_ONCE
        assert sum(len((part.data or {})["models"]) for part in parts) == digest.AT_ONCE + 51


def test_whatever_an_incident_owes_goes_first(storage: Storage) -> None:
    team = Team(storage)
    keep(storage, "m", poc__ds=None)
    with storage.transaction() as tx:
        digest.schedule(team.desk(tx, ""))
    monday(team)
    of_digest = [row for row in team.owed("SayInDigestChannel", "Tell") if row.key.startswith("digest:")]
    team.id = team.declare(what="later than the digest")
    team.type(ERIK, f"role commander <@{LEE}|lee>")
    others = team.owed("CreateChannel", "DrawCard", "Invite", "Tell", "SayInIncident", "DrawStep")
    assert len(of_digest) >= 2
    last = max(row.priority for row in others if not row.key.startswith("digest:"))
    assert min(row.priority for row in of_digest) > last
    dms = {row.stream for row in others if row.kind == "Tell" and not row.key.startswith("digest:")}
    assert f"dm:{LEE}" in dms
    assert len(to_owner(team, LEE)) == 1
    assert dms.isdisjoint(row.stream for row in of_digest), "no role's instructions wait for a digest"
