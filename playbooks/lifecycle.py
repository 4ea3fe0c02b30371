"""The life of an incident: statuses, severities, roles, failure modes, and the moves that are allowed."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RuleBroken(Exception):
    """Somebody asked for what the rules do not allow; its text is a sentence for that person."""


class Status(StrEnum):
    """Where an incident stands."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MITIGATED = "mitigated"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """True while somebody still has to do something about the failure itself."""
        return self in OPEN_STATUSES

    @classmethod
    def parse(cls, text: str) -> "Status":
        """Read what a person typed; raises RuleBroken naming the choices."""
        try:
            return cls(text.strip().lower())
        except ValueError:
            raise RuleBroken(f"There is no status “{text.strip()[:40]}”. Choose one of: {_listed(cls)}.") from None


OPEN_STATUSES: Final = frozenset(
    {Status.INVESTIGATING, Status.IDENTIFIED, Status.MITIGATED, Status.MONITORING},
)


class Severity(StrEnum):
    """How bad it is; sev1 is the worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"

    @property
    def label(self) -> str:
        """As people write it: SEV1."""
        return self.value.upper()

    @property
    def rank(self) -> int:
        """1 for the worst, 4 for the mildest."""
        return int(self.value[-1])

    @classmethod
    def parse(cls, text: str) -> "Severity":
        """Read 'SEV2', 'sev2', 'sev-2' or '2'; raises RuleBroken naming the choices."""
        digit = text.strip().lower().removeprefix("sev").lstrip("- ")
        try:
            return cls(f"sev{digit}")
        except ValueError:
            raise RuleBroken(
                f"There is no severity “{text.strip()[:40]}”. Choose SEV1 (worst), SEV2, SEV3 or SEV4."
            ) from None


def worst(severities: "list[Severity] | tuple[Severity, ...]") -> Severity:
    """The most severe of several (at least one)."""
    return min(severities, key=lambda severity: severity.rank)


class Role(StrEnum):
    """A hat that one person at a time wears in an incident."""

    COMMANDER = "commander"
    ML_LEAD = "ml-lead"
    COMMS = "comms"
    SCRIBE = "scribe"

    @property
    def label(self) -> str:
        """As people say it."""
        return {"commander": "Commander", "ml-lead": "ML lead", "comms": "Comms", "scribe": "Scribe"}[self.value]

    @classmethod
    def parse(cls, text: str) -> "Role":
        """Read what a person typed ('ML lead', 'commander'); raises RuleBroken naming the choices."""
        word = "-".join(text.strip().lower().replace("_", " ").replace("-", " ").split())
        try:
            return cls(word)
        except ValueError:
            raise RuleBroken(f"There is no role “{text.strip()[:40]}”. Choose one of: {_listed(cls)}.") from None


class Mode(StrEnum):
    """How a model is used."""

    ONLINE = "online"
    BATCH = "batch"
    STREAMING = "streaming"
    LLM = "llm"


FAILURE_MODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "data-drift": "Inputs have drifted",
        "concept-drift": "The world changed and the model is getting worse",
        "training-serving-skew": "Training and serving see different features",
        "upstream-feature-outage": "A feature upstream is missing or stale",
        "bad-data": "Bad data, schema change or nulls",
        "bad-rollout": "A new version or rollout is bad",
        "wrong-version": "The wrong version is serving",
        "serving-degraded": "Serving is slow or failing",
        "prediction-outage": "No predictions at all",
        "label-issue": "Labels are wrong, leaked or late",
        "feedback-loop": "The model is feeding on its own output",
        "retrain-failure": "A retrain failed or ran away",
        "fairness-harm": "Unfair or discriminating results",
        "llm-harmful-output": "An LLM says false or harmful things",
        "llm-prompt-injection": "Prompt injection or an LLM leaking data",
        "llm-cost": "LLM cost or token use is exploding",
        "vendor-model-change": "A vendor changed or withdrew a model",
        "privacy-training-data": "Personal data in training data, features, logs or prompts",
        "experiment-leftover": "Something left over from an experiment",
        "config-migration": "Configuration broken by a migration",
        "feature-store-inconsistency": "Offline and online feature store disagree",
        "capacity": "Out of GPUs or other capacity",
        "business-rule-conflict": "A business rule or catalogue change fights the model",
        "unknown": "Not known yet",
    }
)

_MOVES: Final[Mapping[Status, frozenset[Status]]] = {
    **{status: OPEN_STATUSES | {Status.RESOLVED, Status.CANCELLED, Status.MERGED} for status in OPEN_STATUSES},
    Status.RESOLVED: OPEN_STATUSES | {Status.CLOSED},
    Status.CLOSED: OPEN_STATUSES,
    Status.CANCELLED: OPEN_STATUSES,
    Status.MERGED: frozenset(),
}


def check_move(current: Status, to: Status) -> None:
    """Raise RuleBroken, saying what to do instead, unless an incident may go from `current` to `to`."""
    if to == current:
        raise RuleBroken(f"The incident is {current} already.")
    if to in _MOVES[current]:
        return
    if current is Status.MERGED:
        raise RuleBroken("This incident was merged into another one. Carry on there.")
    if to is Status.CLOSED:
        raise RuleBroken(f"Only a resolved incident can be closed, and this one is {current}. Resolve it first.")
    raise RuleBroken(f"The incident is {current}. Reopen it before you make it {to}.")


def is_reopening(current: Status, to: Status) -> bool:
    """True when the move brings a finished incident back to life, which always needs a reason."""
    return current not in OPEN_STATUSES and to in OPEN_STATUSES


def milestone(status: Status) -> str | None:
    """The column that remembers when this status was first reached; monitoring is what verified means."""
    return {
        Status.MITIGATED: "mitigated_at",
        Status.MONITORING: "verified_at",
        Status.RESOLVED: "resolved_at",
    }.get(status)


def _listed(kind: type[StrEnum]) -> str:
    return ", ".join(member.value for member in kind)
