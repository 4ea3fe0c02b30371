"""The registry that is a file: models.yaml, kept in Git, with everything that other registries have no field for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.registries.entries import FAMILIES, Entry
from bot.registries.protocol import Health, Reading, RegistryDown
from playbooks.card import Fact, ModelCard
from playbooks.faults import Fault, closest
from playbooks.fields import field_for
from playbooks.reading import Document, Limits, Plain, read_yaml
from playbooks.reading import Path as DocumentPath

_LIMITS: Final = Limits(size=8_000_000, values=400_000)


@dataclass
class Catalogue:
    """A models.yaml that was read: the entries that can be used, and every fault with the entry it spoils."""

    cards: list[ModelCard] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    places: dict[str, Fault] = field(default_factory=dict)
    """Where each model stands, whatever is wrong with it."""
    on_calls: dict[str, Fault] = field(default_factory=dict)
    """Where it says who is on call."""
    is_readable: bool = True


class FileRegistry:
    """Reads models.yaml, or a folder of such files, anew each time, so that an edit needs no restart."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, now: datetime) -> Reading:
        """Every entry that can be used. Raises RegistryDown when the file is missing or cannot be read at all."""
        catalogue = self._catalogue(now)
        if not catalogue.is_readable:
            raise RegistryDown(f"Nothing in {self.path} can be used until it is mended: {_first(catalogue)}")
        return Reading(
            cards=tuple(catalogue.cards), unreadable=frozenset(catalogue.spoilt), problem=_problem(catalogue, self.path)
        )

    def health(self) -> Health:
        """Whether every entry can be used."""
        try:
            catalogue = self._catalogue(datetime.fromtimestamp(0).astimezone())
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))
        problem = _problem(catalogue, self.path)
        return Health(ok=problem is None, sentence=problem or f"{self.path} lists {_models(len(catalogue.cards))}.")

    def _catalogue(self, now: datetime) -> Catalogue:
        if self._is_folder():
            from bot.registries.folder import read_folder

            return read_folder(self.path, now=now)
        return parse(self._content(), self.path.name, now=now)

    def _is_folder(self) -> bool:
        try:
            return self.path.is_dir()
        except OSError:
            return False  # whoever reads it is told why

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise RegistryDown(
                f"There is no file {self.path}. Write one (deploy/examples/models.yaml shows how), "
                "name another in ML_INCIDENT_REGISTRY_FILE, or take “file” out of ML_INCIDENT_REGISTRIES."
            ) from None
        except OSError as error:
            raise RegistryDown(unreadable(self.path, error)) from None


def unreadable(path: object, error: OSError) -> str:
    """What to do about a file or folder that cannot be read."""
    reason = (error.strerror or "unknown reason").lower()
    if isinstance(error, PermissionError):
        return f"{path} cannot be read ({reason}). Give the bot's user the right to."
    if isinstance(error, FileNotFoundError):
        return f"{path} cannot be read ({reason}): it went meanwhile, or is a link that leads nowhere. Mend the link."
    return f"{path} cannot be read ({reason}). Check ML_INCIDENT_REGISTRY_FILE, and the disk that it is on."


@dataclass(frozen=True)
class _Place:
    """One model of a file, and where it stands there."""

    name: str
    path: DocumentPath
    data: Plain


def parse(content: bytes | str, file: str, *, now: datetime, name: str | None = None) -> Catalogue:
    """Read a catalogue, or the card of one model, which is called `name` unless it says its own. Never raises."""
    document = read_yaml(content, file, limits=_LIMITS)
    found = Catalogue(faults=list(document.faults))
    models = _models_of(document, found, name)
    if models is None:
        found.is_readable = False
        return found
    for model in models:
        entry = Entry(document, model.path)
        if problem := wrong_name(model.name):
            entry.faults.append(document.fault(model.path, problem, at_key=True))
        entry.read(model.data)
        found.faults += entry.faults
        said = {key: Fact(value, file, now) for key, value in entry.values.items() if value}
        found.cards.append(ModelCard(model.name, said))
        found.places.setdefault(model.name, document.fault(model.path, "", at_key=True))
        if "oncall" in said:
            found.on_calls.setdefault(model.name, document.fault((*model.path, "oncall"), ""))
    found.spoilt = _spoilt(document, models, found)
    found.cards = [card for card in found.cards if card.name not in found.spoilt]
    found.faults.sort()
    return found


