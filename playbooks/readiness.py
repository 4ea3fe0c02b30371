"""Whether a model is ready for production: what its tier and mode ask for, what is missing, and how to add it."""

from __future__ import annotations

from dataclasses import dataclass

from playbooks.adding import Source, key_of, line, where
from playbooks.card import ModelCard, missing
from playbooks.load import Library
from playbooks.model import COMMON
from playbooks.scores import score_of


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
    where: str
    """Where the lines go."""
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


def ready(card: ModelCard, library: Library, source: Source | None = None) -> Readiness:
    """What the model lacks before anything breaks, to be added in this registry; in models.yaml unless given."""
    to = source or Source()
    return Readiness(
        asked=score_of(card).asked,
        lacks=tuple(
            Lack(key=key_of(spec), title=spec.title, good_for=spec.good_for, line=line(to, card, spec))
            for spec in missing(card)
        ),
        where=where(to, card),
        playbooks=_fitting(card, library),
    )


def _fitting(card: ModelCard, library: Library) -> int:
    modes = (source.playbook.applies_to.modes for key, source in library.sources.items() if key != COMMON)
    return sum(not fit or card.mode is None or card.mode.value in fit for fit in modes)
