"""Reading YAML 1.2 from strangers: plain data, where each value stands, limits, faults and no tracebacks."""

import re
from dataclasses import dataclass
from sys import intern
from typing import Any, Final

from playbooks.documents import Document, Mark, Path, Plain, say_path
from playbooks.faults import Fault, visible
from playbooks.parsing import ALIAS, BROKEN, END, KINDS, MAPPING, OTHER, SCALAR, read_events

__all__ = ["Document", "Limits", "Path", "Plain", "read_yaml", "say_path"]

_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]{1,18}|(0|[1-9][0-9]{0,17})(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,2})?")
_FIRST_OF_NUMBERS: Final = "+-.0123456789"
_SHORT: Final = 24
_HALVES: Final = re.compile("[\ud800-\udfff]")
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


class _Refused(Exception):
    pass


def read_yaml(source: str | bytes, file: str, *, limits: Limits | None = None) -> Document:
    """Read one document. Never raises for what the bytes are: look at `faults`."""
    limits, document = limits or Limits(), Document(file)
    try:
        _Reading(document, limits).read(_text(source, limits))
    except BROKEN as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        document.faults.append(Fault(file, line, column, "", _not_yaml(getattr(error, "problem", None) or error)))
    except _Refused as error:
        document.faults.append(Fault(file, 1, 1, "", str(error)))
    # The parser lets some of its own slips through on malformed bytes; whatever it is, a file caused it.
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError) as error:
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
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        raise _Refused(f"is not UTF-8 text (byte {error.start + 1}).") from None
    if isinstance(source, str) and not _is_text(text):
        raise _Refused(_HALF)
    return text


def _is_text(text: str) -> bool:
    """Escapes such as \\ud800 write half of a character, which nothing can store."""
    return _HALVES.search(text) is None


def _resolve(text: str) -> Plain:
    """What an unquoted word means in YAML 1.2: `yes`, `on`, `12:30` and `0123` stay text."""
    if text[:1] not in _FIRST_OF_NUMBERS:
        return _WORDS.get(text, text)
    if _INTEGER.fullmatch(text):
        return int(text)
    if not text:
        return None
    return float(text) if _FLOAT.fullmatch(text) else text


_HALF: Final = "holds half a character; save it as UTF-8."


class _Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "height", "inside", "is_map", "key", "name", "place", "size", "value")

    def __init__(self, place: Any, anchor: str | None, *, is_map: bool) -> None:
        self.value: Any = {} if is_map else []
        self.place, self.anchor, self.is_map = place, anchor, is_map
        self.inside: dict[str | int, Mark] = {}
        self.key: Any = None  # where the name stands of the field whose value comes next
        self.name: str | None = None  # and the name itself; None when the field is left out
        self.size, self.height = 1, 0


