"""Placeholders in a playbook's texts: whether something stands for each, and whether it is replaced where it stands."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from playbooks.faults import MOST_HINTS, Fault, closest
from playbooks.fields import FIELDS
from playbooks.placeholders import INCIDENT, MODEL, is_known, placeholders
from playbooks.reading import Document, Path

BEFORE: Final = "before"
_TOO_EARLY: Final = "{before} is known only in the `request` of an `undo`."
_FILLED: Final = frozenset({"title", "do", "why", "ask", "done_when", "manual"})
_SHOWN: Final = ("title", "summary", "signals", "sources")
_REQUESTED: Final = ("path", "query", "body", "pointer", "model", "alias", "to")
_STRINGS: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*', re.DOTALL)


class Known:
    """What placeholders of one playbook may stand for."""

    def __init__(self, variables: Mapping[str, object]) -> None:
        self.variables = variables
        self._told: dict[str, str] = {}

    def has(self, name: str) -> bool:
        """Whether something could ever stand for this name."""
        return is_known(name, self.variables)

    def hint(self, name: str) -> str:
        """What somebody may have meant; looked for only a few times, because it is slow."""
        if name not in self._told:
            meant = closest(name, self._names) if len(self._told) < MOST_HINTS else None
            self._told[name] = (
                f"did you mean {{{meant}}}?" if meant else "use {model.owner}, {incident.id}, {vars.name} …"
            )
        return self._told[name]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        facts = (*MODEL, *(field.key for field in FIELDS if not field.is_pattern))
        own = tuple(f"vars.{one}" for one in self.variables)[:MOST_HINTS]
        return (*(f"model.{one}" for one in facts), *(f"incident.{one}" for one in INCIDENT), *own)


def check_texts(document: Document, data: Mapping[str, Any], variables: Mapping[str, object]) -> Iterator[Fault]:
    """Placeholders that nothing stands for, or that could change more than their value."""
    known = Known(variables)
    yield from _filled(document, data.get("close_when"), ("close_when",), known)
    for at, timer in _rows(data.get("timers")):
        yield from _filled(document, timer.get("text"), ("timers", at, "text"), known)
    for at, step in _rows(data.get("steps")):
        yield from _step(document, step, ("steps", at), known)


def check_braces(document: Document, data: Mapping[str, Any], variables: Mapping[str, object]) -> Iterator[Fault]:
    """Placeholders where none is replaced."""
    for key in _SHOWN:
        yield from _as_written(document, data.get(key), (key,))
    for name, variable in variables.items():
        if isinstance(variable, dict):
            yield from _as_written(document, variable.get("ask"), ("vars", name, "ask"))
    for at, step in _rows(data.get("steps")):
        for row, item in _rows(step.get("evidence")):
            yield from _as_written(document, item.get("ask"), ("steps", at, "evidence", row, "ask"))
            yield from _as_written(document, item.get("choices"), ("steps", at, "evidence", row, "choices"))
        for row, option in _rows(step.get("options")):
            yield from _as_written(document, option.get("label"), ("steps", at, "options", row, "label"))


def _step(document: Document, step: Mapping[str, Any], path: Path, known: Known) -> Iterator[Fault]:
    for key, value in step.items():
        if isinstance(value, str):
            if key in _FILLED and "{" in value:
                yield from _filled(document, value, (*path, key), known)
        elif key in _IN_STEPS:
            yield from _IN_STEPS[key](document, value, (*path, key), known)
    if isinstance(step.get("undo"), str):
        yield from _filled(document, step["undo"], (*path, "undo"), known)


def _undo(document: Document, value: Any, path: Path, known: Known) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    yield from _filled(document, value.get("manual"), (*path, "manual"), known)
    yield from _request(document, value.get("request"), (*path, "request"), known, more=(BEFORE,))


def _request(
    document: Document, value: Any, path: Path, known: Known, *, more: tuple[str, ...] = ()
) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    for key in _REQUESTED:
        yield from _filled(document, value.get(key), (*path, key), known, more=more)
    expect = value.get("expect")
    if isinstance(expect, dict):
        for key in ("value", "pointer"):
            yield from _filled(document, expect.get(key), (*path, "expect", key), known)


def _prometheus(document: Document, value: Any, path: Path, known: Known) -> Iterator[Fault]:
    yield from _request(document, value, path, known)
    query = value.get("query") if isinstance(value, dict) else None
    if not isinstance(query, str) or "{" not in query:
        return
    quoted = [found.span() for found in _STRINGS.finditer(query) if found[0].startswith('"')]
    for name in dict.fromkeys(placeholders(query)):
        stands = [found.start() for found in re.finditer(re.escape(f"{{{name}}}"), query)]
        if known.has(name) and not all(any(start < at < end for start, end in quoted) for at in stands):
            said = f"{{{name}}} must stand inside double quotes here, so that it cannot change the query."
            yield document.fault((*path, "query"), said)


_IN_STEPS: Final[dict[str, Callable[[Document, Any, Path, Known], Iterator[Fault]]]] = {
    "undo": _undo,
    "http": _request,
    "before": _request,
    "mlflow": _request,
    "serving": _request,
    "prometheus": _prometheus,
}


def _filled(document: Document, value: Any, path: Path, known: Known, *, more: tuple[str, ...] = ()) -> Iterator[Fault]:
    for there, text in _strings(value, path):
        for name in dict.fromkeys(placeholders(text)):
            if name in more or known.has(name):
                continue
            said = f"nothing stands for {{{name[:60]}}}; {known.hint(name)}"
            yield document.fault(there, _TOO_EARLY if name == BEFORE else said)


def _as_written(document: Document, value: Any, path: Path) -> Iterator[Fault]:
    for there, text in _strings(value, path):
        for name in dict.fromkeys(placeholders(text)):
            if name.partition(".")[0] in {"model", "incident", "vars", BEFORE}:
                yield document.fault(there, f"{{{name[:60]}}} is not replaced here; people would read the braces.")


def _strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if "{" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _strings(inner, (*path, at))


def _rows(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((at, row) for at, row in enumerate(value if isinstance(value, list) else ()) if isinstance(row, dict))
