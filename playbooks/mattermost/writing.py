"""Writing a playbook as YAML that people can go on editing: their text in blocks, remarks as comments."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

_BARE: Final = frozenset({"schema", "id", "kind", "phase", "role", "until", "remind", "pir_field", "review_by"})
"""Fields whose values are words of ours, which need no quotes."""
_WORD: Final = re.compile(r"(?!(?:true|false|null)$)[a-z][a-z0-9/.-]*|\d{4}-\d\d-\d\d")


def write(data: Mapping[str, object], *, head: Iterable[str] = (), remarks: Mapping[str, str] | None = None) -> str:
    """The file: comments at its head, then the fields in order. `remarks` are set beside top-level fields."""
    lines = [f"# {line}".rstrip() for line in head]
    for key, value in data.items():
        remark = f"  # {remarks[key]}" if remarks and key in remarks else ""
        lines += _field(key, value, "", remark)
    return "\n".join(lines) + "\n"


def _field(key: str, value: object, indent: str, remark: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield f"{indent}{key}:"
        for inner, one in value.items():
            yield from _field(inner, one, indent + "  ")
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        apart = [""] if not indent else []
        yield from apart
        yield f"{indent}{key}:"
        for at, one in enumerate(value):
            rows = [row for inner, part in one.items() for row in _field(inner, part, indent + "    ")]
            yield from apart if at else ()
            yield f"{indent}  - {rows[0].lstrip()}"
            yield from rows[1:]
    elif isinstance(value, str) and _is_block(value):
        yield f"{indent}{key}: |-"
        yield from (f"{indent}  {line}".rstrip() for line in value.split("\n"))
    else:
        yield f"{indent}{key}: {_short(key, value)}{remark}"


def _is_block(text: str) -> bool:
    # A block cannot begin with a space, which YAML would take for its indentation.
    return "\n" in text and not text.startswith((" ", "\n")) and text == text.rstrip()


def _short(key: str, value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_short(key, one) for one in value)}]"
    if isinstance(value, str) and key in _BARE and _WORD.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)
