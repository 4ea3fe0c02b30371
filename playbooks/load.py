"""From YAML to playbooks: the library of shipped and own ones, and what is wrong with a file."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from playbooks.checking import validate
from playbooks.faults import Fault, FileBroken, closest
from playbooks.graph import check_graph
from playbooks.lifecycle import RuleBroken
from playbooks.lint import check_words
from playbooks.model import Playbook
from playbooks.reading import Document, Limits, read_yaml
from playbooks.steps import IncludeStep

DEEPEST_INCLUDE = 3
_LIMITS = Limits(size=256_000, depth=12, values=20_000)


class PlaybookBroken(FileBroken):
    """A playbook cannot be used; `faults` names every place that has to be mended."""


@dataclass(frozen=True)
class Source:
    """A playbook and the file that it came from; `text` is what a run keeps."""

    playbook: Playbook
    text: str
    file: str
    document: Document
    is_shipped: bool


@dataclass(frozen=True, eq=False)
class Library:
    """All playbooks that can be used. What could not be is in `faults`, what replaced what in `notes`.

    Read once and never changed, so what is worked out from one can be remembered by it.
    """

    sources: Mapping[str, Source]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    def get(self, playbook_id: str) -> Playbook:
        """The playbook with this id; raises RuleBroken with the closest name."""
        return self.source(playbook_id).playbook

    def source(self, playbook_id: str) -> Source:
        """The same with its file and text."""
        found = self.sources.get(playbook_id.strip().lower())
        if found is None:
            meant = closest(playbook_id, self.sources)
            hint = f" Did you mean “{meant}”?" if meant else ""
            raise RuleBroken(f"There is no playbook “{playbook_id.strip()[:60]}”.{hint}")
        return found

    def all(self) -> tuple[Playbook, ...]:
        """Every playbook, in the order of their titles."""
        return tuple(sorted((source.playbook for source in self.sources.values()), key=lambda one: one.title))


def parse_playbook(text: str | bytes, source: str) -> Playbook:
    """One playbook, what it includes not looked at. `source` names the file in faults. Raises PlaybookBroken."""
    document = read_yaml(text, source, limits=_LIMITS)
    playbook, faults = _judge(document, today=None)
    if playbook is None or faults:
        raise PlaybookBroken(faults)
    return playbook


def content_hash(text: str) -> str:
    """What tells two contents apart, however their lines end."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:16]


@cache
def shipped_library() -> Library:
    """The playbooks that come with this package."""
    folder = files("playbooks").joinpath("library")
    contents = [(one.name, one.read_bytes()) for one in folder.iterdir() if one.name.endswith(".yaml")]
    return _collect(sorted(contents), Library({}), is_shipped=True)


def load_library(extra: Path | None = None) -> Library:
    """The shipped playbooks, then those in the folder `extra`, which win over shipped ones of the same id.

    A file with faults is left out and never takes its place in the library away from a good one.
    """
    if extra is None:
        return shipped_library()
    contents, unreadable = _read([extra])
    library = _collect(contents, shipped_library(), is_shipped=False)
    return Library(library.sources, (*unreadable, *library.faults), library.notes)


def check(paths: Iterable[Path], *, today: date | None = None) -> list[Fault]:
    """Every fault in these files and folders, in reading order. They may include each other and shipped ones."""
    contents, faults = _read(paths)
    documents = [read_yaml(content, name, limits=_LIMITS) for name, content in contents]
    known = {source.playbook.id: _includes(source.document) for source in shipped_library().sources.values()}
    known |= {_id(document): _includes(document) for document in documents}
    owners: dict[str, str] = {}
    for document in documents:
        faults += [*_judge(document, today=today)[1], *check_includes(document, known)]
        first = owners.setdefault(_id(document), document.file)
        if _id(document) and first != document.file:
            faults.append(document.fault(("id",), f"{first} has this id too; two playbooks cannot share it."))
    return sorted(set(faults))


