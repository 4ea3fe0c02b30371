"""Whether a model is ready for production: what its tier and mode ask for, what is missing, and how to add it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from playbooks.adding import Source, key_of, line, where
from playbooks.card import ModelCard, missing
from playbooks.fields import required
from playbooks.load import Library
from playbooks.model import COMMON
from playbooks.scores import score_of

_NONE: Final = frozenset({"no", "none", "nothing", "not used", "no fallback", "no rollback", "n/a", "na", "-", "–"})


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
    doubts: tuple[str, ...]
    """What is written down and would not help all the same, a sentence each."""
    playbooks: int
    """How many playbooks are made for a model of this mode, the common one aside."""

    @property
    def score(self) -> int:
        """Percent of what is asked for, rounded down: only what is whole is 100."""
        return 100 * (self.asked - len(self.lacks)) // self.asked if self.asked else 100

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing, and what is there would help."""
        return not self.lacks and not self.doubts and self.playbooks > 0


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
        doubts=tuple(_doubts(card)),
        playbooks=_fitting(card, library),
    )


def says_none(text: str) -> bool:
    """Whether somebody wrote in words that there is none."""
    return text.strip().casefold().rstrip(".") in _NONE


def _doubts(card: ModelCard) -> Iterator[str]:
    if card.rollback is not None and card.rollback == card.serving:
        yield f"Rollback version: {card.rollback} is the version that serves, so there is nothing to go back to."
    for spec in required(card.tier, card.mode):
        if spec.key in {"rollback", "fallback"} and says_none(said := card.text(spec.key) or ""):
            yield f"{spec.title}: the card says “{said}”."


def _fitting(card: ModelCard, library: Library) -> int:
    modes = (source.playbook.applies_to.modes for key, source in library.sources.items() if key != COMMON)
    return sum(not fit or card.mode is None or card.mode.value in fit for fit in modes)
