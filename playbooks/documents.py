"""A file that was read: plain data, and where each value stands in it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from playbooks.faults import Fault, visible

Path = tuple[str | int, ...]
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

Mark = tuple[Any, Any, "dict[str | int, Any] | None"]
"""Where a value begins, where its name does, and the marks of what it holds. Places are the parser's, from 0."""


@dataclass
class Document:
    """A file that was read. `data` is None when it is empty or unreadable; `faults` says why."""

    file: str
    data: Plain = None
    faults: list[Fault] = field(default_factory=list)
    root: Mark | None = None

    @cached_property
    def places(self) -> dict[Path, tuple[int, int]]:
        """Line and column of every value, from 1. Made only when somebody asks, which for most files nobody does."""
        return {path: (place.line + 1, place.column + 1) for path, (place, _, _) in self._marks()}

    @cached_property
    def keys(self) -> dict[Path, tuple[int, int]]:
        """Line and column of the name of every field, from 1."""
        return {path: (key.line + 1, key.column + 1) for path, (_, key, _) in self._marks() if key is not None}

    def fault(self, path: Path, message: str, *, at_key: bool = False) -> Fault:
        """A fault at a path; where the path is not in the file, at the closest thing above it."""
        table, there = (self.keys if at_key else self.places), path
        while there and there not in table and there not in self.places:
            there = there[:-1]
        line, column = table.get(there) or self.places.get(there, (1, 1))
        return Fault(self.file, line, column, visible(say_path(path), 200), visible(message, 2000))

    def _marks(self) -> "list[tuple[Path, Mark]]":
        """In the order of the file. Aliases lead to one mark by several paths; the limits count each of them."""
        found: list[tuple[Path, Mark]] = []
        waiting: list[tuple[Path, Mark]] = [((), self.root)] if self.root is not None else []
        while waiting:
            path, mark = waiting.pop()
            found.append((path, mark))
            if mark[2]:
                waiting += [((*path, name), inner) for name, inner in reversed(mark[2].items())]
        return found


def say_path(path: Path) -> str:
    """('steps', 2, 'title') → 'steps[2].title'."""
    said = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return said.removeprefix(".")
