"""What is worth knowing about a model: the ordered table of the fields of a model card."""

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

FieldKind = Literal[
    "text", "person", "people", "link", "links", "date", "moment", "duration", "version", "list", "tier",
    "mode", "records",
]  # fmt: skip

EVERY_MODE: Final = frozenset({"online", "batch", "streaming", "llm"})
_ASKED: Final = frozenset({"online", "llm"})
_LEARNT: Final = frozenset({"online", "batch", "streaming"})
_EVERY_TIER: Final = frozenset({0, 1, 2, 3})
_HIGH_TIER: Final = frozenset({0, 1})


@dataclass(frozen=True)
class FieldSpec:
    """One field. A key that ends in `.*` stands for all keys with that prefix, and one of them satisfies it.

    It is required where both the tier and the mode of a model are in the given sets; empty means never.
    """

    key: str
    title: str
    kind: FieldKind
    good_for: str
    tiers: frozenset[int] = frozenset()
    modes: frozenset[str] = EVERY_MODE

    @property
    def is_pattern(self) -> bool:
        """True for a family of keys such as `poc.*`."""
        return self.key.endswith(".*")

    def covers(self, key: str) -> bool:
        """True when `key` is this field or one of its family."""
        return key.startswith(self.key[:-1]) and key != self.key[:-1] if self.is_pattern else key == self.key

    def is_required(self, tier: int | None, mode: str | None) -> bool:
        """Whether a model of this tier and mode must document it; an unknown one matches only 'all'."""
        tier_fits = self.tiers == _EVERY_TIER or tier in self.tiers
        return bool(self.tiers) and tier_fits and (self.modes == EVERY_MODE or mode in self.modes)


POC_TEAMS: Final[dict[str, str]] = {
    "ds": "Data science",
    "product": "Product",
    "merch": "Merchandising",
    "merch-ops": "Merchandising operations",
    "dsp": "Data science platform",
    "data-eng": "Data engineering",
    "legal": "Legal and privacy",
}

