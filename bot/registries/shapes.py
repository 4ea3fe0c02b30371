"""Reading JSON of strangers: what is not of the expected shape is left out and noted by its place, never an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bot.registries.calls import Calls
from bot.registries.protocol import RegistryDown
from bot.registries.values import LONGEST
from bot.views.text import clean

MOST: Final = 1000
"""Items of one list that are looked at."""


def one_line(text: str) -> str:
    """Cleaned, on one line, and cut, as every fact is."""
    return " ".join(clean(text[: LONGEST * 8]).split())[:LONGEST].rstrip()


@dataclass(frozen=True, slots=True)
class Shape:
    """A value somewhere in an answer."""

    value: Any
    place: str = ""
    odd: list[str] = field(default_factory=list)

    def at(self, *keys: str) -> Shape:
        """What stands under a key, and under the next one in that; absent and null are the same."""
        here = self
        for key in keys:
            here = Shape(here._fields().get(key), f"{here.place}.{key}".removeprefix("."), self.odd)
        return here

    def rows(self) -> list[Shape]:
        """The items of a list; nulls are left out."""
        if not isinstance(self.value, list):
            self._unless_absent()
            return []
        rows = [Shape(item, f"{self.place}[{at}]", self.odd) for at, item in enumerate(self.value[:MOST])]
        return [row for row in rows if row.value is not None]

    def fields(self) -> dict[str, Shape]:
        """The fields of an object."""
        return {key: self.at(key) for key in list(self._fields())[:MOST]}

    def text(self) -> str:
        """A text or number on one line, cut; empty where there is none."""
        return one_line(self.exact())

    def exact(self) -> str:
        """The same as it was written, for asking about it again."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        self._unless_absent()
        return ""

    def texts(self) -> list[str]:
        """The texts of a list."""
        return [said for row in self.rows() if (said := row.text())]

    def missed(self) -> None:
        """Note that something else has to stand here."""
        if self.place not in self.odd:
            self.odd.append(self.place)

    def _fields(self) -> dict[str, Any]:
        if isinstance(self.value, dict):
            return self.value
        self._unless_absent()
        return {}

    def _unless_absent(self) -> None:
        if self.value is not None:
            self.missed()


def listed(answer: Shape, calls: Calls, *keys: str) -> list[Shape]:
    """The rows of a page. Raises RegistryDown when there is no list: no answer must not look like no models."""
    page = answer.at(*keys)
    if not isinstance(page.value, list):
        raise RegistryDown(
            f"{calls.place} answered without “{'.'.join(keys)}”, which every page of models has. "
            f"Check that {calls.service.setting} is {calls.service.address}."
        )
    return page.rows()


def oddities(place: str, odd: list[str]) -> str | None:
    """What was left out, for whoever can mend it there."""
    if not odd:
        return None
    count = "one value" if len(odd) == 1 else f"{len(odd)} values"
    return (
        f"{place} answered {count} in a way that the bot does not understand, so that is left out: "
        f"{', '.join(one_line(where)[:80] for where in odd[:3])}{' …' if len(odd) > 3 else ''}. Mend the entry there."
    )
