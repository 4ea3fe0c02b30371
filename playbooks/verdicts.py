"""Judging an answer: the value at a JSON Pointer, held against what a playbook expects."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, TypeGuard

from playbooks.asking import Expected, HttpExpected

MISSING: Final = object()
"""Stands for a value that is not in the answer; null is a value."""

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?|Inf(inity)?)")
_LONGEST: Final = 300
_IN_A_SENTENCE: Final = 120


@dataclass(frozen=True)
class Verdict:
    """Whether what came back is what was expected, what it was, and both in a sentence."""

    passed: bool
    got: str
    said: str


def cut(text: str) -> str:
    """The text on one line, and at most 300 characters of it."""
    line = " ".join(text[: _LONGEST * 4].split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def brief(text: str) -> str:
    """As much of a value as a sentence can carry."""
    return text if len(text) <= _IN_A_SENTENCE else f"{text[: _IN_A_SENTENCE - 1]}…"


def judge(
    expected: Expected,
    value: object,
    *,
    status: int | None = None,
    what: str = "It",
    show: Callable[[str], str] = cut,
) -> Verdict:
    """Hold an answer against what was expected; anything may be in it, and nothing in it raises.

    For an HttpExpected, `value` is the body: JSON that was read, or text. `what` is how the value is called in the
    sentence; `show` makes what it holds fit for people. Numbers are compared as such where the answer gives a number;
    text, so also a version, letter for letter.
    """
    if isinstance(expected, HttpExpected):
        if status is not None and status != expected.status:
            return Verdict(passed=False, got=str(status), said=f"The answer was {status}, not {expected.status}.")
        if expected.pointer is None and expected.value is None and expected.op == "equals":
            return Verdict(passed=True, got=str(status or ""), said=f"The answer was {expected.status}, as expected.")
        if expected.pointer:
            value, what = find(value, expected.pointer), f"What stands at {expected.pointer}"
    return _compare(expected, value, what, show)


def find(document: object, pointer: str) -> object:
    """What a JSON Pointer (RFC 6901) names in a document, or MISSING."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif _is_list(found) and _INDEX.fullmatch(name) and int(name) < len(found):
            found = found[int(name)]
        else:
            return MISSING
    return found


def write(value: object) -> str:
    """A value as text: true, 7, 1.10; and for what is no single value, what it is."""
    if value is MISSING:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return f"an object with {_count(len(value), 'field')}"
    return f"a list of {_count(len(value), 'item')}" if _is_list(value) else str(value)


def number(text: str) -> Decimal | None:
    """The number that a text is, if it is one."""
    try:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


def _compare(expected: Expected, value: object, what: str, show: Callable[[str], str]) -> Verdict:
    got, is_there = show(write(value)), value is not MISSING
    if not is_there or expected.op in ("exists", "absent"):
        passed = is_there == (expected.op != "absent")
        return Verdict(passed, got, f"{what} is {'there' if is_there else 'not there'}.")
    wanted, it = _wanted(expected), brief(got)
    if not wanted:
        return Verdict(passed=False, got=got, said=f"{what} is {it}, and the playbook says nothing to hold it against.")
    passed, why = _holds(expected.op, value, wanted)
    asked = f"{_SAID[expected.op]} {brief(show(' or '.join(wanted)))}".strip()
    if why:
        return Verdict(passed=False, got=got, said=f"{what} is {it}: {why}, so it cannot be {asked}.")
    return Verdict(passed, got, f"{what} is {it}, {'as expected' if passed else f'and should be {asked}'}.")


_SAID: Final = {
    "equals": "",
    "not-equals": "anything but",
    "one-of": "",
    "at-least": "at least",
    "at-most": "at most",
    "more-than": "more than",
    "less-than": "less than",
    "contains": "something with",
}


def _wanted(expected: Expected) -> tuple[str, ...]:
    if expected.value is None:
        return ()
    return expected.value if isinstance(expected.value, tuple) else (expected.value,)


def _holds(op: str, value: object, wanted: tuple[str, ...]) -> tuple[bool, str]:
    """Whether it holds; and where it cannot even be asked, why."""
    if op in ("equals", "one-of"):
        return any(_same(value, one) for one in wanted), ""
    if op == "not-equals":
        return not any(_same(value, one) for one in wanted), ""
    if op == "contains":
        return all(_contains(value, one) for one in wanted), ""
    left, right = number(write(value).strip()), number(wanted[0].strip())
    if left is None or right is None:
        return False, "that is no number" if left is None else f"{wanted[0]} is no number"
    return {"at-least": left >= right, "at-most": left <= right, "more-than": left > right}.get(op, left < right), ""


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        left, right = number(str(value)), number(wanted.strip())
        if left is not None and right is not None:
            return left == right
    if isinstance(value, Mapping) or _is_list(value):
        return False
    return write(value).strip() == wanted.strip()


def _contains(value: object, wanted: str) -> bool:
    if isinstance(value, Mapping):
        return wanted in value
    if _is_list(value):
        return any(_same(one, wanted) for one in value)
    return wanted in write(value)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
