"""A rota names exactly one person at every moment, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.rota import Rota, RotasBroken, from_json, on_call, read_rotas, to_json

ROTA = """\
rotas:
  search-ranking:
    zone: Europe/Stockholm
    starts: 2026-11-02
    handover: {day: monday, time: 09:00}
    people: [maya@example.com, "@tom", ana@example.com]
    overrides:
      - from: 2026-11-21T09:00
        until: 2026-11-22T09:00
        person: kim@example.com
"""


def search(text: str = ROTA) -> Rota:
    return read_rotas(text, "rotas.yaml")["search-ranking"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-11-02T07:59", "ana@example.com"),  # before the first turn the rota simply goes on backwards
        ("2026-11-02T08:00", "maya@example.com"),
        ("2026-11-09T07:59:59", "maya@example.com"),
        ("2026-11-09T08:00", "@tom"),
        ("2026-11-16T08:00", "ana@example.com"),
        ("2026-11-23T08:00", "maya@example.com"),
        ("2026-11-21T07:59", "ana@example.com"),
        ("2026-11-21T08:00", "kim@example.com"),
        ("2026-11-22T08:00", "ana@example.com"),
    ],
)
def test_people_take_turns_at_the_handover_and_an_override_goes_first(at: str, person: str) -> None:
    assert on_call(search(), utc(at)).person == person


def test_whoever_is_on_call_is_told_until_when() -> None:
    assert on_call(search(), utc("2026-11-20T12:00")).until == utc("2026-11-21T08:00")
    assert on_call(search(), utc("2026-11-21T12:00")).until == utc("2026-11-22T08:00")
    assert on_call(search(), utc("2026-11-22T12:00")).until == utc("2026-11-23T08:00")


def test_of_two_overrides_at_once_the_one_further_down_counts() -> None:
    later = ROTA + "      - {from: 2026-11-21T12:00, until: 2026-11-21T18:00, person: lee@example.com}\n"
    assert on_call(search(later), utc("2026-11-21T13:00")).person == "lee@example.com"
    assert on_call(search(later), utc("2026-11-21T10:00")).until == utc("2026-11-21T11:00")
    assert on_call(search(later), utc("2026-11-21T17:00")).person == "kim@example.com"


@pytest.mark.parametrize(
    ("monday", "begins"),
    [
        ("2026-03-23", "2026-03-23T08:00"),
        ("2026-03-30", "2026-03-30T07:00"),  # the clocks went forward on Sunday
        ("2026-10-19", "2026-10-19T07:00"),
        ("2026-10-26", "2026-10-26T08:00"),  # and back on Sunday
    ],
)
def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_change(monday: str, begins: str) -> None:
    rota = search(ROTA.replace("2026-11-02", monday))
    assert on_call(rota, utc(begins)).person == "maya@example.com"
    assert on_call(rota, utc(begins) - timedelta(seconds=1)).person == "ana@example.com"


@pytest.mark.parametrize(
    ("day", "clock", "begins"),
    [
        ("2026-03-29", "02:30", "2026-03-29T01:30"),  # this night there is no half past two: half past three it is
        ("2026-10-25", "02:30", "2026-10-25T00:30"),  # and this night there are two: the first
    ],
)
def test_a_handover_at_an_hour_that_is_skipped_or_comes_twice_happens_once(day: str, clock: str, begins: str) -> None:
    text = ROTA.replace("2026-11-02", day).replace("monday", "sunday").replace("09:00}", f"{clock}}}")
    rota = search(text)
    assert on_call(rota, utc(begins)).person == "maya@example.com"
    assert on_call(rota, utc(begins) - timedelta(seconds=1)).person == "ana@example.com"
    assert on_call(rota, utc(begins) + timedelta(hours=1)).person == "maya@example.com"


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(
    ["UTC", "Europe/Stockholm", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
)


@st.composite
def rotas(draw: st.DrawFn) -> Rota:
    zone = draw(zones)
    overrides = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(moments)
        end = start + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=20)))
        overrides.append({"from": start.isoformat(), "until": end.isoformat(), "person": f"swap{len(overrides)}"})
    day = draw(st.sampled_from(["mon", "wednesday", "Sunday"]))
    clock = f"{draw(st.integers(0, 23)):02}:{draw(st.sampled_from([0, 30])):02}"
    return Rota.model_validate(
        {
            "zone": zone,
            "starts": draw(st.dates(datetime(2021, 1, 1).date(), datetime(2030, 1, 1).date())).isoformat(),  # noqa: DTZ001
            "handover": {"day": day, "time": clock},
            "weeks": draw(st.integers(1, 3)),
            "people": [f"p{number}" for number in range(draw(st.integers(1, 5)))],
            "overrides": overrides,
        }
    )


@given(rotas(), moments)
def test_exactly_one_person_is_on_call_at_every_moment_and_until_the_time_that_is_told(
    rota: Rota, at: datetime
) -> None:
    turn = on_call(rota, at)
    assert turn.person in {*rota.people, *(swap.person for swap in rota.overrides)}
    assert at < turn.until <= at + timedelta(weeks=max(rota.weeks, 3), hours=26)
    for part in (0.25, 0.5, 0.999):
        assert on_call(rota, at + (turn.until - at) * part).person == turn.person


@given(rotas(), moments)
def test_without_overrides_everybody_gets_a_whole_turn_and_then_the_next_in_the_list(rota: Rota, at: datetime) -> None:
    rota = rota.model_copy(update={"overrides": ()})
    turn = on_call(rota, at)
    after = on_call(rota, turn.until)
    people = rota.people
    assert after.person == people[(people.index(turn.person) + 1) % len(people)]
    local = [one.astimezone(ZoneInfo(rota.zone)).replace(tzinfo=None) for one in (turn.until, after.until)]
    assert abs(local[1] - local[0] - timedelta(weeks=rota.weeks)) <= timedelta(hours=24)
    assert on_call(rota, at.astimezone(ZoneInfo("Asia/Tokyo"))) == turn


@given(rotas(), moments)
def test_a_rota_that_was_kept_says_the_same(rota: Rota, at: datetime) -> None:
    kept = from_json(to_json(rota))
    assert kept == rota
    assert on_call(kept, at) == on_call(rota, at)


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("Europe/Stockholm", "Europe/Stokholm", ("3:11: rotas.search-ranking.zone: “Europe/Stokholm” is no time zone; "
         "did you mean “Europe/Stockholm”?")),
        ("monday", "mondy", ("5:21: rotas.search-ranking.handover.day: “mondy” is not allowed here; did you mean "
         "“monday”?")),
        ("09:00}", "9 am}", "5:35: rotas.search-ranking.handover.time: “9 am” is not a time of day"),
        ('"@tom"', "slack-group:S0123", ("6:32: rotas.search-ranking.people[1]: “slack-group:S0123” is a Slack group; "
         "a turn is taken by one person.")),
        ('"@tom"', "rota:other", "“rota:other” is a rota; a rota names people."),
        ('"@tom"', "pagerduty:P1", "“pagerduty:P1” is a schedule of its own"),
        ('"@tom"', "backstage:group:default/x", "“backstage:group:default/x” is a group; a turn is taken"),
        ("2026-11-02", "November", "4:13: rotas.search-ranking.starts: expected a date such as 2026-11-02."),
        ("2026-11-02", "0001-01-01", "4:13: rotas.search-ranking.starts: expected a date such as 2026-11-02."),
        ("2026-11-22T09:00", "tomorrow", "9:16: rotas.search-ranking.overrides[0].until: expected a moment such as"),
        ("2026-11-22T09:00", "2026-11-21T09:00", "9:16: rotas.search-ranking.overrides[0].until: must be later than"),
        ("person:", "persn:", "there is no such field; did you mean “person”?"),
        ("zone: Europe/Stockholm", "weeks: 0", "rotas.search-ranking.weeks: must be 1 or more."),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_place_and_what_was_meant(written: str, instead: str, fault: str) -> None:
    with pytest.raises(RotasBroken) as broken:
        search(ROTA.replace(written, instead))
    assert fault in str(broken.value)
    assert str(broken.value).startswith("rotas.yaml:")
