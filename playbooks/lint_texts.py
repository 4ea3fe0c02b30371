"""Placeholders in a playbook's texts: whether something stands for each, and whether it is replaced where it stands."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from playbooks.faults import Fault, closest
from playbooks.fields import FIELDS
from playbooks.placeholders import INCIDENT, MODEL, is_known, placeholders
from playbooks.reading import Document, Path

BEFORE: Final = "before"
_FILLED: Final = frozenset({"title", "do", "why", "ask", "done_when", "manual"})
_SHOWN: Final = ("title", "summary", "signals", "sources")
_REQUESTED: Final = ("path", "query", "body", "pointer", "model", "alias", "to")
_STRINGS: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`|#[^\n]*', re.DOTALL)

Say = Callable[[Path, str], Fault]
Known = Mapping[str, object]


def check_texts(document: Document, data: Mapping[str, Any], variables: Known) -> Iterator[Fault]:
    """Placeholders that nothing stands for, or that could change more than their value."""
    yield from _filled(document, data.get("close_when"), ("close_when",), variables)
    for at, timer in _rows(data.get("timers")):
        yield from _filled(document, timer.get("text"), ("timers", at, "text"), variables)
    for at, step in _rows(data.get("steps")):
        yield from _step(document, step, ("steps", at), variables)


def check_braces(document: Document, data: Mapping[str, Any], variables: Known) -> Iterator[Fault]:
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


def _step(document: Document, step: Mapping[str, Any], path: Path, variables: Known) -> Iterator[Fault]:
    for key, value in step.items():
        if isinstance(value, str):
            if key in _FILLED and "{" in value:
                yield from _filled(document, value, (*path, key), variables)
        elif key in _IN_STEPS:
            yield from _IN_STEPS[key](document, value, (*path, key), variables)
    if isinstance(step.get("undo"), str):
        yield from _filled(document, step["undo"], (*path, "undo"), variables)


def _undo(document: Document, value: Any, path: Path, variables: Known) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    yield from _filled(document, value.get("manual"), (*path, "manual"), variables)
    yield from _request(document, value.get("request"), (*path, "request"), variables, more=(BEFORE,))


def _request(
    document: Document, value: Any, path: Path, variables: Known, *, more: tuple[str, ...] = ()
) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    for key in _REQUESTED:
        yield from _filled(document, value.get(key), (*path, key), variables, more=more)
    expect = value.get("expect")
    if isinstance(expect, dict):
        for key in ("value", "pointer"):
            yield from _filled(document, expect.get(key), (*path, "expect", key), variables)


def _prometheus(document: Document, value: Any, path: Path, variables: Known) -> Iterator[Fault]:
    yield from _request(document, value, path, variables)
    query = value.get("query") if isinstance(value, dict) else None
    if not isinstance(query, str) or "{" not in query:
        return
    quoted = [found.span() for found in _STRINGS.finditer(query) if found[0].startswith('"')]
    for name in placeholders(query):
        at = query.index(f"{{{name}}}")
        if is_known(name, variables) and not any(start < at < end for start, end in quoted):
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


def _filled(
    document: Document, value: Any, path: Path, variables: Known, *, more: tuple[str, ...] = ()
) -> Iterator[Fault]:
    for there, text in _strings(value, path):
        for name in placeholders(text):
            if name in more or is_known(name, variables):
                continue
            if name == BEFORE:
                said = "{before} is known only in the `request` of an `undo`."
            else:
                meant = closest(name, _names(variables))
                hint = f"did you mean {{{meant}}}?" if meant else "use {model.owner}, {incident.id}, {vars.name} …"
                said = f"nothing stands for {{{name[:60]}}}; {hint}"
            yield document.fault(there, said)


def _as_written(document: Document, value: Any, path: Path) -> Iterator[Fault]:
    for there, text in _strings(value, path):
        for name in placeholders(text):
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


def _names(variables: Known) -> list[str]:
    facts = [*MODEL, *(field.key for field in FIELDS if not field.is_pattern)]
    return [
        *(f"model.{one}" for one in facts),
        *(f"incident.{one}" for one in INCIDENT),
        *(f"vars.{one}" for one in variables),
    ]


def _rows(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((at, row) for at, row in enumerate(value if isinstance(value, list) else ()) if isinstance(row, dict))
