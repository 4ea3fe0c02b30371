"""When people work: working days, public holidays, hours and zones; everything else in UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from playbooks.policy import WEEKDAYS, Policy

Zone = ZoneInfo | str | None

_A_DAY, _A_WEEK = timedelta(days=1), timedelta(days=7)
# A policy may leave no working day (Mondays only, in a land of Monday holidays); nothing searches longer than this.
_LONGEST_SEARCH = 370


def zone_of(zone: Zone, policy: Policy) -> ZoneInfo:
    """A person's zone; the policy's when it is not known or no zone of this world."""
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone) if zone else policy.zone
    except (KeyError, ValueError, OSError):
        return policy.zone


def is_working_day(day: date, policy: Policy) -> bool:
    """Whether people work on this day."""
    working = policy.working_time
    if WEEKDAYS[day.weekday()] not in working.days:
        return False
    return not working.country or day not in _days_off(working.country, working.region, day.year)


def move_working_days(day: date, count: int, policy: Policy) -> date:
    """The working day `count` working days after `day`, or before it when negative."""
    step = _A_DAY if count > 0 else -_A_DAY
    for _ in range(abs(count)):
        day += step
        for _ in range(_LONGEST_SEARCH):
            if is_working_day(day, policy):
                break
            day += step
    return day


def next_working_moment(at: datetime, policy: Policy, zone: Zone = None) -> datetime:
    """`at` itself when somebody in this zone works then, else when their next working day starts. UTC."""
    local = at.astimezone(zone_of(zone, policy))
    working = policy.working_time
    if is_working_day(local.date(), policy) and local.time() < working.end:
        return max(at.astimezone(UTC), day_start(local.date(), policy, zone))
    return day_start(move_working_days(local.date(), 1, policy), policy, zone)


def day_start(day: date, policy: Policy, zone: Zone = None) -> datetime:
    """When work starts on a day. UTC."""
    return datetime.combine(day, policy.working_time.start, zone_of(zone, policy)).astimezone(UTC)


def day_end(day: date, policy: Policy, zone: Zone = None) -> datetime:
    """When work ends on a day. UTC."""
    return datetime.combine(day, policy.working_time.end, zone_of(zone, policy)).astimezone(UTC)


def next_digest(after: datetime, policy: Policy) -> datetime:
    """The first moment after `after` at which the weekly digest is due. UTC."""
    return next(at for at in _digests(after, policy) if at > after)


def newest_digest(at: datetime, policy: Policy) -> datetime:
    """The last moment, `at` itself included, at which the weekly digest was due. UTC."""
    return [due for due in _digests(at - _A_WEEK, policy) if due <= at][-1]


def _digests(around: datetime, policy: Policy) -> list[datetime]:
    """When it is due in the weeks around a moment: once on each such day, whatever its clocks do.

    A time that a day skips is as much later as the clocks went forward, and of a time that it has twice the first
    counts. So one that is due before midnight may come after it, and the search begins well before the moment.
    """
    rules = policy.ownership
    first = around.astimezone(policy.zone).date() - _A_WEEK
    first += _A_DAY * ((WEEKDAYS.index(rules.digest_day) - first.weekday()) % 7)
    days = [first + week * _A_WEEK for week in range(4)]
    return [datetime.combine(day, rules.digest_time, policy.zone).astimezone(UTC) for day in days]


@lru_cache(maxsize=64)
def _days_off(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))
