"""One model of models.yaml: its keys are those of the model card, each value is held against its field's kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from bot.registries.values import MANY, ONE, Wrong
from playbooks.card import FactValue
from playbooks.components import COMPONENT
from playbooks.faults import Fault, closest, not_one_of
from playbooks.fields import FIELDS, POC_TEAMS, FieldSpec, field_for
from playbooks.reading import Document, Path, Plain

MOST: Final = 100
"""Items of one list that are looked at."""
FAMILIES: Final = {spec.key.removesuffix(".*"): spec for spec in FIELDS if spec.is_pattern}
_NAMES: Final = sorted({spec.key for spec in FIELDS if not spec.is_pattern} - {"aliases"} | set(FAMILIES))
MEMBER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
EXPERIMENT: Final = {"name": "text", "arm": "text", "cleanup_by": "date", "link": "link", "what": "text"}
"""What is known of an experiment, and its kind."""
RECORDS: Final[dict[str, tuple[dict[str, str], tuple[str, ...]]]] = {
    "experiments": (EXPERIMENT, ("name",)),
    "components": (COMPONENT, ("kind", "name")),
}
"""Table → (what its rows may say, what each must)."""


@dataclass
class Entry:
    """What one entry of the file says, and what is wrong with it."""

    document: Document
    path: Path
    values: dict[str, FactValue] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self, data: Plain) -> None:
        """Read all fields; empty ones are left out, because they document nothing."""
        if not isinstance(data, dict):
            self._complain(self.path, "expected fields with names (`owner: ana@example.com`).")
            return
        for key, value in data.items():
            if value is not None:
                self._read_field(key, value)

    def _read_field(self, key: str, value: Plain) -> None:
        path = (*self.path, key)
        if key in FAMILIES:
            self._read_family(key, value)
            return
        spec = field_for(key)
        if spec is None or key == "aliases":
            self._complain(path, _unknown(key), at_key=True)
        elif problem := wrong_member(key):
            self._complain(path, problem, at_key=True)
        else:
            self._keep(key, spec, value, path)

    def _read_family(self, family: str, value: Plain) -> None:
        path = (*self.path, family)
        if not isinstance(value, dict):
            example = "ds: ana@example.com" if family == "poc" else "prod: https://example.com/predict"
            self._complain(path, f"expected one line for each {_member_word(family)} below it (`{example}`).")
            return
        for member, inner in value.items():
            key = f"{family}.{member}"
            if problem := wrong_member(key):
                self._complain((*path, member), problem, at_key=True)
            elif inner is not None:
                self._keep(key, field_for(key) or FAMILIES[family], inner, (*path, member))

    def _keep(self, key: str, spec: FieldSpec, value: Plain, path: Path) -> None:
        if key in self.values:
            self._complain(path, "is there twice; keep one.", at_key=True)
        elif spec.kind == "records":
            self.values[key] = list(self._rows(key, value, path))
        elif spec.kind in MANY:
            self.values[key] = self._several(MANY[spec.kind], value, path)
        else:
            self.values[key] = self._one(ONE[spec.kind], value, path)

    def _several(self, read: Callable[[Plain], str], value: Plain, path: Path) -> list[str]:
        if isinstance(value, list):
            said = [self._one(read, item, (*path, at)) for at, item in enumerate(value[:MOST])]
        else:
            parts = value.split(",") if isinstance(value, str) else [value]
            said = [self._one(read, part, path) for part in parts]
        return [item for item in said if item]

    def _one(self, read: Callable[[Plain], str], value: Plain, path: Path) -> str:
        try:
            return read(value)
        except Wrong as wrong:
            said = str(wrong)
            self._complain(path, said if said.endswith(("?", ".")) else f"{said}.")
            return ""

    def _rows(self, key: str, value: Plain, path: Path) -> Iterator[dict[str, str]]:
        if not isinstance(value, list):
            self._complain(path, "expected a list (lines that start with “- ”).")
            return
        cells, needed = RECORDS[key]
        for at, row in enumerate(value[:MOST]):
            if isinstance(row, dict) and all(row.get(name) for name in needed):
                yield self._row(cells, row, (*path, at))
            else:
                verb = "is" if len(needed) == 1 else "are"
                said = f"expected fields: {', '.join(cells)}; the {' and the '.join(needed)} {verb} needed."
                self._complain((*path, at), said)

    def _row(self, cells: dict[str, str], row: dict[str, Plain], path: Path) -> dict[str, str]:
        record = {}
        for name, cell in row.items():
            if name not in cells:
                self._complain((*path, name), f"there is no such field. {not_one_of(name, cells)}", at_key=True)
            elif cell is not None:
                record[name] = self._one(ONE[cells[name]], cell, (*path, name))
        return {name: said for name, said in record.items() if said}

    def _complain(self, path: Path, message: str, *, at_key: bool = False) -> None:
        self.faults.append(self.document.fault(path, message, at_key=at_key))


def _unknown(key: str) -> str:
    meant = closest(key, _NAMES)
    hint = f"; did you mean “{meant}”?" if meant else "."
    return f"there is no such field{hint} Allowed: {', '.join(_NAMES)}."


def _member_word(family: str) -> str:
    return "team" if family == "poc" else "environment"


def wrong_member(key: str) -> str | None:
    """What is wrong with the name of a team or environment, or None."""
    family, _, member = key.partition(".")
    if family not in FAMILIES:
        return None
    if not MEMBER.fullmatch(member):
        return (
            f"the name of a {_member_word(family)} is written in small letters, digits and -, such as ds or merch-ops."
        )
    meant = get_close_matches(member, POC_TEAMS, n=1, cutoff=0.8)
    if family == "poc" and meant and member not in POC_TEAMS:
        return f"there is no team “{member}”; did you mean “{meant[0]}”? Usual teams: {', '.join(POC_TEAMS)}."
    return None
