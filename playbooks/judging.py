"""One file with a playbook held against everything that can be told without looking at other files."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from playbooks.checking import validate
from playbooks.faults import Fault
from playbooks.graph import check_graph
from playbooks.lint import check_words
from playbooks.lint_asking import OPERATORS
from playbooks.model import Playbook
from playbooks.reading import Document, Limits, Path, read_yaml

LIMITS: Final = Limits(size=256_000, depth=12, values=20_000)


@dataclass(frozen=True)
class Judged:
    """What became of a file. `includes` has the step (its index) that includes each playbook first."""

    file: str
    content: bytes
    id: str
    playbook: Playbook | None
    faults: tuple[Fault, ...]
    includes: dict[str, int] = field(default_factory=dict)

    def fault(self, path: Path, message: str) -> Fault:
        """A fault found later. The file is read again for its place, so that a thousand good ones keep no positions."""
        return self._again.fault(path, message)

    @cached_property
    def _again(self) -> Document:
        return read_yaml(self.content, self.file, limits=LIMITS)


def judge(
    content: str | bytes, file: str, *, today: date | None = None, connections: Collection[str] | None = None
) -> Judged:
    """The playbook in this file, or all its faults. Without `today` and `connections` neither is looked at."""
    kept = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    return judge_document(read_yaml(content, file, limits=LIMITS), kept, today=today, connections=connections)


def judge_document(
    document: Document, content: bytes, *, today: date | None = None, connections: Collection[str] | None = None
) -> Judged:
    """The same for a file that has been read."""
    if document.data is None:
        found = document.faults or [document.fault((), "is empty.")]
        return Judged(document.file, content, "", None, tuple(found))
    playbook, faults = validate(Playbook, document)
    words = check_words(document, today=today, connections=connections)
    # What names a host is no field either; to say why is enough.
    explained = {fault.field for fault in words if OPERATORS in fault.message or fault.field.endswith("before.method")}
    faults = [*document.faults, *(one for one in faults if one.field not in explained), *check_graph(document), *words]
    return Judged(document.file, content, _id(document), playbook, tuple(sorted(set(faults))), _includes(document))


def _id(document: Document) -> str:
    found = document.data.get("id") if isinstance(document.data, dict) else None
    return found if isinstance(found, str) else ""


def _includes(document: Document) -> dict[str, int]:
    rows = document.data.get("steps") if isinstance(document.data, dict) else None
    found: dict[str, int] = {}
    for at, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict) and row.get("kind") == "include" and isinstance(row.get("playbook"), str):
            found.setdefault(row["playbook"], at)  # type: ignore[arg-type]  # a text, looked at the line above
    return found
