"""The review: the facts it is drawn from, as plain values, and the document made of them by Jinja2, sandboxed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEMPLATE_NAME = "review.md.j2"


class TemplateBroken(Exception):
    """The organisation's review template cannot be used; the text names the file and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A value and where it comes from; without a value, who can give it. All of it is Markdown."""

    text: str | None = None
    source: str | None = None
    ask: str = "anyone who was there"

    def __str__(self) -> str:
        if self.text is None:
            return f"**UNKNOWN** — {self.ask} can fill this in"
        return f"{self.text} ({self.source})" if self.source else self.text


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that happened, in the words it was recorded in."""

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
    """Everything a template may use. Times are written in UTC with their date."""

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
    summary: list[str]
    background: list[tuple[str, Given]]
    fields: Mapping[str, Given]
    """Every field a person or a playbook can fill, by its name."""
    titles: Mapping[str, str]
    versions: list[tuple[str, Given]]
    alias_moves: list[Row]
    consumers: Given
    experiments: list[str]
    people: list[tuple[str, str]]
    hand_offs: list[Row]
    decisions: list[Row]
    recovery: Given
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


@cache
def shipped_template() -> str:
    """The template that comes with the package."""
    return files("bot.views").joinpath("templates", TEMPLATE_NAME).read_text(encoding="utf-8")


def find_template(policy: Path | None) -> str:
    """The organisation's own template, beside its policy file, else the shipped one. Raises TemplateBroken."""
    own = policy.with_name(TEMPLATE_NAME) if policy is not None else None
    if own is None or not own.is_file():
        return shipped_template()
    try:
        text = own.read_text(encoding="utf-8")
        _environment().parse(text)
    except TemplateSyntaxError as error:
        raise TemplateBroken(f"{own}:{error.lineno}: the review template cannot be used: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateBroken(f"{own}: the review template cannot be read: {error}") from None
    return text


def render(facts: ReviewFacts, template: str) -> str:
    """The review as Markdown. Raises TemplateBroken when the template asks for what is not there."""
    try:
        text = _environment().from_string(template).render(review=facts)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise TemplateBroken(f"the review template cannot be filled in: {error}") from None
    return text.strip() + "\n"


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    # Markdown, not HTML: what people wrote is made literal when the facts are gathered.
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
