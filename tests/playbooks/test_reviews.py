"""When a review is due and who is reminded: working days, holidays, zones, and one level up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from playbooks.lifecycle import Severity
from playbooks.policy import Policy, load_policy, parse_policy
from playbooks.reviews import Reminder, author, due_at, next_reminder, next_working_moment, working_days_late
from playbooks.working_time import is_working_day, move_working_days, next_digest, zone_of

POLICY = load_policy()
GERMANY = parse_policy("working_time: {time_zone: Europe/Berlin, country: DE, region: BY}", "own.yaml")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("resolved", "severity", "zone", "due"),
    [
        ("2026-11-20T12:00", Severity.SEV1, None, "2026-11-25T17:00"),  # a Friday, three working days
        ("2026-11-21T12:00", Severity.SEV1, None, "2026-11-25T17:00"),  # a Saturday
        ("2026-11-20T12:00", Severity.SEV2, "Asia/Tokyo", "2026-11-27T08:00"),
        ("2026-11-20T20:00", Severity.SEV1, "Asia/Tokyo", "2026-11-25T08:00"),  # it is Saturday there already
        ("2026-10-23T12:00", Severity.SEV1, "America/New_York", "2026-10-28T21:00"),  # summer time there,
        ("2026-10-30T12:00", Severity.SEV1, "America/New_York", "2026-11-04T22:00"),  # and over its end
    ],
)
def test_a_review_is_due_in_working_days_of_the_person_who_owes_it(
    resolved: str, severity: Severity, zone: str | None, due: str
) -> None:
    assert due_at(utc(resolved), severity, POLICY, zone) == utc(due)


def test_a_small_incident_owes_no_review() -> None:
    assert due_at(utc("2026-11-20T12:00"), Severity.SEV4, POLICY) is None
    assert next_reminder(None, None, utc("2026-11-20T12:00"), POLICY) is None


def test_public_holidays_are_days_off_where_the_policy_says_so() -> None:
    assert not is_working_day(date(2026, 12, 25), GERMANY)
    assert not is_working_day(date(2026, 1, 6), GERMANY)  # Epiphany, in Bavaria
    assert is_working_day(date(2026, 12, 25), POLICY)
    assert move_working_days(date(2026, 12, 23), 2, GERMANY) == date(2026, 12, 28)
    assert move_working_days(date(2026, 12, 28), -1, GERMANY) == date(2026, 12, 24)
    assert due_at(utc("2026-12-23T12:00"), Severity.SEV1, GERMANY) == utc("2026-12-29T16:00")


@pytest.mark.parametrize(
    ("at", "zone", "moment"),
    [
        ("2026-11-20T12:30", None, "2026-11-20T12:30"),
        ("2026-11-20T03:00", None, "2026-11-20T09:00"),
        ("2026-11-20T17:00", None, "2026-11-23T09:00"),
        ("2026-11-22T12:00", None, "2026-11-23T09:00"),
        ("2026-11-20T12:30", "Asia/Tokyo", "2026-11-23T00:00"),
        ("2026-11-20T12:30", "Mars/Olympus", "2026-11-20T12:30"),
    ],
)
def test_people_are_reminded_when_they_work(at: str, zone: str | None, moment: str) -> None:
    assert next_working_moment(utc(at), POLICY, zone) == utc(moment)


def test_an_unknown_zone_is_the_policys() -> None:
    assert zone_of("Mars/Olympus", GERMANY) == ZoneInfo("Europe/Berlin")
    assert zone_of(None, GERMANY) == ZoneInfo("Europe/Berlin")
    assert zone_of("../../etc/passwd", GERMANY) == ZoneInfo("Europe/Berlin")
    assert zone_of(ZoneInfo("Asia/Seoul"), GERMANY) == ZoneInfo("Asia/Seoul")


def all_reminders(due: datetime, told: datetime, until: datetime, policy: Policy = POLICY) -> list[Reminder]:
    """What is sent when somebody looks every ten minutes."""
    sent: list[Reminder] = []
    last, now = told, told
    while now < until:
        reminder = next_reminder(due, last, now, policy)
        assert reminder is not None
        if reminder.when <= now:
            sent.append(reminder)
            last = now
        now += timedelta(minutes=10)
    return sent


def test_a_reminder_comes_before_on_and_after_the_day_and_then_one_level_up() -> None:
    due = utc("2026-11-25T17:00")
    sent = all_reminders(due, utc("2026-11-20T12:00"), utc("2026-12-02T00:00"))
    assert [(one.when.isoformat()[:16], one.level, one.wording) for one in sent] == [
        ("2026-11-24T09:00", "person", "before"),
        ("2026-11-25T09:00", "person", "on"),
        ("2026-11-26T09:00", "person", "overdue"),
        ("2026-11-27T09:00", "person", "overdue"),
        ("2026-11-30T09:00", "up", "level-up"),
        ("2026-12-01T09:00", "up", "level-up"),
    ]


def test_after_a_week_of_silence_one_reminder_makes_up_for_all_that_were_missed() -> None:
    due, now = utc("2026-11-25T17:00"), utc("2026-12-06T15:00")
    missed = next_reminder(due, utc("2026-11-20T12:00"), now, POLICY)
    assert missed == Reminder(utc("2026-12-07T09:00"), "up", "level-up")
    following = next_reminder(due, missed.when, missed.when, POLICY)
    assert following == Reminder(utc("2026-12-08T09:00"), "up", "level-up")


def test_a_restart_between_two_looks_forgets_nothing_and_repeats_nothing() -> None:
    due, sent_at = utc("2026-11-25T17:00"), utc("2026-11-25T09:07")
    again = next_reminder(due, sent_at, sent_at, POLICY)
    assert again == Reminder(utc("2026-11-26T09:00"), "person", "overdue")
    assert next_reminder(due, sent_at, utc("2026-11-26T11:00"), POLICY) == Reminder(
        utc("2026-11-26T11:00"), "person", "overdue"
    )


def test_the_policy_can_leave_out_the_early_reminders() -> None:
    quiet = parse_policy(
        "reviews: {remind_before_days: 0, remind_on_day: false, remind_after_every_days: 2,"
        " overdue_times_before_level_up: 0}",
        "own.yaml",
    )
    sent = all_reminders(utc("2026-11-25T17:00"), utc("2026-11-20T12:00"), utc("2026-12-02T00:00"), quiet)
    assert [(one.when.isoformat()[:10], one.level) for one in sent] == [("2026-11-27", "up"), ("2026-12-01", "up")]


def test_a_snooze_only_postpones() -> None:
    due, snoozed_until = utc("2026-11-25T17:00"), utc("2026-12-01T12:00")
    reminder = next_reminder(due, utc("2026-11-25T09:00"), snoozed_until, POLICY)
    assert reminder is not None
    assert reminder.when == snoozed_until


def test_lateness_counts_working_days() -> None:
    due = utc("2026-11-25T17:00")
    assert working_days_late(due, utc("2026-11-25T23:00"), POLICY) == 0
    assert working_days_late(due, utc("2026-11-26T08:00"), POLICY) == 1
    assert working_days_late(due, utc("2026-11-29T12:00"), POLICY) == 2
    assert working_days_late(due, utc("2026-11-30T12:00"), POLICY) == 3


def test_the_author_is_the_commander_else_the_owner_else_the_opener() -> None:
    assert author(POLICY, {"commander": "U1", "owner": "U2", "opener": "U3"}) == "U1"
    assert author(POLICY, {"commander": None, "owner": "U2", "opener": "U3"}) == "U2"
    assert author(POLICY, {"opener": "U3"}) == "U3"
    assert author(POLICY, {}) is None
    own = parse_policy("reviews: {author: [owner, opener]}", "own.yaml")
    assert author(own, {"commander": "U1", "opener": "U3"}) == "U3"


def test_the_digest_comes_every_monday_morning_of_the_policys_zone() -> None:
    assert next_digest(utc("2026-11-20T12:00"), POLICY) == utc("2026-11-23T09:00")
    assert next_digest(utc("2026-11-23T09:00"), POLICY) == utc("2026-11-30T09:00")
    assert next_digest(utc("2026-11-23T07:59"), GERMANY) == utc("2026-11-23T08:00")
