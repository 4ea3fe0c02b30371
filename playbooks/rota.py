"""Who is on call when: weeks that people take in turn, handed over at a wall clock's time, with swaps in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from playbooks.checking import Strict, validate
from playbooks.contacts import parse_contact
from playbooks.durations import TimeOfDay
from playbooks.faults import Fault, FileBroken, closest, not_one_of
from playbooks.policy import WEEKDAYS
from playbooks.reading import Document, read_yaml
from playbooks.vocabulary import Id

_LONGEST_TURN: Final = 12
_YEARS: Final = range(2000, 2200)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NO_PERSON: Final = {
    "slack-group": "is a Slack group; a turn is taken by one person",
    "pagerduty": "is a schedule of its own; name people, or write it under oncall of the model",
    "opsgenie": "is a schedule of its own; name people, or write it under oncall of the model",
    "rota": "is a rota; a rota names people",
}


class RotasBroken(FileBroken):
    """The file of rotas cannot be used; `faults` names every place that has to be mended."""


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


def _zone(text: str) -> str:
    if _zones().get(text.lower()) != text:
        meant = closest(text, _zones())
        hint = f"; did you mean “{_zones()[meant]}”?" if meant else ", such as Europe/Stockholm"
        raise ValueError(f"“{text[:60]}” is no time zone{hint}")
    return text


def _weekday(text: str) -> str:
    word = text.lower()
    if word not in WEEKDAYS and word not in _WEEKDAYS:
        raise ValueError(not_one_of(text, _WEEKDAYS))
    return word[:3]


def _day(value: object) -> object:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, date) or day.year not in _YEARS:
        raise ValueError("expected a date such as 2026-11-02")
    return day


def _moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        moment = None
    if not isinstance(moment, datetime) or moment.year not in _YEARS:
        raise ValueError("expected a moment such as 2026-12-24T09:00, in the rota's zone unless it names one")
    return moment


def _person(text: str) -> str:
    contact = parse_contact(text)
    if contact.kind in _NO_PERSON or contact.is_group:
        raise ValueError(f"“{text[:60]}” {_NO_PERSON.get(contact.kind, 'is a group; a turn is taken by one person')}")
    return text


_Person = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_person)]
_Moment = Annotated[datetime, BeforeValidator(_moment)]


class Handover(Strict):
    """When one turn ends and the next begins."""

    day: Annotated[str, AfterValidator(_weekday)] = "mon"
    time: TimeOfDay = clock(9)


class Override(Strict):
    """Somebody who takes over between two moments."""

    from_: Annotated[_Moment, Field(alias="from")]
    until: _Moment
    person: _Person


class Rota(Strict):
    """One rota. The first person's turn begins at the first handover on or after `starts`."""

    zone: Annotated[str, AfterValidator(_zone)]
    starts: Annotated[date, BeforeValidator(_day)]
    handover: Handover = Handover()
    weeks: Annotated[int, Field(ge=1, le=_LONGEST_TURN)] = 1
    people: Annotated[tuple[_Person, ...], Field(min_length=1, max_length=100)]
    overrides: Annotated[tuple[Override, ...], Field(max_length=1000)] = ()


class File(Strict):
    """The whole file."""

    rotas: Annotated[Mapping[Id, Rota], Field(max_length=500)]


@dataclass(frozen=True)
class Turn:
    """Who is on call, as a contact is written, and until when that holds; UTC."""

    person: str
    until: datetime
    is_override: bool


def on_call(rota: Rota, at: datetime) -> Turn:
    """Who is on call at a moment: there is exactly one at each, before the first turn and in changed hours, too."""
    at = at.astimezone(UTC)
    number = _turn_at(rota, at)
    person, until = rota.people[number % len(rota.people)], _begins(rota, number + 1)
    is_override = False
    for swap in rota.overrides:  # of two that overlap, the one further down was written later
        start, end = _utc(rota, swap.from_), _utc(rota, swap.until)
        if start <= at < end:
            person, until, is_override = swap.person, end, True
    for swap in rota.overrides:  # and it may itself be interrupted
        if at < (start := _utc(rota, swap.from_)) < until:
            until = start
    return Turn(person, until, is_override)


def _turn_at(rota: Rota, at: datetime) -> int:
    days = (at.astimezone(ZoneInfo(rota.zone)).date() - _first_day(rota)).days
    number = days // (7 * rota.weeks)
    while _begins(rota, number) > at:
        number -= 1
    while _begins(rota, number + 1) <= at:
        number += 1
    return number


def _begins(rota: Rota, number: int) -> datetime:
    day = _first_day(rota) + timedelta(weeks=number * rota.weeks)
    return _utc(rota, datetime.combine(day, rota.handover.time))


def _first_day(rota: Rota) -> date:
    ahead = (WEEKDAYS.index(rota.handover.day) - rota.starts.weekday()) % 7
    return rota.starts + timedelta(days=ahead)


def _utc(rota: Rota, moment: datetime) -> datetime:
    """A wall clock's time that a change of the clocks skips is the moment after it; one that comes twice, the first."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(rota.zone))).astimezone(UTC)


def read_rotas(content: bytes | str, file: str) -> dict[str, Rota]:
    """What the file says. Raises RotasBroken with every fault in it."""
    document = read_yaml(content, file)
    if document.faults:
        raise RotasBroken(document.faults)
    read, faults = validate(File, document)
    if read is not None:
        faults = [*faults, *_faults(read, document)]
    if faults or read is None:
        raise RotasBroken(faults)
    return dict(read.rotas)


def _faults(read: File, document: Document) -> Iterator[Fault]:
    for name, rota in read.rotas.items():
        for number, swap in enumerate(rota.overrides):
            if _utc(rota, swap.from_) >= _utc(rota, swap.until):
                at = ("rotas", name, "overrides", number, "until")
                yield document.fault(at, "must be later than from.")


def no_such_rota(name: str, names: Iterable[str]) -> str:
    """What to say of a rota that nobody wrote."""
    meant = closest(name, names)
    hint = f"; did you mean “{meant}”?" if meant else "; write it into the file that ML_INCIDENT_ROTAS names."
    return f"there is no rota “{name[:60]}”{hint}"


def to_json(rota: Rota) -> dict[str, Any]:
    """The rota as plain data, to be kept."""
    return rota.model_dump(mode="json", by_alias=True)


def from_json(kept: dict[str, Any]) -> Rota:
    """The rota that `to_json` wrote."""
    handover = {**kept["handover"], "time": kept["handover"]["time"][:5]}
    return Rota.model_validate({**kept, "handover": handover})
