"""Conditions of Mattermost: which tasks apply, as our `when` where that can be said in it, and always in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from playbooks.mattermost.exported import Export
from playbooks.mattermost.texts import new_id, on_one_line, shortened, size
from playbooks.vocabulary import LONGEST_LABEL, LONGEST_TITLE

_MOST_CHOICES: Final = 20
_DEEPEST: Final = 3


@dataclass(frozen=True)
class Attribute:
    """A property of a run in Mattermost, which becomes a variable of ours. `options` has its choices by their ids."""

    variable: str
    name: str
    options: Mapping[str, str]

    @property
    def choices(self) -> tuple[str, ...]:
        """What people may answer, where all of it fits."""
        names = tuple(dict.fromkeys(self.options.values()))
        return names if len(names) <= _MOST_CHOICES and all(size(name) <= LONGEST_LABEL for name in names) else ()


class Conditions:
    """All conditions of an export, by the attributes that they ask about."""

    def __init__(self, export: Export) -> None:
        self._expressions = {
            str(one.get("id")): one.get("condition_expr") for one in export.conditions if one.get("version", 1) == 1
        }
        asked = {field for one in self._expressions.values() for field in _fields(one)}
        self._attributes: dict[str, Attribute] = {}
        for one in export.properties:
            if str(one.get("id")) in asked:
                taken = {known.variable for known in self._attributes.values()}
                self._attributes[str(one.get("id"))] = _attribute(one, taken)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What has to be known before any of them can be judged."""
        return tuple(self._attributes.values())

    def when(self, condition: str) -> dict[str, list[str]]:
        """The condition as `when`; empty where only words can say it."""
        try:
            return self._when(self._expressions.get(condition))
        except ValueError:
            return {}

    def words(self, condition: str) -> str:
        """The condition in words, or nothing when there is no such condition."""
        said = self._words(self._expressions.get(condition), 0)
        return f"Only if {said}." if said else ""

    def _when(self, expression: object) -> dict[str, list[str]]:
        match expression:
            case {"and": [*parts]}:
                found: dict[str, list[str]] = {}
                for part in parts:
                    for key, values in self._when(part).items():
                        found[key] = [value for value in found[key] if value in values] if key in found else values
                if not all(found.values()):
                    raise ValueError
                return found
            case {"or": [*parts]}:
                either = [self._when(part) for part in parts]
                keys = {key for one in either for key in one}
                if len(keys) != 1:
                    raise ValueError
                key = keys.pop()
                return {key: list(dict.fromkeys(value for one in either for value in one[key]))}
            case {"is": {"field_id": str(field), "value": value}}:
                return self._one_of(field, value, inverted=False)
            case {"isNot": {"field_id": str(field), "value": value}}:
                return self._one_of(field, value, inverted=True)
        raise ValueError

    def _one_of(self, field: str, value: object, *, inverted: bool) -> dict[str, list[str]]:
        attribute = self._attributes.get(field)
        if attribute is None or (inverted and not attribute.options):
            raise ValueError
        named = self._named(field, value)
        values = [name for name in attribute.options.values() if name not in named] if inverted else named
        # A fact with a comma is read as several, so such a value could never be met.
        if not values or any("," in one for one in values):
            raise ValueError
        return {f"vars.{attribute.variable}": values}

    def _named(self, field: str, value: object) -> list[str]:
        attribute = self._attributes.get(field)
        options = attribute.options if attribute else {}
        values = value if isinstance(value, list) else [value]
        return [options.get(one) or on_one_line(one) for one in values if isinstance(one, str) and one.strip()]

    def _words(self, expression: object, depth: int) -> str:
        if depth > _DEEPEST:
            return ""
        match expression:
            case {"and": [*parts]}:
                return " and ".join(filter(None, (self._words(part, depth + 1) for part in parts)))
            case {"or": [*parts]}:
                return " or ".join(filter(None, (self._words(part, depth + 1) for part in parts)))
            case {"is": {"field_id": str(field), "value": value}}:
                return self._compared(field, "is", value)
            case {"isNot": {"field_id": str(field), "value": value}}:
                return self._compared(field, "is not", value)
        return ""

    def _compared(self, field: str, how: str, value: object) -> str:
        name = self._attributes[field].name if field in self._attributes else on_one_line(field)
        return shortened(f"{name} {how} {' or '.join(self._named(field, value)) or 'empty'}", 500)


def _attribute(data: Mapping[str, Any], taken: set[str]) -> Attribute:
    name = on_one_line(str(data.get("name") or "")) or "Attribute"
    attrs = data.get("attrs")
    rows = attrs.get("options") if isinstance(attrs, dict) else None
    options = {
        str(row.get("id")): on_one_line(str(row.get("name")))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and on_one_line(str(row.get("name") or ""))
    }
    variable = new_id(name, taken, otherwise="attribute", length=40, joint="_")
    return Attribute(variable, shortened(name, LONGEST_TITLE - 10), options)


def _fields(expression: object, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST or not isinstance(expression, dict):
        return
    for key, inner in expression.items():
        if key in {"and", "or"} and isinstance(inner, list):
            for part in inner:
                yield from _fields(part, depth + 1)
        elif isinstance(inner, dict) and isinstance(inner.get("field_id"), str):
            yield inner["field_id"]
