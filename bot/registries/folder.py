"""A folder of models.yaml files, one model each or several; nested folders and a Git checkout are read as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.registries.file import Catalogue, parse, unreadable
from bot.registries.protocol import RegistryDown
from playbooks.faults import Fault

MOST_FILES: Final = 20_000
MOST_BYTES: Final = 100_000_000
_ENDINGS: Final = (".yaml", ".yml")
# What a file that is no YAML any more may have been about: a name of its own, or the names below `models:`.
_NAMES: Final = re.compile(
    r"^(?:- +|  - +)?name: *[\"']?([^\"'#\n]{1,200}?)[\"']? *$|^  ([^\s#:-][^:\n]{0,199}):", re.MULTILINE
)


def catalogue_at(path: Path, *, now: datetime) -> Catalogue:
    """A file or a folder, with places as somebody would type them. Raises OSError or RegistryDown."""
    if path.is_dir():
        return read_folder(path, now=now, shown=f"{path.as_posix().rstrip('/')}/")
    return parse(path.read_bytes(), str(path), now=now)


def read_folder(folder: Path, *, now: datetime, shown: str = "") -> Catalogue:
    """All of its files as one catalogue; places begin with `shown`. Raises RegistryDown when it cannot be walked."""
    whole = Catalogue()
    size = 0
    for path in _files(folder):
        content = _content(path)
        size += len(content)
        if size > MOST_BYTES:
            raise RegistryDown(
                f"The files in {folder} hold more than {MOST_BYTES // 1_000_000} MB. "
                "Name a folder in ML_INCIDENT_REGISTRY_FILE that holds nothing but model cards."
            )
        file = f"{shown}{path.relative_to(folder).as_posix()}"
        found = parse(content, file, now=now, name=path.stem)
        whole.faults += found.faults
        whole.spoilt |= found.spoilt if found.is_readable else _names_in(content, path.stem)
        _join(whole, found)
    if not whole.places and not whole.faults:
        whole.faults.append(Fault(str(folder), 1, 1, "", "holds no .yaml file; write one for each model."))
        whole.is_readable = False
    whole.cards = [card for card in whole.cards if card.name not in whole.spoilt]
    whole.faults.sort()
    return whole


def _join(whole: Catalogue, found: Catalogue) -> None:
    """Add what a file says; a model that another file has, too, is in doubt in both."""
    for name, place in found.places.items():
        before = whole.places.setdefault(name, place)
        if before is not place:
            there = f"{before.file}:{before.line}"
            whole.faults.append(replace(place, message=f"“{name}” is in {there} too; keep one."))
            whole.spoilt.add(name)
    whole.cards += found.cards
    whole.on_calls.update(found.on_calls)


def _files(folder: Path) -> Iterator[Path]:
    count = 0
    for here, folders, files in os.walk(folder, onerror=_refuse):
        # Hidden ones are Git's, an editor's, or the second view of a mounted volume.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or not name.endswith(_ENDINGS):
                continue
            count += 1
            if count > MOST_FILES:
                raise RegistryDown(
                    f"{folder} holds more than {MOST_FILES:,} files. "
                    "Name a folder in ML_INCIDENT_REGISTRY_FILE that holds nothing but model cards."
                )
            yield Path(here) / name


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _refuse(error)
        raise AssertionError from error  # not reached: it is refused


def _refuse(error: OSError) -> None:
    raise RegistryDown(unreadable(error.filename, error)) from None


def _names_in(content: bytes, stem: str) -> set[str]:
    """So that nothing vanishes while a file is being mended."""
    found = _NAMES.finditer(content[:1_000_000].decode("utf-8", "replace"))
    return {stem} | {(match[1] or match[2]).strip() for match in found}