FIELDS: Final[tuple[FieldSpec, ...]] = (
    FieldSpec("plain_name", "Plain name", "text", "people outside the team know which model is meant", _EVERY_TIER),
    FieldSpec("purpose", "What it does", "text", "one sentence on what it does and for whom", _EVERY_TIER),
    FieldSpec("tier", "Tier", "tier", "sets the first severity and how much must be documented", _EVERY_TIER),
    FieldSpec("mode", "Mode", "mode", "decides which playbook steps apply", _EVERY_TIER),
    FieldSpec("owner", "Owner", "person", "the accountable person, invited first", _EVERY_TIER),
    FieldSpec("owner.backup", "Backup owner", "person", "invited too, and asked when the owner is away", _HIGH_TIER),
    FieldSpec("team", "Team", "text", "who owns the model when people move on", _EVERY_TIER),
    FieldSpec("team.lead", "Team lead", "person", "one level up when nobody answers", _EVERY_TIER),
    FieldSpec("poc.*", "Points of contact", "people", "one person per team who can decide for it", _EVERY_TIER),
    FieldSpec("poc.ds", "POC data science", "people", "leads the diagnosis"),
    FieldSpec("poc.product", "POC product", "people", "decides which degraded experience is acceptable"),
    FieldSpec("poc.merch", "POC merchandising", "people", "owns business rules, boosts and collections"),
    FieldSpec("poc.merch-ops", "POC merchandising operations", "people", "changes rules and collections"),
    FieldSpec("poc.dsp", "POC data science platform", "people", "rolls back and switches fallbacks"),
    FieldSpec("poc.data-eng", "POC data engineering", "people", "fixes and refills upstream data"),
    FieldSpec("poc.legal", "POC legal and privacy", "people", "decides what must be reported"),
    FieldSpec("stakeholders", "Stakeholders", "people", "are told, not asked", _HIGH_TIER),
    FieldSpec("oncall", "On call", "person", "reached when nobody else answers", _HIGH_TIER),
    FieldSpec("channel", "Channel", "text", "where the team talks on a normal day", _EVERY_TIER),
    FieldSpec("serving", "Serving version", "version", "the version that should be answering now", _EVERY_TIER),
    FieldSpec("rollback", "Rollback version", "version", "the last known good version", _EVERY_TIER),
    FieldSpec("aliases", "Aliases", "records", "which name points at which version"),
    FieldSpec(
        "components",
        "Components",
        "records",
        "what else its answers are made of: what changed, and what goes back",
        _HIGH_TIER,
        frozenset({"llm"}),
    ),
    FieldSpec("deployed_at", "Deployed", "moment", "answers “what changed?”", _EVERY_TIER),
    FieldSpec("change", "Change", "link", "the pull request or ticket behind the serving version"),
    FieldSpec("fallback", "Fallback", "text", "what answers when the model cannot", _EVERY_TIER, _ASKED),
    FieldSpec("endpoint.*", "Endpoints", "link", "where to ask which version is really serving", _EVERY_TIER, _ASKED),
    FieldSpec("sample_request", "Sample request", "link", "one request to try by hand", _EVERY_TIER, _ASKED),
    FieldSpec("contract", "Contract", "link", "what a request and an answer must look like", _EVERY_TIER, _ASKED),
    FieldSpec("consumers", "Consumers", "list", "systems that call it and may be hurt", _EVERY_TIER),
    FieldSpec("features", "Features", "text", "what the model reads", _EVERY_TIER, _LEARNT),
    FieldSpec("upstreams", "Upstreams", "list", "topics and tables that it depends on", _EVERY_TIER),
    FieldSpec(
        "label_delay",
        "Label delay",
        "duration",
        "how long before quality can be measured",
        _EVERY_TIER,
        _LEARNT,
    ),
    FieldSpec("retrain", "Retraining", "text", "what to stop before it learns bad data", _EVERY_TIER, _LEARNT),
    FieldSpec("experiments", "Experiments", "records", "results that an incident may spoil, and what to clean up"),
    FieldSpec("docs", "Documentation", "link", "how it works", _HIGH_TIER),
    FieldSpec("flow", "Flow", "link", "a picture of where data comes from and goes", _HIGH_TIER),
    FieldSpec("dashboard", "Dashboard", "link", "the first look at its health", _HIGH_TIER),
    FieldSpec("runbook", "Runbook", "link", "the team's own instructions", _HIGH_TIER),
    FieldSpec("data_class", "Data class", "text", "whether personal data is involved", _EVERY_TIER),
    FieldSpec("regulated", "Regulation", "text", "which law asks for more than this playbook"),
    FieldSpec("reviewed_at", "Last reviewed", "date", "how far this card can be trusted", _EVERY_TIER),
)


_READ_ALONE: Final[dict[str, str]] = {
    "trained_by": "Trained by",
    "trained_from": "Trained from",
    "trained_on": "Trained on",
    "lifecycle": "Lifecycle",
}
"""What registries say beyond the fields that people fill in."""


@cache
def required(tier: int | None, mode: str | None) -> tuple[FieldSpec, ...]:
    """What a model of this tier and mode must document, in the table's order."""
    return tuple(spec for spec in FIELDS if spec.is_required(tier, mode))


def field_for(key: str) -> FieldSpec | None:
    """The table's row for a key: its own, else its family's (`endpoint.prod` → `endpoint.*`)."""
    exact = next((field for field in FIELDS if field.key == key), None)
    return exact or next((field for field in FIELDS if field.covers(key)), None)


def field_title(key: str) -> str:
    """What people call a field: 'POC pricing' for `poc.pricing`, the key itself when nobody named it."""
    field = field_for(key)
    if field is None:
        return _READ_ALONE.get(key, key)
    if not field.is_pattern or key == field.key:
        return field.title
    member = key[len(field.key) - 1 :]
    return f"POC {POC_TEAMS.get(member, member)}" if key.startswith("poc.") else f"Endpoint {member}"
