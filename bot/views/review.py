"""The review: the facts it is drawn from, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.views.markdown import literal


@dataclass(frozen=True, kw_only=True)
class Given:
    """A value in Markdown and, in plain words, where it comes from; without a value, who can give it."""

    text: str | None = None
    source: str | None = None
    ask: str = "anyone who was there"

    def __str__(self) -> str:
        if self.text is None:
            return f"**UNKNOWN** — {literal(self.ask)} can fill this in"
        return f"{self.text} ({literal(self.source)})" if self.source else self.text


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that happened, in the words it was recorded in. All of it is Markdown."""

    at: str
    text: str
    who: str = ""
    reason: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class RunStory:
    """How one playbook was walked."""

    title: str
    version: str
    chosen_because: str
    steps: list[Row] = field(default_factory=list)
    skipped: list[Row] = field(default_factory=list)
    closing: list[tuple[str, str]] = field(default_factory=list)
    """What had to hold at its end, each with who confirmed it; UNKNOWN where nobody has."""
    end: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUpRow:
    """One follow-up, with what is missing for somebody to be able to do it."""

    text: str
    owner: str
    due: str
    done: str
    missing: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """Everything a template may use, as Markdown that is safe already. Times are in UTC with their date."""

    number: str
    title: str
    model: str
    severity: str
    peak_severity: str
    kind: str
    private: bool
    state: str
    author: str
    due: str
    published: str
    milestones: list[tuple[str, Given]]
    durations: list[tuple[str, str]]
    severities: list[tuple[str, str]]
    severity_changes: list[Row]
    summary: list[Given]
    background: list[tuple[str, Given]]
    fields: Mapping[str, Given]
    """Every field a person or a playbook can fill, by its name."""
    titles: Mapping[str, str]
    versions: list[tuple[str, Given]]
    candidates: list[str]
    """What changed shortly before, to be accepted or dismissed as the trigger."""
    alias_moves: list[Row]
    consumers: Given
    reached: list[str]
    """Which other models and systems it reached, and what people said of them."""
    experiments: list[str]
    people: list[tuple[str, str]]
    hand_offs: list[Row]
    decisions: list[Row]
    recovery: list[Row]
    """How it was mitigated, verified and resolved, with the reason given at the time."""
    runs: list[RunStory]
    timeline: list[Row]
    log: list[Row]
    updates: list[Row]
    follow_ups: list[FollowUpRow]
    cleanup: list[str]
    similar: list[str]
    links: list[str]
    gaps: list[tuple[str, str]]
    """What is still UNKNOWN, and who can say."""
