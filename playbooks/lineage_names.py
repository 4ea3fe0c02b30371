"""How cards write what a model reads and feeds: one spelling for each thing, and never one thing out of two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from playbooks.card import FactValue
from playbooks.components import Part

_PREFIX: Final = re.compile(r"^\s*([A-Za-z][A-Za-z0-9 _-]{0,30}?)\s*:(?!//)\s*(.*\S)\s*$", re.DOTALL)
_MLFLOW: Final = re.compile(r"^\s*(model|prompt)s:/+([^/@]+)", re.IGNORECASE)
_ALSO_CALLED: Final = {
    "models": "model",
    "tables": "table",
    "topics": "topic",
    "kafka": "topic",
    "features": "feature",
    "feature store": "feature",
    "feature service": "feature",
    "feature view": "feature",
    "feature group": "feature",
    "feature set": "feature",
    "prompts": "prompt",
    "guardrails": "guardrail",
    "flags": "flag",
    "feature flag": "flag",
    "provider": "provider-model",
    "retrieval index": "index",
    "search index": "index",
    "vector index": "index",
    "systems": "system",
    "service": "system",
    "app": "system",
}
_NAMED_FEATURES: Final = re.compile(
    r"\bfeature[ _-](?:service|view|group|set|store)s?\s*:?\s+([A-Za-z0-9][\w.:/-]*\w)", re.IGNORECASE
)
_CODE: Final = re.compile(r"(?<![\w.:/-])(?:feature:[\w./-]*\w|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+)(?![\w:/-])")
"""What is certainly a name in a sentence: snake case, or with the prefix."""
_LONGEST_NAME: Final = 60


def parse(text: str) -> tuple[str, str]:
    """(kind, name) of what a card writes; the kind is empty where no prefix says it."""
    if found := _MLFLOW.match(text):
        return found[1].casefold(), found[2].strip()
    if found := _PREFIX.match(text):
        said = " ".join(found[1].replace("-", " ").replace("_", " ").casefold().split())
        return _ALSO_CALLED.get(said, said.replace(" ", "-")), found[2].strip()
    return "", text.strip()


def spell(kind: str, name: str) -> str:
    """The name under which a thing is known once: models as people write them, the rest in any case."""
    return bare(name.replace("-", " ").replace("_", " ")) if kind == "model" else bare(name)


def bare(name: str) -> str:
    """In any case, with any blanks."""
    return " ".join(name.casefold().split())


def components_in(parts: Iterable[Part]) -> dict[str, str]:
    """The parts that a model shares with others, each with its kind as prefix → its version, if it is just one."""
    found: dict[str, str] = {}
    for part in parts:
        if part.get("kind") and part.get("name"):
            said, version = f"{part['kind']}:{part['name']}", part.get("version", "")
            found[said] = version if found.get(said, version) == version else ""
    return found


def features_in(value: FactValue) -> list[str]:
    """The features that are named, each with its prefix; of a sentence only what is certainly a name."""
    if isinstance(value, str):
        names = [*_NAMED_FEATURES.findall(value), *_CODE.findall(value)]
    else:
        items = [item if isinstance(item, str) else str(item.get("name", "")) for item in value]
        names = [name for item in items for name in _of_an_item(item.strip())]
    return [_prefixed(name) for name in dict.fromkeys(names)]


def _of_an_item(item: str) -> list[str]:
    named = _NAMED_FEATURES.findall(item)
    if named or not item:
        return named
    # A list holds one feature on each line; a whole sentence is a description.
    return [item] if len(item) <= _LONGEST_NAME and len(item.split()) <= 4 else _CODE.findall(item)


def _prefixed(name: str) -> str:
    kind, rest = parse(name)
    return f"feature:{rest if kind == 'feature' else name}"


def grams(text: str) -> set[str]:
    """What two spellings of one name have mostly in common."""
    padded = f" {bare(text)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def alike(one: set[str], other: set[str]) -> float:
    """How much of two sets of grams is the same, from 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other))