def check_includes(document: Document, known: Mapping[str, Mapping[str, int]]) -> list[Fault]:
    """Includes of what does not exist, of themselves, or nested deeper than three."""
    faults = []
    for included, at in _includes(document).items():
        path = ("steps", at, "playbook")
        if included not in known:
            meant = closest(included, known)
            hint = f"; did you mean “{meant}”?" if meant else "."
            faults.append(document.fault(path, f"there is no playbook “{included}” to include{hint}"))
        elif _depth(included, known, (_id(document),)) is None:
            faults.append(document.fault(path, f"including “{included}” goes round in a circle."))
        elif (_depth(included, known, (_id(document),)) or 0) > DEEPEST_INCLUDE:
            faults.append(document.fault(path, f"includes are nested deeper than {DEEPEST_INCLUDE} here."))
    return faults


def _judge(document: Document, *, today: date | None) -> tuple[Playbook | None, list[Fault]]:
    if document.data is None:
        return None, document.faults or [document.fault((), "is empty.")]
    playbook, faults = validate(Playbook, document)
    return playbook, [*document.faults, *faults, *check_graph(document), *check_words(document, today=today)]


def _collect(contents: list[tuple[str, bytes]], below: Library, *, is_shipped: bool) -> Library:
    documents = [(read_yaml(content, name, limits=_LIMITS), content) for name, content in contents]
    known = {source.playbook.id: _includes(source.document) for source in below.sources.values()}
    known |= {_id(document): _includes(document) for document, _ in documents}
    sources, faults, notes, own = dict(below.sources), list(below.faults), list(below.notes), set[str]()
    for document, content in documents:
        playbook, found = _judge(document, today=None)
        found = [*found, *check_includes(document, known)]
        if playbook is not None and playbook.id in own:
            found.append(document.fault(("id",), "another file of this folder has this id; this one is left out."))
        if playbook is None or found:
            faults += found
            continue
        own.add(playbook.id)
        if playbook.id in below.sources:
            notes.append(f"{document.file} replaces the playbook “{playbook.id}” that was shipped.")
        sources[playbook.id] = Source(playbook, content.decode("utf-8-sig"), document.file, document, is_shipped)
    return _without_orphans(Library(sources, tuple(sorted(set(faults))), tuple(notes)), below)


def _without_orphans(library: Library, below: Library) -> Library:
    """A playbook whose include was itself left out cannot be walked; the shipped one takes its place again."""
    for playbook_id, source in library.sources.items():
        faults = [
            source.document.fault(("steps", at, "playbook"), f"“{included}” has faults and cannot be included.")
            for included, at in _includes(source.document).items()
            if included not in library.sources
        ]
        if faults:
            rest = {key: value for key, value in library.sources.items() if key != playbook_id}
            if playbook_id in below.sources and not source.is_shipped:
                rest[playbook_id] = below.sources[playbook_id]
            return _without_orphans(Library(rest, (*library.faults, *faults), library.notes), below)
    return library


def included_ids(playbook: Playbook) -> tuple[str, ...]:
    """The playbooks that this one includes directly, each once."""
    return tuple(dict.fromkeys(step.playbook for step in playbook.steps if isinstance(step, IncludeStep)))


def _includes(document: Document) -> dict[str, int]:
    """Included id → index of the step that includes it, from data that may have faults."""
    data = document.data if isinstance(document.data, dict) else {}
    rows = data.get("steps")
    return {
        str(row["playbook"]): at
        for at, row in enumerate(rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("kind") == "include" and isinstance(row.get("playbook"), str)
    }


def _depth(playbook_id: str, known: Mapping[str, Mapping[str, int]], above: tuple[str, ...]) -> int | None:
    """How many playbooks deep including this one goes, or None when it comes back to one above it."""
    if playbook_id in above:
        return None
    depths = [_depth(inner, known, (*above, playbook_id)) for inner in known.get(playbook_id, ())]
    return None if None in depths else 1 + max((depth or 0 for depth in depths), default=0)


def _id(document: Document) -> str:
    return str(document.data.get("id", "")) if isinstance(document.data, dict) else ""


def _read(paths: Iterable[Path]) -> tuple[list[tuple[str, bytes]], list[Fault]]:
    contents, faults = [], []
    for path in paths:
        inside = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")]) if path.is_dir() else [path]
        for file in inside:
            try:
                contents.append((str(file), file.read_bytes()))
            except OSError as error:
                faults.append(Fault(str(file), 1, 1, "", f"cannot be read: {error.strerror or 'unknown reason'}."))
    return contents, faults
