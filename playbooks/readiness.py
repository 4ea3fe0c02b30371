"""Whether a model is ready for production: what its tier and mode ask for, what is missing, and how to add it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from playbooks.card import ModelCard, missing
from playbooks.fields import FIELDS, FieldSpec
from playbooks.load import Library
from playbooks.model import COMMON

_EXAMPLES: Final = {
    "person": "ana@example.com",
    "people": "[ana@example.com, lee@example.com]",
    "link": "https://example.com/…",
    "links": "[https://example.com/…]",
    "date": "2026-11-20",
    "moment": "2026-11-18T09:30:00Z",
    "duration": "P14D",
    "version": '"41"',
    "list": "[web-shop, checkout]",
    "tier": "1",
    "mode": "online",
    "text": "…",
    "records": '[{kind: prompt, name: answer-prompt, version: "14", previous: "13"}]',
}
_MODEL_OF_A_FAMILY: Final = {"poc.*": "poc.ds", "endpoint.*": "endpoint.prod"}


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something that is missing, what it would be good for, and the line that adds it."""

    key: str
    title: str
    good_for: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """What is documented of a model, out of all that its tier and mode ask for."""

    asked: int
    lacks: tuple[Lack, ...]
    playbooks: int
    """How many playbooks are made for a model of this mode, the common one aside."""

    @property
    def score(self) -> int:
        """Percent of what is asked for, rounded down: only what is whole is 100."""
        return 100 * (self.asked - len(self.lacks)) // self.asked if self.asked else 100

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacks and self.playbooks > 0


def ready(card: ModelCard, library: Library) -> Readiness:
    """What the model lacks before anything breaks."""
    return Readiness(
        asked=sum(spec.is_required(card.tier, card.mode) for spec in FIELDS),
        lacks=tuple(_lack(spec) for spec in missing(card)),
        playbooks=_fitting(card, library),
    )


def score(cards: Iterable[ModelCard]) -> int | None:
    """The documentation of several models in percent, each counted by what it should have; None without models."""
    asked = lacked = 0
    for card in cards:
        asked += sum(spec.is_required(card.tier, card.mode) for spec in FIELDS)
        lacked += len(missing(card))
    return 100 * (asked - lacked) // asked if asked else None


def _lack(spec: FieldSpec) -> Lack:
    key = _MODEL_OF_A_FAMILY.get(spec.key, spec.key)
    return Lack(key=key, title=spec.title, good_for=spec.good_for, line=_line(key, _EXAMPLES[spec.kind]))


def _line(key: str, example: str) -> str:
    """As models.yaml writes it; a member of a family stands below its name."""
    family, _, member = key.partition(".")
    return f"{family}: {{{member}: {example}}}" if family in {"poc", "endpoint"} else f"{key}: {example}"


def _fitting(card: ModelCard, library: Library) -> int:
    modes = (source.playbook.applies_to.modes for key, source in library.sources.items() if key != COMMON)
    return sum(not fit or card.mode is None or card.mode.value in fit for fit in modes)
