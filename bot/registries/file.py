"""The registry that is a file: models.yaml, kept in Git, with everything that other registries have no field for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.registries.entries import Entry
from bot.registries.protocol import Health, Reading, RegistryDown
from playbooks.card import Fact, ModelCard
from playbooks.faults import Fault, closest
from playbooks.reading import Document, Limits, Plain, read_yaml

_LIMITS: Final = Limits(size=8_000_000, values=400_000)


@dataclass
class Catalogue:
    """A models.yaml that was read: the entries that can be used, and every fault with the entry it spoils."""

    cards: list[ModelCard] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    is_readable: bool = True


class FileRegistry:
    """Reads models.yaml anew each time, so that an edit needs no restart."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, now: datetime) -> Reading:
        """Every entry that can be used. Raises RegistryDown when the file is missing or cannot be read at all."""
        catalogue = parse(self._content(), self.path.name, now=now)
        if not catalogue.is_readable:
            raise RegistryDown(f"Nothing in {self.path} can be used until it is mended: {_first(catalogue)}")
        return Reading(
            cards=tuple(catalogue.cards), unreadable=frozenset(catalogue.spoilt), problem=_problem(catalogue, self.path)
        )

    def health(self) -> Health:
        """Whether every entry can be used."""
        try:
            catalogue = parse(self._content(), self.path.name, now=datetime.fromtimestamp(0).astimezone())
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))
        problem = _problem(catalogue, self.path)
        return Health(ok=problem is None, sentence=problem or f"{self.path} lists {_models(len(catalogue.cards))}.")

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise RegistryDown(
                f"There is no file {self.path}. Write one (deploy/examples/models.yaml shows how), "
                "name another in ML_INCIDENT_REGISTRY_FILE, or take “file” out of ML_INCIDENT_REGISTRIES."
            ) from None
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            raise RegistryDown(f"{self.path} cannot be read ({reason}). Give the bot's user the right to.") from None


def parse(content: bytes | str, file: str, *, now: datetime) -> Catalogue:
    """Read a catalogue; never raises for what its bytes are."""
    document = read_yaml(content, file, limits=_LIMITS)
    found = Catalogue(faults=list(document.faults))
    models = _models_of(document, found)
    if models is None:
        found.is_readable = False
        return found
    for name, data in models.items():
        entry = Entry(document, ("models", name))
        if not name.strip() or name != name.strip() or len(name) > 200 or not name.isprintable():
            entry.faults.append(
                document.fault(entry.path, "a model's name is 1 to 200 visible characters.", at_key=True)
            )
        entry.read(data)
        found.faults += entry.faults
        found.cards.append(
            ModelCard(name, {key: Fact(value, file, now) for key, value in entry.values.items() if value})
        )
    found.spoilt = _spoilt(document, list(models), found.faults)
    found.cards = [card for card in found.cards if card.name not in found.spoilt]
    found.faults.sort()
    return found


def _models_of(document: Document, found: Catalogue) -> dict[str, Plain] | None:
    data = document.data
    if data is None:
        if not document.faults:
            found.faults.append(document.fault((), "is empty; start it with `models:`."))
        return None
    if not isinstance(data, dict) or "models" not in data:
        found.faults.append(document.fault((), "expected `models:` with one entry for each model below it."))
        return None
    for key in data.keys() - {"models"}:
        meant = "; did you mean “models”?" if closest(key, ["models"]) else "."
        found.faults.append(document.fault((key,), f"there is no such field{meant} Allowed: models.", at_key=True))
    models = data["models"]
    if models is None:
        return {}
    if not isinstance(models, dict):
        found.faults.append(document.fault(("models",), "expected the name of each model, and its fields below it."))
        return None
    return models


def _spoilt(document: Document, names: list[str], faults: list[Fault]) -> set[str]:
    """The entries in which the faults stand, by place: a fault found while reading knows of no entry."""
    starts: list[tuple[tuple[int, int], str | None]]
    starts = [(document.keys["models", name], name) for name in names]
    starts += [(place, None) for path, place in document.keys.items() if len(path) == 1]
    starts.sort(key=lambda start: start[0])
    by_field = {f"models.{name}": name for name in names}
    spoilt = set()
    for fault in faults:
        before = [name for place, name in starts if place <= (fault.line, fault.column)]
        name = by_field.get(fault.field) or (before[-1] if before else None)
        spoilt |= {name} if name is not None else set()
    return spoilt


def _problem(catalogue: Catalogue, path: Path) -> str | None:
    if not catalogue.faults:
        return None
    count = len(catalogue.faults)
    said = f"{path} has {count} fault{'' if count == 1 else 's'}; `ml-incident registry check` lists them"
    if catalogue.spoilt:
        said += f". What was last known stays for {', '.join(sorted(catalogue.spoilt)[:10])}"
    return f"{said}. First: {_first(catalogue)}"


def _first(catalogue: Catalogue) -> str:
    return str(catalogue.faults[0]) if catalogue.faults else "it holds no models."


def _models(count: int) -> str:
    return f"{count} model{'' if count == 1 else 's'}"
