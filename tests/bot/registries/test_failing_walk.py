"""Two registries that change, fail and come back in any order, against a few lines that say what is known then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.registries.protocol import Health, Reading, RegistryDown
from bot.sync import Synced, sync
from playbooks.card import Fact, ModelCard
from storage import catalogue, listing
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
MODELS = ("a", "b", "c", "d")
FIELDS = {"tier": ("0", "1"), "team": ("risk", "search")}
STEPS = 40
Facts = dict[str, dict[str, str]]


@dataclass
class Changing:
    """A registry, and what was last understood of it."""

    name: str
    says: Facts = field(default_factory=dict)
    spoilt: frozenset[str] = frozenset()
    fault: str = ""
    doubt: str | None = None
    known: Facts = field(default_factory=dict)
    """Model → what was last understood."""
    at: dict[str, datetime] = field(default_factory=dict)
    """Model → when."""

    def read(self, now: datetime) -> Reading:
        if self.fault:
            raise RegistryDown(self.fault)
        cards = [
            ModelCard(name, {key: Fact(value, self.name, now) for key, value in facts.items()})
            for name, facts in self.says.items()
            if name not in self.spoilt
        ]
        return Reading(cards=tuple(cards), unreadable=self.spoilt, problem=self.doubt)

    def health(self) -> Health:
        return Health(ok=not self.fault, sentence=self.fault)

    def change(self, chance: Random) -> None:
        """What happens to a registry in five minutes."""
        self.fault, self.spoilt, self.doubt = "", frozenset(), None
        match chance.choice(["same", "more", "more", "down", "spoilt", "hidden", "emptied"]):
            case "more":
                some = chance.sample(MODELS, chance.randint(0, len(MODELS)))
                self.says = {one: {key: chance.choice(of) for key, of in FIELDS.items()} for one in some}
            case "down":
                self.fault = "It cannot be reached. Start it."
            case "spoilt":
                self.spoilt = frozenset(chance.sample(MODELS, chance.randint(1, 2)))
            case "hidden":  # an account that lost its rights
                self.says, self.doubt = {}, "It shows no models. Give the account its rights."
            case "emptied":
                self.says = {}

    def understood(self, now: datetime) -> None:
        """After a reading: one that failed leaves everything, a spoilt entry leaves that one."""
        if self.fault or (self.doubt and not self.says):
            return
        kept = {one: self.known[one] for one in self.spoilt if one in self.known}
        self.known = {one: facts for one, facts in self.says.items() if one not in self.spoilt} | kept
        self.at = {one: self.at[one] if one in kept else now for one in self.known}


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_made_up_or_said_to_be_newer_than_it_is(seed: int, storage: Storage) -> None:
    chance, now = Random(seed), NOON
    first, second = Changing("first"), Changing("second")
    missing: dict[str, datetime] = {}
    listed: set[str] = set()
    for step in range(STEPS):
        now += EVERY
        for one in (first, second):
            one.change(chance)
        done = sync(storage, [first, second], now)
        for one in (first, second):
            one.understood(now)
        there = first.known.keys() | second.known.keys()
        gone, listed = listed - there, set(there)
        missing = {name: at for name, at in missing.items() if name not in there} | dict.fromkeys(gone, now)

        assert is_told(done, [first, second]), f"step {step}"
        assert done.vanished == sorted(gone)
        with storage.reading() as tx:
            assert listing.names(tx) == sorted(listed)
            rows = {row.name: row for row in (catalogue.entry(tx, name) for name in MODELS) if row is not None}
            assert {name: row.missing_since for name, row in rows.items()} == dict.fromkeys(listed) | missing
            for name in listed:
                shown = catalogue.card(tx, name)
                assert shown is not None
                winner = first if name in first.known else second
                said = {key: (fact.text, fact.source, fact.as_of) for key, fact in shown.facts.items()}
                assert said == {key: (value, winner.name, winner.at[name]) for key, value in winner.known[name].items()}
                others = {key: [other.value for other in them] for key, them in catalogue.conflicts(rows[name]).items()}
                assert others == differing(first, second, name)


def is_told(done: Synced, sources: list[Changing]) -> bool:
    """Whether each failure is told of, and nothing else is."""
    return done.problems == {one.name: said for one in sources if (said := one.fault or one.doubt)}


def differing(first: Changing, second: Changing, name: str) -> dict[str, list[str]]:
    """What the second says otherwise where the first is shown."""
    if name not in first.known or name not in second.known:
        return {}
    return {key: [value] for key, value in second.known[name].items() if first.known[name][key] != value}