class _Reading:
    """Builds plain data from events without recursion, so that depth is ours to limit.

    An alias gives the same object again and counts as all that it stands for, so a few lines cannot become gigabytes.
    """

    def __init__(self, document: Document, limits: Limits) -> None:
        self.document, self.limits = document, limits
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Plain, Mark, int, int, str] | None] = {}  # None while it is open
        self.has_root = False

    def read(self, text: str) -> None:
        """Fill the document. Raises what the parser raises, and _Refused."""
        stack, values, depth = self.stack, self.limits.values, self.limits.depth
        count = 0
        for event in read_events(text):
            kind = KINDS.get(type(event), OTHER)
            if kind == OTHER:
                continue
            if kind == END:
                self._close(stack.pop())
                continue
            count += 1
            if count > values or len(stack) >= depth:
                raise _Refused(_limit_text(self.limits))
            if kind == SCALAR and stack and self._plainly(event, stack[-1]):
                continue
            if not stack and self.has_root:
                self._complain(event.start_mark, "a second document starts here; a file holds one.")
                return
            self.has_root = True
            if kind == SCALAR:
                self._scalar(event)
            elif kind == ALIAS:
                self._alias(event)
            else:
                self._open(event, is_map=kind == MAPPING)

    def _plainly(self, event: Any, top: _Open) -> bool:
        """Add a scalar about which there is nothing to say, in one call, because most of a file is these.

        False where there is something, and nothing was added.
        """
        raw: str = event.value
        if event.tag or event.anchor or not (raw.isascii() or _is_text(raw)) or top.size >= self.limits.values:
            return False
        if len(raw) < _SHORT:
            raw = intern(raw)  # the same few words come back in every playbook
        if top.is_map and top.key is None:
            if raw in top.value:
                return False
            top.key, top.name = event.start_mark, raw
        else:
            value = raw if event.style else _resolve(raw)
            if not top.is_map:
                top.inside[len(top.value)] = (event.start_mark, None, None)
                top.value.append(value)
            elif top.name is not None:
                top.value[top.name] = value
                top.inside[top.name] = (event.start_mark, top.key, None)
            top.key = None
        top.size += 1
        top.height = top.height or 1
        return True

    def _scalar(self, event: Any) -> None:
        raw: str = event.value
        if not raw.isascii() and not _is_text(raw):
            self._complain(event.start_mark, _HALF)
            raw = ""
        is_quoted = bool(event.style) or bool(event.tag and self._tag(event))
        value: Plain = raw if is_quoted else _resolve(raw)
        mark = (event.start_mark, None, None)
        if event.anchor:
            self.anchors[event.anchor] = (value, mark, 1, 0, raw)
        self._add(value, mark, 1, 0, raw)

    def _alias(self, event: Any) -> None:
        known = self.anchors.get(event.anchor)
        if known is None:
            is_open = event.anchor in self.anchors
            wrong = "stands for something that contains it" if is_open else "stands for nothing above it"
            self._complain(event.start_mark, f"the alias *{visible(event.anchor, 60)} {wrong}.")
            known = (None, (event.start_mark, None, None), 1, 0, "")
        self._add(*known)

    def _open(self, event: Any, *, is_map: bool) -> None:
        if event.tag:
            self._tag(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(event.start_mark, event.anchor, is_map=is_map))

    def _close(self, done: _Open) -> None:
        mark = (done.place, None, done.inside)
        if done.anchor and self.anchors.get(done.anchor) is None:
            self.anchors[done.anchor] = (done.value, mark, done.size, done.height, "")
        self._add(done.value, mark, done.size, done.height, "")

    def _add(self, value: Plain, mark: Mark, size: int, height: int, raw: str) -> None:
        if not self.stack:
            self.document.data, self.document.root = value, mark
            return
        top = self.stack[-1]
        top.size += size
        if height >= top.height:
            top.height = height + 1
        if top.size > self.limits.values or len(self.stack) + height > self.limits.depth:
            raise _Refused(_limit_text(self.limits))
        if not top.is_map:
            top.inside[len(top.value)] = mark
            top.value.append(value)
        elif top.key is None:
            top.key, top.name = mark[0], raw
            if mark[2] is not None or raw in top.value:
                self._refuse_name(top, raw, is_plain=mark[2] is None)
        else:
            if top.name is not None:
                top.value[top.name] = value
                top.inside[top.name] = (mark[0], top.key, mark[2])
            top.key = None

    def _refuse_name(self, top: _Open, raw: str, *, is_plain: bool) -> None:
        if is_plain:
            self._complain(top.key, "is there twice; keep one.", (*self._path(), raw))
        else:
            self._complain(top.key, "the name of a field must be a plain word.", self._path())
        top.name = None

    def _tag(self, event: Any) -> str:
        tag = str(event.tag or "")
        if tag and tag != "!" and tag not in _PLAIN_TAGS:
            self._complain(event.start_mark, f"the tag {visible(tag, 60)} is not allowed; write plain values.")
        return tag

    def _path(self) -> Path:
        """Where the innermost open collection stands."""
        return tuple((one.name or "?") if one.is_map else len(one.value) for one in self.stack[:-1])

    def _complain(self, place: Any, message: str, path: Path = ()) -> None:
        said = visible(say_path(path), 200)
        self.document.faults.append(Fault(self.document.file, place.line + 1, place.column + 1, said, message))


def _limit_text(limits: Limits) -> str:
    return f"is nested deeper than {limits.depth} levels or holds more than {limits.values:,} values."


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["it cannot be understood"])[0].rstrip(".")[:200]