def wrong_name(name: str) -> str | None:
    """What is wrong with the name of a model, or None."""
    fits = name.strip() and name == name.strip() and len(name) <= 200 and name.isprintable()
    return None if fits else "a model's name is 1 to 200 visible characters."


def _models_of(document: Document, found: Catalogue, name: str | None) -> list[_Place] | None:
    data = document.data
    if data is None:
        if not document.faults:
            found.faults.append(document.fault((), "is empty; start it with `models:`."))
        return None
    if isinstance(data, dict) and "models" not in data and (name is not None or "name" in data):
        return _one(document, found, data, name)
    if not isinstance(data, dict) or "models" not in data:
        found.faults.append(document.fault((), "expected `models:` with one entry for each model below it."))
        return None
    for key in data.keys() - {"models"}:
        meant = "; did you mean “models”?" if closest(key, ["models"]) else "."
        found.faults.append(document.fault((key,), f"there is no such field{meant} Allowed: models.", at_key=True))
    return _several(document, found, data["models"])


def _several(document: Document, found: Catalogue, models: Plain) -> list[_Place] | None:
    """What stands below `models:`."""
    if isinstance(models, list):
        return _listed(document, found, models)
    if models is not None and not isinstance(models, dict):
        found.faults.append(document.fault(("models",), "expected the name of each model, and its fields below it."))
        return None
    return [_Place(model, ("models", model), fields) for model, fields in (models or {}).items()]


def _one(document: Document, found: Catalogue, data: dict[str, Plain], name: str | None) -> list[_Place] | None:
    """A file that is the card of one model."""
    said = data.get("name", name)
    if "name" not in data and not any(field_for(key) or key in FAMILIES for key in data):
        found.faults.append(
            document.fault((), "is no model card: it has neither `models:` nor a field such as `owner:`.")
        )
        return None
    if not isinstance(said, str):
        found.faults.append(document.fault(("name",), "expected text; put it in quotes if it is meant as text."))
        return None
    return [_Place(said, (), {key: value for key, value in data.items() if key != "name"})]


def _listed(document: Document, found: Catalogue, models: list[Plain]) -> list[_Place]:
    """Models as a list, each with its name among its fields; of two with one name neither is used."""
    places: dict[str, _Place] = {}
    for at, fields in enumerate(models):
        name = fields.get("name") if isinstance(fields, dict) else None
        if not isinstance(fields, dict) or not isinstance(name, str):
            found.faults.append(document.fault(("models", at), "expected fields, a `name` among them."))
        elif name in places:
            found.faults.append(document.fault(("models", at), f"“{name[:80]}” is there twice; keep one."))
            found.spoilt.add(name)
        else:
            rest = {key: value for key, value in fields.items() if key != "name"}
            places[name] = _Place(name, ("models", at), rest)
    return list(places.values())


def _spoilt(document: Document, models: list[_Place], found: Catalogue) -> set[str]:
    """The entries in which the faults stand, by place: a fault found while reading knows of no entry."""
    starts: list[tuple[tuple[int, int], str | None]]
    # Of a list, the entries that cannot be used, too: what is wrong with them spoils no other.
    listed = [
        path for path in document.places if path[:1] == ("models",) and len(path) == 2 and path not in document.keys
    ]
    starts = [(document.places[path], None) for path in listed]
    starts += [(_start(document, model.path), model.name) for model in models]
    if all(model.path for model in models):  # not in a file that is one card
        starts += [(place, None) for path, place in document.keys.items() if len(path) == 1]
    starts.sort(key=lambda start: start[0])
    by_field = {f"models.{model.name}": model.name for model in models}
    spoilt = set(found.spoilt)
    for fault in found.faults:
        above = [name for place, name in starts if place <= (fault.line, fault.column)]
        name = by_field.get(fault.field) or (above[-1] if above else None)
        spoilt |= {name} if name is not None else set()
    return spoilt


def _start(document: Document, path: DocumentPath) -> tuple[int, int]:
    return (document.keys.get(path) or document.places[path]) if path else (0, 0)


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
