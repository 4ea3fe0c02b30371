"""A JSON Schema compiler for Block Kit: small, quick, and with complaints in Slack's words."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any, str, list[str]], None]
Schema = dict[str, Any]

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "must be a string"),
    "number": ((int, float), "must be a number"),
    "boolean": ((bool,), "must be a boolean"),
    "array": ((list,), "must provide an array"),
    "object": ((dict,), "must provide an object"),
    "null": ((type(None),), "must be null"),
}
_TEXTS = frozenset({"PlainTextElement", "MrkdwnElement", "TextObject"})


class Compiler:
    """Turns definitions into checks. A check appends to a list what is wrong with a value, and where."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self._definitions = copy.deepcopy(definitions)
        self._compiled: dict[str, Check] = {}

    def bound(self, place: str, kind: str, limit: int) -> None:
        """Sets a limit at a place such as `SectionBlock.fields.[]`; `*` stands for every definition with it."""
        name, *steps = place.split(".")
        names = list(self._definitions) if name == "*" else [name]
        hits = sum(self._bound(self._definitions[one], steps, kind, limit) for one in names)
        if not hits:
            raise KeyError(place)

    def _bound(self, schema: Schema, steps: list[str], kind: str, limit: int) -> int:
        if "anyOf" in schema and steps and not self._is_text(schema):
            inline = [one for one in schema["anyOf"] if "$ref" not in one]
            return sum(self._bound(one, steps, kind, limit) for one in inline)
        if steps:
            inner = schema.get("items") if steps[0] == "[]" else schema.get("properties", {}).get(steps[0])
            return 0 if inner is None else self._bound(inner, steps[1:], kind, limit)
        schema.setdefault("x-bounds", {})["text_len" if self._is_text(schema) else kind] = limit
        return 1

    @staticmethod
    def _is_text(schema: Schema) -> bool:
        refs = [schema, *schema.get("anyOf", [])]
        named = [one["$ref"].rpartition("/")[2] for one in refs if "$ref" in one]
        return bool(named) and all(name in _TEXTS for name in named)

    def definition(self, name: str) -> Check:
        """The check of one definition, compiled at its first use."""
        if name not in self._compiled:
            # Definitions refer to one another in circles: a look-up at the time of the check breaks them.
            self._compiled[name] = self._late(name)
            self._compiled[name] = self._compile(self._definitions[name])
        return self._compiled[name]

    def _late(self, name: str) -> Check:
        def check(value: Any, at: str, faults: list[str]) -> None:
            self._compiled[name](value, at, faults)

        return check

    def _compile(self, schema: Schema) -> Check:
        bounds = schema.get("x-bounds", {})
        if "$ref" in schema:
            check = self.definition(schema["$ref"].rpartition("/")[2])
        elif "anyOf" in schema:
            check = self._any_of(schema["anyOf"])
        elif schema.get("type") == "object":
            check = self._object(schema)
        elif schema.get("type") == "array":
            check = self._array(schema)
        else:
            check = _scalar(schema)
        return _bounded(check, bounds) if bounds else check

    def _alternatives(self, options: list[Schema]) -> list[Schema]:
        flat: list[Schema] = []
        for option in options:
            target = self._definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
            flat.extend(self._alternatives(target["anyOf"]) if "anyOf" in target else [option])
        return flat

    def _type_of(self, option: Schema) -> str | None:
        target = self._definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
        constant = target.get("properties", {}).get("type", {}).get("const")
        return constant if isinstance(constant, str) else None

    def _any_of(self, options: list[Schema]) -> Check:
        flat = self._alternatives(options)
        by_type: dict[str | None, list[Check]] = {}
        for option in flat:
            by_type.setdefault(self._type_of(option), []).append(self._compile(option))
        if None in by_type:
            return _first_that_fits([check for checks in by_type.values() for check in checks])
        chosen = {kind: checks[0] if len(checks) == 1 else _first_that_fits(checks) for kind, checks in by_type.items()}

        def check(value: Any, at: str, faults: list[str]) -> None:
            if not isinstance(value, dict):
                faults.append(f"must provide an object [json-pointer:{at}]")
                return
            kind = value.get("type")
            if kind is None:
                faults.append(f"missing required field: type [json-pointer:{at}]")
                return
            inner = chosen.get(kind) if isinstance(kind, str) else None
            if inner is None:
                faults.append(f"unsupported type: {kind} [json-pointer:{at}/type]")
                return
            inner(value, at, faults)

        return check

    def _object(self, schema: Schema) -> Check:
        known = {name: self._compile(inner) for name, inner in schema.get("properties", {}).items()}
        required = tuple(schema.get("required", ()))
        more = schema.get("additionalProperties", {})
        other = self._compile(more) if isinstance(more, dict) and more else None
        either = _EITHER.get(schema.get("properties", {}).get("type", {}).get("const", ""), ())

        def check(value: Any, at: str, faults: list[str]) -> None:
            if not isinstance(value, dict):
                faults.append(f"must provide an object [json-pointer:{at}]")
                return
            missing = [name for name in required if name not in value]
            faults.extend(f"missing required field: {name} [json-pointer:{at}]" for name in missing)
            if either and not any(value.get(name) for name in either):
                faults.append(f"missing required field: {' or '.join(either)} [json-pointer:{at}]")
            for name, inner in value.items():
                if name in known:
                    known[name](inner, f"{at}/{name}", faults)
                elif more is False:
                    faults.append(f"invalid additional property: {name} [json-pointer:{at}]")
                elif other is not None:
                    other(inner, f"{at}/{name}", faults)

        return check

    def _array(self, schema: Schema) -> Check:
        item = self._compile(schema.get("items", {}))

        def check(value: Any, at: str, faults: list[str]) -> None:
            if not isinstance(value, list):
                faults.append(f"must provide an array [json-pointer:{at}]")
                return
            for number, one in enumerate(value):
                item(one, f"{at}/{number}", faults)

        return check


