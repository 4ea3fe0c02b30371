"""From YAML to playbooks: the library of shipped and own ones, and what is wrong with a file."""

import gc
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from playbooks.asking import BUILT_IN
from playbooks.faults import Fault, FileBroken, closest, visible
from playbooks.including import Known, check_includes, depths
from playbooks.judging import LIMITS, Judged, judge
from playbooks.lifecycle import RuleBroken
from playbooks.model import Playbook
from playbooks.steps import IncludeStep


class PlaybookBroken(FileBroken):
    """A playbook cannot be used; `faults` names every place that has to be mended."""


@contextmanager
def _keeping() -> Iterator[None]:
    """Nothing is looked through for garbage while a thousand files become objects that stay: a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True)
class Source:
    """A playbook and the file that it came from, as it is written."""

    playbook: Playbook
    content: bytes
    file: str
    is_shipped: bool

    @property
    def text(self) -> str:
        """The file as people wrote it."""
        return self.content.decode("utf-8-sig")


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
    judged = judge(text, source)
    if judged.playbook is None or judged.faults:
        raise PlaybookBroken(judged.faults)
    return judged.playbook


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
    faults: list[Fault] = []
    shipped = shipped_library()
    with _keeping():
        library = _collect(_read([extra], faults), shipped, is_shipped=False)
    return Library(library.sources, (*faults, *library.faults), library.notes)


def check(paths: Iterable[Path], *, today: date | None = None, connections: Collection[str] = ()) -> list[Fault]:
    """Every fault in these files and folders, in reading order. They may include each other and shipped ones.

    `connections` are the names that the operator has set up, beside those that are always known.
    """
    names = frozenset((*BUILT_IN, *connections))
    faults: list[Fault] = []
    found: list[Judged] = []
    for file, content in _read(paths, faults):
        judged = judge(content, file, today=today, connections=names)
        faults += judged.faults
        found.append(replace(judged, playbook=None))
    known = _known(shipped_library(), found)
    deep = depths(known)
    owners: dict[str, str] = {}
    for judged in found:
        faults += check_includes(judged, known, deep)
        first = owners.setdefault(judged.id, judged.file)
        if judged.id and first != judged.file:
            faults.append(judged.fault(("id",), f"{first} has this id too; two playbooks cannot share it."))
    return sorted(set(faults))


def _collect(contents: Iterable[tuple[str, bytes]], below: Library, *, is_shipped: bool) -> Library:
    found = [judge(content, file) for file, content in contents]
    known = _known(below, found)
    deep = depths(known)
    sources, faults, notes, own = dict(below.sources), list(below.faults), list(below.notes), dict[str, Judged]()
    for judged in found:
        wrong = [*judged.faults, *check_includes(judged, known, deep)]
        if judged.playbook is not None and judged.id in own:
            wrong.append(judged.fault(("id",), "another file of this folder has this id; this one is left out."))
        if judged.playbook is None or wrong:
            faults += wrong
            continue
        own[judged.id] = judged
        if judged.id in below.sources:
            notes.append(f"{judged.file} replaces the playbook “{judged.id}” that was shipped.")
        sources[judged.id] = Source(judged.playbook, judged.content, judged.file, is_shipped)
    faults += _leave_orphans_out(sources, own, below)
    return Library(sources, tuple(sorted(set(faults))), tuple(notes))


def _leave_orphans_out(sources: dict[str, Source], own: dict[str, Judged], below: Library) -> list[Fault]:
    """A playbook whose include was itself left out cannot be walked; the shipped one takes its place again."""
    faults: list[Fault] = []
    while lost := [one for one in own.values() if not one.includes.keys() <= sources.keys()]:
        for judged in lost:
            for included, at in judged.includes.items():
                if included not in sources:
                    said = f"“{included}” has faults and cannot be included."
                    faults.append(judged.fault(("steps", at, "playbook"), said))
        for judged in lost:
            del own[judged.id], sources[judged.id]
            if judged.id in below.sources:
                sources[judged.id] = below.sources[judged.id]
    return faults


def included_ids(playbook: Playbook) -> tuple[str, ...]:
    """The playbooks that this one includes directly, each once."""
    return tuple(dict.fromkeys(step.playbook for step in playbook.steps if isinstance(step, IncludeStep)))


def _known(below: Library, found: Iterable[Judged]) -> Known:
    known: dict[str, Collection[str]] = {
        playbook_id: included_ids(source.playbook) for playbook_id, source in below.sources.items()
    }
    return known | {judged.id: judged.includes for judged in found}


def _read(paths: Iterable[Path], faults: list[Fault]) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, one at a time; what cannot be read goes to `faults`."""
    seen: set[str] = set()
    for path in paths:
        for file in _inside(path, faults):
            name, real = _said(file), os.path.realpath(file)
            if real in seen:
                continue
            seen.add(real)
            if file != path and not file.is_file():
                faults.append(Fault(name, 1, 1, "", "is not a file."))
                continue
            try:
                with file.open("rb") as opened:
                    content = opened.read(LIMITS.size + 1)  # one more than allowed is enough to refuse the rest
            except OSError as error:
                faults.append(_unreadable(file, error))
            else:
                yield name, content


def _inside(path: Path, faults: list[Fault]) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        # Kubernetes shows a folder's files a second time, in a hidden folder beside them.
        found = (one for end in ("yaml", "yml") for one in path.rglob(f"*.{end}"))
        return sorted(one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts))
    except OSError as error:
        faults.append(_unreadable(path, error))
        return []


def _unreadable(file: Path, error: OSError) -> Fault:
    return Fault(_said(file), 1, 1, "", f"cannot be read: {error.strerror or 'unknown reason'}.")


def _said(file: Path) -> str:
    """Names of files may hold bytes that are no text, and signs that a terminal obeys."""
    return visible(os.fsencode(file).decode("utf-8", "replace"), 1000)
