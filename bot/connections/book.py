"""The connections of this bot by name: asking for a check, previewing, acting and undoing for an action."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.connections.outcomes import Acted, Answer, Preview, Reading
from bot.settings import Settings
from playbooks.asking import AliasCheck, AliasMove, HttpCall, PrometheusCheck, ServingCheck
from playbooks.steps import ActionStep

Question = HttpCall | AliasCheck | ServingCheck | PrometheusCheck
Facts = Mapping[str, str]


class Connections:
    """Every method may be called from any thread. Those that use the network say so."""

    @property
    def names(self) -> frozenset[str]:
        """Those that are set up."""
        raise NotImplementedError

    @property
    def patience_s(self) -> float:
        """How long one of these methods can take at most: a lease must be longer."""
        raise NotImplementedError

    def ask(self, question: Question, facts: Facts) -> Answer:
        """Ask (network). Raises nothing."""
        raise NotImplementedError

    def preview(self, action: ActionStep | HttpCall | AliasMove, facts: Facts, before: str | None) -> Preview:
        """Exactly what will be sent; no network. From a step it also knows where to read the value. Raises Unusable."""
        raise NotImplementedError

    def read_before(self, action: ActionStep, facts: Facts) -> Reading:
        """The value that the action would change (network). Raises nothing."""
        raise NotImplementedError

    def act(self, preview: Preview, expected_before: str | None) -> Acted:
        """Do what was previewed, if all is as it was (network). A repeat does no harm. Raises nothing."""
        raise NotImplementedError

    def undo(self, step: ActionStep, facts: Facts, before: str | None, after: str | None) -> Acted:
        """Take it back, unless somebody changed it meanwhile (network). Raises nothing."""
        raise NotImplementedError


def load(path: Path | None, settings: Settings) -> Connections:
    """The connections of the file; mlflow is there by itself, to be read, where MLFLOW_TRACKING_URI is set.

    Raises ConnectionsBroken, a FileBroken, with every fault of the file.
    """
    raise NotImplementedError