# Fields of which one must be there, which the schema cannot say.
_EITHER: dict[str, tuple[str, ...]] = {
    "section": ("text", "fields"),
    "static_select": ("options", "option_groups"),
    "multi_static_select": ("options", "option_groups"),
}


def _first_that_fits(checks: list[Check]) -> Check:
    def check(value: Any, at: str, faults: list[str]) -> None:
        complaints: list[list[str]] = []
        for one in checks:
            found: list[str] = []
            one(value, at, found)
            if not found:
                return
            complaints.append(found)
        fewest: list[str] = min(complaints, key=len)
        faults.extend(fewest)

    return check


def _scalar(schema: Schema) -> Check:
    kinds = schema.get("type", [])
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    allowed = tuple(one for name in names for one in _TYPES[name][0])
    wrong = _TYPES[names[0]][1] if names else ""
    values = [schema["const"]] if "const" in schema else schema.get("enum")

    def check(value: Any, at: str, faults: list[str]) -> None:
        if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)):
            faults.append(f"{wrong} [json-pointer:{at}]")
        elif values is not None and value not in values:
            listed = ", ".join(map(str, values))
            faults.append(f"must be one of: {listed} [json-pointer:{at}]")

    return check


def _not_a_url(value: Any, _: int) -> str | None:
    good = isinstance(value, str) and re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+", value)
    return None if good else "must be a valid URL"


_COMPLAINTS: dict[str, Callable[[Any, int], str | None]] = {
    "url": _not_a_url,
    "max_len": lambda v, n: f"must be less than {n + 1} characters" if isinstance(v, str) and len(v) > n else None,
    "min_len": lambda v, n: f"must be more than {n - 1} characters" if isinstance(v, str) and len(v) < n else None,
    "max_items": lambda v, n: f"no more than {n} items allowed" if isinstance(v, list) and len(v) > n else None,
    "min_items": lambda v, n: f"no fewer than {n} items allowed" if isinstance(v, list) and len(v) < n else None,
    "max_value": lambda v, n: f"must be at most {n}" if isinstance(v, int | float) and v > n else None,
    "min_value": lambda v, n: f"must be at least {n}" if isinstance(v, int | float) and v < n else None,
}


def _bounded(check: Check, bounds: dict[str, int]) -> Check:
    text_len = bounds.get("text_len")
    rules = [(_COMPLAINTS[kind], number) for kind, number in bounds.items() if kind != "text_len"]

    def bounded(value: Any, at: str, faults: list[str]) -> None:
        check(value, at, faults)
        for complain, number in rules:
            if complaint := complain(value, number):
                faults.append(f"{complaint} [json-pointer:{at}]")
        if text_len is not None and isinstance(value, dict) and len(str(value.get("text", ""))) > text_len:
            faults.append(f"must be less than {text_len + 1} characters [json-pointer:{at}/text]")

    return bounded
