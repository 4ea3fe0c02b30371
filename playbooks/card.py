"""The model card: what the registries know of a model, each fact with its source and its age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from playbooks.components import documents, joined
from playbooks.contacts import Contact, parse_contacts
from playbooks.fields import POC_TEAMS, FieldSpec, required
from playbooks.lifecycle import Mode

FactValue = str | list[str] | list[dict[str, str]]

# People write these into a form to get past it; they document nothing.
_EMPTY_WORDS: Final = frozenset({"", "?", "-", "tbd", "todo", "unknown"})


@dataclass(frozen=True, slots=True)
class Fact:
    """A value, where it was read ('mlflow tag', 'models.yaml') and when (UTC)."""

    value: FactValue
    source: str
    as_of: datetime

    @property
    def text(self) -> str:
        """The value on one line, list items separated by commas."""
        if isinstance(self.value, str):
            return self.value.strip()
        return ", ".join(_item_text(item) for item in self.value)

    @property
    def says_something(self) -> bool:
        """False for an empty value and for words that only fill a form."""
        return self.text.lower() not in _EMPTY_WORDS


@dataclass(frozen=True)
class ModelCard:
    """One model. Keys are flat, spelled as the registry's tags: `owner.backup`, `poc.ds`, `endpoint.prod`."""

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))

    def fact(self, key: str) -> Fact | None:
        """The fact under a key, or None when it is absent or says nothing."""
        found = self.facts.get(key)
        return found if found is not None and found.says_something else None

    def text(self, key: str) -> str | None:
        """The value under a key on one line, or None: show UNKNOWN."""
        found = self.fact(key)
        return found.text if found else None

    def items(self, key: str) -> tuple[str, ...]:
        """The values under a key as a list; a text is split at its commas."""
        found = self.fact(key)
        if found is None:
            return ()
        if isinstance(found.value, str):
            return tuple(part.strip() for part in found.value.split(",") if part.strip())
        return tuple(_item_text(item) for item in found.value)

    def records(self, key: str) -> tuple[Mapping[str, str], ...]:
        """The rows under a key that holds a table: experiments, components, aliases."""
        found = self.fact(key)
        if found is None or isinstance(found.value, str):
            return ()
        return tuple(item for item in found.value if isinstance(item, dict))

    def contacts(self, key: str) -> tuple[Contact, ...]:
        """The people or groups named under a key."""
        return parse_contacts(", ".join(self.items(key)))

    def family(self, prefix: str) -> dict[str, Fact]:
        """All facts `<prefix>.<member>` by member: `family('endpoint')` → {'prod': Fact}."""
        start = f"{prefix}."
        return {
            key.removeprefix(start): found
            for key, found in sorted(self.facts.items())
            if key.startswith(start) and found.says_something
        }

    def pocs(self) -> dict[str, Fact]:
        """One point of contact per team: the usual teams first, the organisation's own after them."""
        found = self.family("poc")
        return {team: found[team] for team in [*POC_TEAMS, *found] if team in found}

    def is_by_parts(self, key: str) -> bool:
        """Whether no fact says it, but the components do: an LLM's versions are those of its parts."""
        return self.fact(key) is None and documents(key, self.mode, self.records("components"))

    @property
    def owner(self) -> str | None:
        """The accountable person as written in the registry."""
        return self.text("owner")

    @property
    def backup(self) -> str | None:
        """Who stands in for the owner."""
        return self.text("owner.backup")

    @property
    def title(self) -> str:
        """The plain name where there is one, else the registry's name."""
        return self.text("plain_name") or self.name

    @property
    def tier(self) -> int | None:
        """0 (safety or money at once) to 3 (best effort)."""
        text = self.text("tier")
        return int(text) if text in {"0", "1", "2", "3"} else None

    @property
    def mode(self) -> Mode | None:
        """How the model is used."""
        text = (self.text("mode") or "").lower()
        return Mode(text) if text in set(Mode) else None

    @property
    def serving(self) -> str | None:
        """The version that should be answering; only its endpoint knows which one is."""
        return self.text("serving")

    @property
    def rollback(self) -> str | None:
        """The last known good version."""
        return self.text("rollback")


def missing(card: ModelCard) -> tuple[FieldSpec, ...]:
    """The fields that a model of this tier and mode must document and does not, in the table's order."""
    documented = {key for key in card.facts if card.fact(key)}
    families = {f"{key.partition('.')[0]}.*" for key in documented if "." in key}
    said, has_parts = documented | families, bool(card.records("components"))
    return tuple(
        spec
        for spec in required(card.tier, card.mode)
        if spec.key not in said and not (has_parts and card.is_by_parts(spec.key))
    )


def merge(name: str, cards: Sequence[ModelCard]) -> ModelCard:
    """One card of several, field by field: the first that says something wins, with its source and age."""
    facts: dict[str, Fact] = {}
    for card in cards:
        for key, fact in card.facts.items():
            if key not in facts or (fact.says_something and not facts[key].says_something):
                facts[key] = fact
    if "components" in facts:
        facts["components"] = _with_all_parts(facts["components"], cards)
    return ModelCard(name, facts)


def _with_all_parts(first: Fact, cards: Sequence[ModelCard]) -> Fact:
    """Components are merged part by part: a registry of prompts knows nothing of the index beside them."""
    facts = [(fact, card.records("components")) for card in cards if (fact := card.fact("components"))]
    said = [(fact, parts) for fact, parts in facts if parts]
    rows = joined([(fact.source, parts) for fact, parts in said])
    if not rows or rows == first.value:
        return first
    return Fact(rows, first.source, min(fact.as_of for fact, _ in said))


def to_json(card: ModelCard) -> dict[str, Any]:
    """Plain data for a database column; `from_json` reads it back unchanged."""
    return {
        "name": card.name,
        "facts": {
            key: {"value": fact.value, "source": fact.source, "as_of": fact.as_of.astimezone(UTC).isoformat()}
            for key, fact in card.facts.items()
        },
    }


def from_json(data: Mapping[str, Any]) -> ModelCard:
    """The card that `to_json` wrote."""
    facts = {
        key: Fact(row["value"], row["source"], datetime.fromisoformat(row["as_of"]))
        for key, row in data["facts"].items()
    }
    return ModelCard(data["name"], facts)


def _item_text(item: str | dict[str, str]) -> str:
    return item.strip() if isinstance(item, str) else " ".join(str(part) for part in item.values())
