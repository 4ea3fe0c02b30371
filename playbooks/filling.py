"""Facts put into what is asked and sent, so that none of them can change anything but the value it stands for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote, unquote

from playbooks.asking import Expected, Request
from playbooks.placeholders import UNKNOWN, placeholders

Facts = Mapping[str, str]
Some = TypeVar("Some", bound=Expected)

LONGEST_PATH: Final = 4_000
LONGEST_BODY: Final = 64_000
_IN_PATHS: Final = "/:@!$&'()*+,;=~-._"
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOTS: Final = frozenset({".", ".."})


class Unfilled(Exception):
    """Something cannot be filled in; the text is a sentence that says why and what to do."""


@dataclass(frozen=True)
class Filled:
    """A request without its connection: `path` is encoded and holds the query, `body` is JSON."""

    method: str
    path: str
    body: str | None = None


def fill_request(request: Request, facts: Facts, *, typed: Mapping[str, object] | None = None) -> Filled:
    """The request as it is sent. Raises Unfilled.

    A fact is text. Where a text of the body is nothing but a placeholder that is in `typed`, that value stands there.
    """
    body = None
    if request.body is not None:
        body = json.dumps(_fill_body(request.body, facts, typed or {}), ensure_ascii=False)
        if len(body.encode("utf-8", "replace")) > LONGEST_BODY:
            raise Unfilled(f"The body would be longer than {LONGEST_BODY:,} bytes; make the values in it shorter.")
    return Filled(request.method, fill_path(request.path, facts, request.query), body)


def fill_path(path: str, facts: Facts, query: Mapping[str, str] | None = None) -> str:
    """The path with its query, both encoded; a fact stays within its segment or its value. Raises Unfilled."""
    filled = _fill(path, facts, lambda value: quote(value, safe=""), around=_encode_path)
    if not filled.startswith("/") or "//" in filled or any(_is_dots(segment) for segment in filled.split("/")):
        raise Unfilled(f"The path {path} would lead to another place once it is filled in; mend the names in it.")
    if query:
        pairs = ((quote(key, safe=""), quote(fill_text(value, facts), safe="")) for key, value in query.items())
        filled += "?" + "&".join(f"{key}={value}" for key, value in pairs)
    if len(filled) > LONGEST_PATH:
        raise Unfilled(f"The path would be longer than {LONGEST_PATH:,} characters; make the values in it shorter.")
    return filled


def fill_text(text: str, facts: Facts) -> str:
    """The text with its facts. Raises Unfilled where one is unknown, instead of writing UNKNOWN."""
    return _fill(text, facts, lambda value: value)


def fill_expected(expected: Some, facts: Facts) -> Some:
    """The same expectation of real values. Raises Unfilled."""
    value = expected.value
    changes: dict[str, object] = {}
    if value is not None:
        many = isinstance(value, tuple)
        changes["value"] = tuple(fill_text(one, facts) for one in value) if many else fill_text(str(value), facts)
    return expected.model_copy(update=changes)


def fill_pointer(pointer: str, facts: Facts) -> str:
    """A JSON Pointer with its facts, each within its own name. Raises Unfilled."""
    return _fill(pointer, facts, lambda value: value.replace("~", "~0").replace("/", "~1"))


def fill_promql(query: str, facts: Facts) -> str:
    """A query in which each fact is escaped for the quotes that it stands in. Raises Unfilled."""
    filled, before = "", ""
    for literal, name in _pieces(query):
        filled, before = filled + literal, before + literal
        if not name:
            continue
        inside = _quote_around(before)
        if inside is None:
            raise Unfilled(f"{{{name}}} has to stand inside quotes in a PromQL query; mend the playbook.")
        filled += _escape(_known(name, facts), inside)
    return filled


def _fill(
    text: str, facts: Facts, write: Callable[[str], str], *, around: Callable[[str], str] = lambda text: text
) -> str:
    return "".join(around(literal) + (write(_known(name, facts)) if name else "") for literal, name in _pieces(text))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What stands before each placeholder with its name, and the rest with none."""
    at = 0
    for name in placeholders(text):
        start = text.index(f"{{{name}}}", at)
        yield text[at:start], name
        at = start + len(name) + 2
    yield text[at:], ""


def _known(name: str, facts: Facts) -> str:
    value = facts.get(name, "").strip()
    if not value or value == UNKNOWN:
        raise Unfilled(f"{{{name}}} is not known yet, so nothing was sent; do this step by hand, or find it out first.")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Unfilled(f"{{{name}}} holds half a character, which cannot be sent; write it again.")
    return value


def _encode_path(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise Unfilled(f"In the path, “{text[:100]}” has a % that begins no escape; write %25 for a percent sign.")
    return quote(text, safe=f"{_IN_PATHS}%")


def _is_dots(segment: str) -> bool:
    """Servers and proxies decode, some of them twice, and then climb: no part of a segment may be dots."""
    while (decoded := unquote(segment)) != segment:
        segment = decoded
    return not _DOTS.isdisjoint(re.split(r"[/\\;]", segment))


def _fill_body(value: object, facts: Facts, typed: Mapping[str, object]) -> object:
    if isinstance(value, str):
        whole = value.strip()[1:-1]
        return typed[whole] if value.strip() == f"{{{whole}}}" and whole in typed else fill_text(value, facts)
    if isinstance(value, Mapping):
        return {str(key): _fill_body(one, facts, typed) for key, one in value.items()}
    return [_fill_body(one, facts, typed) for one in value] if isinstance(value, list | tuple) else value


def _quote_around(query: str) -> str | None:
    """The kind of quote that is open at the end of this much PromQL; comments and escapes are followed."""
    inside, at = None, 0
    while at < len(query):
        letter = query[at]
        if inside is None:
            if letter == "#":
                end = query.find("\n", at)
                at = len(query) if end < 0 else end
            elif letter in "\"'`":
                inside = letter
        elif letter == "\\" and inside != "`":
            at += 1
        elif letter == inside:
            inside = None
        at += 1
    return inside


def _escape(value: str, inside: str) -> str:
    if inside == "`":
        if "`" in value:
            raise Unfilled("A value with a back-tick cannot stand in back-ticks; use double quotes in the query.")
        return value
    escaped = value.replace("\\", "\\\\").replace(inside, f"\\{inside}")
    return escaped.replace("\n", "\\n").replace("\r", "\\r")
