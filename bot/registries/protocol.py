"""What the bot asks of a registry of models, and how a registry says that it cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from playbooks.card import ModelCard


class RegistryDown(Exception):
    """A registry gave no answer that can be used; the text is a sentence with what to do about it."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything a registry says now."""

    cards: tuple[ModelCard, ...]
    unreadable: frozenset[str] = frozenset()
    """Models that it lists in a way that cannot be used: what was last known of them stays."""
    problem: str | None = None
    """What to mend, where only a part could be read."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether a registry can be read, in one sentence; where it cannot, the sentence says what to do."""

    ok: bool
    sentence: str


class Registry(Protocol):
    """One registry of models. It may use the network, so it is never asked inside a transaction."""

    @property
    def name(self) -> str:
        """The word for it in ML_INCIDENT_REGISTRIES."""

    def read(self, now: datetime) -> Reading:
        """Every model it knows, each fact with its source and `now` as its time. Raises RegistryDown."""

    def health(self) -> Health:
        """A quick look at whether `read` would work. Raises nothing."""
