"""What checks ask and actions send: methods, connections, what is expected, and hosts where none may be."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, get_args

from playbooks.asking import READING, Method, Op
from playbooks.faults import Fault, not_one_of
from playbooks.placeholders import placeholders
from playbooks.reading import Document, Path

_OPS: Final = frozenset(get_args(Op))
_METHODS: Final = frozenset(get_args(Method))
_ALONE: Final = ("exists", "absent")
_COMPARING: Final = ("at-least", "at-most", "more-than", "less-than")
_CALLS: Final = ("http", "mlflow", "serving", "prometheus")
_HOSTS: Final = frozenset(
    {"url", "uri", "href", "base_url", "host", "hostname", "server", "port", "scheme", "address", "endpoint", "domain"}
)
_SECRETS: Final = frozenset(
    {"headers", "header", "auth", "authorization", "token", "password", "secret", "api_key", "cookies", "bearer"}
)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EXACTLY_ONE: Final = {
    "check": "a check asks exactly one of http, mlflow, serving and prometheus.",
    "action": "an action does exactly one of http and mlflow.",
}
OPERATORS: Final = "the operator's settings say where a connection leads and how it signs in"


def check_asking(
    document: Document, step: Mapping[str, Any], path: Path, connections: Collection[str] | None
) -> Iterator[Fault]:
    """All faults of one step's requests. Without `connections` their names are not judged."""
    kind = step.get("kind")
    if kind not in ("check", "action"):  # a tuple, because what stands there may be a list
        return
    given = [name for name in _CALLS if step.get(name) is not None]
    if len(given) != 1:  # the models see it only in a step that has no other fault
        yield document.fault(path, _EXACTLY_ONE[kind])
    for name in _CALLS:
        call, place = step.get(name), (*path, name)
        if not isinstance(call, dict):
            continue
        yield from _outside(document, call, place)
        yield from _connection(document, call, place, connections)
        if name == "http" and kind == "check":
            yield from _reads(document, call, place)
        expect = call.get("expect")
        if isinstance(expect, dict):
            yield from _expect(document, expect, (*place, "expect"), call, name)
    yield from _outside(document, step, path)
    undo = step.get("undo")
    for request, place in (
        (step.get("before"), (*path, "before")),
        (undo.get("request") if isinstance(undo, dict) else None, (*path, "undo", "request")),
    ):
        if isinstance(request, dict):
            yield from _outside(document, request, place)
            if place[-1] == "before" and "method" in request:
                said = "what was there before is always read with GET; leave this out."
                yield document.fault((*place, "method"), said, at_key=True)


def _outside(document: Document, request: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    """Hosts and secrets, which no playbook may name."""
    for key in request:
        if key.lower() in _HOSTS | _SECRETS:
            what = "a playbook names no host" if key.lower() in _HOSTS else "a playbook holds no headers and no secrets"
            said = f"{what}: {OPERATORS}. Write `connection: <name>` and a `path` that begins with /."
            yield document.fault((*path, key), said, at_key=True)
    path_there = request.get("path")
    if isinstance(path_there, str) and _BAD_ESCAPE.search(path_there):
        yield document.fault((*path, "path"), "a % that begins no escape; write %25 for a percent sign.")
    for key in ("connection", "path"):
        value = request.get(key)
        if isinstance(value, str) and ("://" in value or (key == "path" and value.startswith("//"))):
            said = f"a playbook names no host: {OPERATORS}. Write the name of a connection, and a path on it."
            yield document.fault((*path, key), said)


def _connection(
    document: Document, call: Mapping[str, Any], path: Path, connections: Collection[str] | None
) -> Iterator[Fault]:
    name = call.get("connection")
    if connections is not None and isinstance(name, str) and name not in connections and "://" not in name:
        said = f"{not_one_of(name, connections)} Others are set up by the operator, in the connections file."
        yield document.fault((*path, "connection"), said)


def _reads(document: Document, call: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    method = call.get("method", "GET")
    if not isinstance(method, str):
        return
    if method in _METHODS and method not in READING:
        said = f"a check only reads, with GET or HEAD; to send {method} make it a step of kind “action”."
        yield document.fault((*path, "method"), said)
    if call.get("body") is not None and method in READING:
        yield document.fault((*path, "body"), f"{method} sends no body; put it into `query`.", at_key=True)


def _expect(
    document: Document, expect: Mapping[str, Any], path: Path, call: Mapping[str, Any], kind: str
) -> Iterator[Fault]:
    op = expect.get("op", "equals")
    if not isinstance(op, str) or op not in _OPS:
        return
    if kind == "http" and "pointer" not in expect:
        if "op" in expect or expect.get("value") is not None:
            yield document.fault(path, "say with `pointer` which value of the answer is meant, such as /status.")
        return
    if kind == "http" and call.get("method") == "HEAD":
        yield document.fault((*path, "pointer"), "HEAD brings no body to look into; use GET.")
    yield from _value(document, expect.get("value"), path, op, kind)


def _value(document: Document, value: Any, path: Path, op: str, kind: str) -> Iterator[Fault]:
    place = (*path, "value")
    if op in _ALONE:
        if value is not None:
            yield document.fault(place, f"`{op}` compares with nothing; leave this out.", at_key=True)
    elif value is None:
        yield document.fault(path, f"`{op}` compares with something; give it a `value`.")
    elif op == "one-of" and not isinstance(value, list):
        yield document.fault(place, "`one-of` compares with each of a list: [a, b].")
    elif op != "one-of" and isinstance(value, list):
        yield document.fault(place, f"`{op}` compares with one value; for several use `one-of`.")
    elif op in _COMPARING or kind == "prometheus":
        why = "a query gives a number" if kind == "prometheus" else f"`{op}` compares numbers"
        many = isinstance(value, list)
        for at, one in enumerate(value if many else [value]):
            if not _is_number(one):
                yield document.fault((*place, at) if many else place, f"{why}, and “{str(one)[:60]}” is none.")


def _is_number(value: Any) -> bool:
    """A placeholder may become one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return not isinstance(value, bool | str)  # other shapes are told of elsewhere
    if isinstance(value, str) and placeholders(value):
        return True
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False
