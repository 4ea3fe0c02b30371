"""Asking schedules before an incident needs them: whether they answer, and know what the cards name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.oncall import Schedule, name_of, not_set_up
from playbooks.contacts import Contact

MOST_ASKED: Final = 20
"""Schedules of one service; a company with hundreds would wait for minutes."""


@dataclass(frozen=True)
class Health:
    """One service, or one place where a card names what it does not know; what to do where it is not well."""

    name: str
    ok: bool
    say: str


def look(named: Sequence[tuple[Contact, str]], schedules: Mapping[str, Schedule], now: datetime) -> Iterator[Health]:
    """Every service that has a token or that a card names, each schedule once; places as people read them (network)."""
    for kind in ("pagerduty", "opsgenie"):
        places: dict[str, list[str]] = {}
        for contact, place in named:
            if contact.kind == kind:
                places.setdefault(contact.value, []).append(place)
        if places:
            yield from _ask(kind, places, schedules, now)
        elif kind in schedules:
            yield Health(name_of(kind), ok=True, say="can be asked, and no card names a schedule of it")


def _ask(
    kind: str, places: Mapping[str, list[str]], schedules: Mapping[str, Schedule], now: datetime
) -> Iterator[Health]:
    first = next(iter(places.values()))[0]
    if (missing := not_set_up(kind, schedules)) is not None:
        yield Health(name_of(kind), ok=False, say=f"{first}: {missing.problem}")
        return
    known = 0
    for ref, there in list(places.items())[:MOST_ASKED]:
        said = schedules[kind].on_call(ref, now)
        if said.is_down:
            yield Health(name_of(kind), ok=False, say=f"{there[0]}: {said.problem}")
            return
        if said.person is None:
            yield Health(name_of(kind), ok=False, say=f"{there[0]}: {kind}:{ref}: {said.problem}")
        else:
            known += 1
    if known:
        left = len(places) - MOST_ASKED
        more = f"; {left} more were not asked" if left > 0 else ""
        count = "1 schedule" if known == 1 else f"{known} schedules"
        yield Health(name_of(kind), ok=True, say=f"says who is on call in {count} that cards name{more}")
