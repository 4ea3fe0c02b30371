"""Reading YAML 1.2 from strangers: plain data, where each value stands, limits, faults and no tracebacks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

from playbooks.faults import Fault

Path = tuple[str | int, ...]
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,18}|(0|[1-9][0-9]{0,17})(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: Final[dict[str, Plain]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PLAIN_TAGS: Final = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


@dataclass(frozen=True)
class Limits:
    """How much of a file we are willing to look at. `values` counts after aliases are followed."""

    size: int = 1_000_000
    depth: int = 30
    values: int = 100_000


@dataclass
class Document:
    """A file that was read. `data` is None when it is empty or unreadable; `faults` says why."""

    file: str
    data: Plain = None
    faults: list[Fault] = field(default_factory=list)
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def fault(self, path: Path, message: str, *, at_key: bool = False) -> Fault:
        """A fault at a path; where the path is not in the file, at the closest thing above it."""
        table, there = (self.keys if at_key else self.places), path
        while there and there not in table and there not in self.places:
            there = there[:-1]
        line, column = table.get(there) or self.places.get(there, (1, 1))
        return Fault(self.file, line, column, say_path(path), message)


class _Refused(Exception):
    pass


@dataclass
class _Node:
    value: Plain | list["_Node"] | list[tuple["_Node", "_Node"]]
    line: int
    column: int
    raw: str = ""
    is_open: bool = True
    children: list["_Node"] = field(default_factory=list)
    kind: str = "scalar"


class _Marked(Protocol):
    line: int
    column: int


def read_yaml(source: str | bytes, file: str, *, limits: Limits | None = None) -> Document:
    """Read one document. Never raises for what the bytes are: look at `faults`."""
    limits, document = limits or Limits(), Document(file)
    try:
        root = _compose(_events(_text(source, limits)), document, limits)
        if root is not None:
            document.data = _Unfolding(document, limits).unfold(root, (), 0)
    except MarkedYAMLError as error:
        mark: _Marked | None = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.faults.append(Fault(file, line, column, "", _not_yaml(error.problem)))
    except _Refused as error:
        document.faults.append(Fault(file, 1, 1, "", str(error)))
    # The parser lets some of its own slips through on malformed bytes; whatever it is, a file caused it.
    except (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        document.faults.append(Fault(file, 1, 1, "", _not_yaml(error)))
    return document


def _not_yaml(problem: object) -> str:
    said = _first_line(problem)
    hint = " Text that holds “: ” must be in quotes." if said.startswith("mapping values") else ""
    return f"this is not YAML: {said}.{hint}"


def _text(source: str | bytes, limits: Limits) -> str:
    if len(source) > limits.size:
        raise _Refused(f"is larger than {limits.size:,} bytes, which is more than this program reads.")
    try:
        return source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        raise _Refused(f"is not UTF-8 text (byte {error.start + 1}).") from None


def say_path(path: Path) -> str:
    """('steps', 2, 'title') → 'steps[2].title'."""
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return said.removeprefix(".")


def _events(text: str) -> Iterator[Event]:
    yield from YAML(typ="rt", pure=True).parse(text)


def _compose(events: Iterator[Event], document: Document, limits: Limits) -> _Node | None:
    """Build the tree without recursion, so that depth is ours to limit."""
    anchors: dict[str, _Node] = {}
    stack: list[_Node] = []
    root: _Node | None = None
    count = 0
    for event in events:
        if isinstance(event, CollectionEndEvent):
            stack.pop().is_open = False
            continue
        if not isinstance(event, NodeEvent):
            continue
        count += 1
        if count > limits.values or len(stack) >= limits.depth:
            raise _Refused(_limit_text(limits))
        node = _node(event, anchors, document)
        if stack:
            stack[-1].children.append(node)
        elif root is None:
            root = node
        else:
            document.faults.append(
                Fault(
                    document.file,
                    node.line,
                    node.column,
                    "",
                    "a second document starts here; a file holds one.",
                )
            )
            return root
        if node.kind != "scalar" and not isinstance(event, AliasEvent):
            stack.append(node)
    return root


def _node(event: NodeEvent, anchors: dict[str, _Node], document: Document) -> _Node:
    line, column = event.start_mark.line + 1, event.start_mark.column + 1
    if isinstance(event, AliasEvent):
        known = anchors.get(event.anchor)
        if known is None or known.is_open:
            wrong = "stands for nothing above it" if known is None else "stands for something that contains it"
            document.faults.append(Fault(document.file, line, column, "", f"the alias *{event.anchor} {wrong}."))
            return _Node(None, line, column, is_open=False)
        return known
    tag = str(getattr(event, "tag", None) or "")
    if tag and tag != "!" and tag not in _PLAIN_TAGS:
        document.faults.append(
            Fault(document.file, line, column, "", f"the tag {tag[:60]} is not allowed; write plain values.")
        )
    if isinstance(event, ScalarEvent):
        quoted = event.style is not None or bool(tag)
        value = event.value if quoted else _resolve(event.value)
        node = _Node(value, line, column, raw=event.value, is_open=False)
        if not _is_text(event.value):
            node.value = node.raw = ""
            document.faults.append(Fault(document.file, line, column, "", "holds half a character; save it as UTF-8."))
    else:
        node = _Node(None, line, column, kind="map" if isinstance(event, MappingStartEvent) else "list")
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _is_text(text: str) -> bool:
    """Escapes such as \\ud800 write half of a character, which nothing can store."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _resolve(text: str) -> Plain:
    """What an unquoted word means in YAML 1.2: `yes`, `on`, `12:30` and `0123` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass
class _Unfolding:
    """Turns nodes into plain data with a place for every path, and stops when aliases multiply."""

    document: Document
    limits: Limits
    count: int = 0

    def unfold(self, node: _Node, path: Path, depth: int) -> Plain:
        self.count += 1
        if self.count > self.limits.values or depth > self.limits.depth:
            raise _Refused(_limit_text(self.limits))
        self.document.places[path] = (node.line, node.column)
        if node.kind == "list":
            return [self.unfold(child, (*path, at), depth + 1) for at, child in enumerate(node.children)]
        if node.kind == "map":
            return self._mapping(node, path, depth)
        return node.value  # type: ignore[return-value]  # a scalar node holds a scalar

    def _mapping(self, node: _Node, path: Path, depth: int) -> dict[str, Plain]:
        data: dict[str, Plain] = {}
        for key, value in zip(node.children[::2], node.children[1::2], strict=True):
            inner = (*path, key.raw)
            if key.kind != "scalar":
                self._complain(key, path, "the name of a field must be a plain word.")
            elif key.raw in data:
                self._complain(key, inner, "is there twice; keep one.")
            else:
                self.document.keys[inner] = (key.line, key.column)
                data[key.raw] = self.unfold(value, inner, depth + 1)
        return data

    def _complain(self, node: _Node, path: Path, message: str) -> None:
        self.document.faults.append(Fault(self.document.file, node.line, node.column, say_path(path), message))


def _limit_text(limits: Limits) -> str:
    return f"is nested deeper than {limits.depth} levels or holds more than {limits.values:,} values."


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["it cannot be understood"])[0].rstrip(".")[:200]
