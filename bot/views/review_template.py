"""The template that a review is written by: the shipped one or the organisation's own, run by Jinja2 in its sandbox."""

from __future__ import annotations

import re
import traceback
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.views.review import FollowUpRow, Given, ReviewFacts, Row, RunStory
from bot.views.review_titles import TITLES

TEMPLATE_NAME = "review.md.j2"
_LONGEST = 200_000
_MOST_REPEATED = 10_000


class TemplateBroken(Exception):
    """The organisation's review template cannot be used; the text names the file and what is wrong."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Nothing can be changed, reached or called that is not in the facts; nor can a text grow without end."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiplication of small numbers only: a text repeated a million times would take all memory."""
        sides = (left, right)
        if operator == "**" or not all(isinstance(side, int) and abs(side) <= _MOST_REPEATED for side in sides):
            raise ValueError(f"“{operator}” is for whole numbers up to {_MOST_REPEATED:,} here")
        return super().call_binop(context, operator, left, right)


@cache
def shipped_template() -> str:
    """The template that comes with the package."""
    return files("bot.views").joinpath("templates", TEMPLATE_NAME).read_text(encoding="utf-8")


def find_template(policy: Path | None) -> str | None:
    """The organisation's own template, beside its policy file; None where there is none. Raises TemplateBroken.

    It is filled in once, so that a field it does not know is told of here and not at the first resolved incident.
    """
    own = policy.with_name(TEMPLATE_NAME) if policy is not None else None
    if own is None or not own.is_file():
        return None
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateBroken(f"{own}: the review template cannot be read: {error}") from None
    if len(text) > _LONGEST:
        raise TemplateBroken(f"{own}: the review template has more than {_LONGEST:,} characters.")
    render(_sample(), text, file=str(own))
    return text


def render(facts: ReviewFacts, template: str, *, file: str = TEMPLATE_NAME) -> str:
    """The review as Markdown. Raises TemplateBroken when the template asks for what is not there."""
    try:
        text = _environment().from_string(template).render(review=facts)
    except Exception as error:  # whatever somebody's template does wrong
        line = _line_of(error)
        place = f"{file}:{line}" if line else file
        raise TemplateBroken(f"{place}: the review template cannot be filled in: {_plainly(error)}") from None
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _line_of(error: Exception) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    found = lines[-1] if lines else None
    return found or getattr(error, "lineno", None)


def _plainly(error: Exception) -> str:
    said = str(error).strip().splitlines()
    return said[0].replace("bot.views.review.ReviewFacts object", "review") if said else type(error).__name__


@cache
def _environment() -> _Sandbox:
    # Markdown, not HTML: what people wrote is made literal when the facts are gathered.
    return _Sandbox(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


def _sample() -> ReviewFacts:
    """One of everything, so that each loop of a template is walked."""
    given, row = Given(text="words", source="somewhere"), Row(at="2026-11-20 14:05 UTC", text="words", who="Ana Moreau")
    run = RunStory(
        title="A playbook",
        version="1",
        chosen_because="of a reason",
        steps=[row],
        skipped=[row],
        closing=[("It is quiet", "UNKNOWN")],
        end=".",
    )
    return ReviewFacts(
        number="INC-1",
        title="words",
        model="fraud-scorer",
        severity="SEV2",
        peak_severity="SEV1",
        kind="real",
        private=False,
        state="draft",
        author="Ana Moreau",
        due="2026-11-27 17:00 UTC",
        published="not yet",
        milestones=[("Declared", given)],
        durations=[("From declared to resolved", "2 hours")],
        severities=[("SEV1", "1 hour")],
        severity_changes=[row],
        summary=[given],
        background=[("What it does", given)],
        fields=dict.fromkeys(TITLES, given),
        titles=TITLES,
        versions=[("Serving", given)],
        candidates=["words"],
        alias_moves=[row],
        consumers=given,
        reached=["words"],
        experiments=["words"],
        people=[("Commander", "Ana Moreau")],
        hand_offs=[row],
        decisions=[row],
        recovery=[row],
        runs=[run],
        timeline=[row],
        log=[row],
        updates=[row],
        follow_ups=[FollowUpRow(text="words", owner="Ana Moreau", due="by 2026-12-01", done="", missing="no date")],
        cleanup=["words"],
        similar=["words"],
        links=["words"],
        gaps=[("words", "Ana Moreau")],
    )
