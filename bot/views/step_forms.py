"""The forms of a playbook's step: what to write down, why it is skipped, what is still to be filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.views.blocks import Block, checkboxes, input_block, menu, modal, option, text_input
from bot.views.ids import Runs
from bot.views.text import esc, one_line, section
from playbooks.evidence import evidence_for
from playbooks.model import Variable
from playbooks.progress import Current
from playbooks.steps import Evidence


def done_form(*, metadata: dict[str, Any], here: Current, answer: int | None, known: Mapping[str, str]) -> Block:
    """What the step asks to be written down, and the way on."""
    title = "Write it down" if answer is None else "Your answer"
    intro = one_line(here.title, 140) if answer is None else f"{here.title} {here.options[answer].label}"
    return modal(
        title,
        [section(f"*{esc(intro, 500)}*"), *(_evidence(item, known) for item in here.evidence)],
        callback_id=Runs.DONE_FORM,
        submit="Done" if answer is None else "Answer",
        metadata={**metadata, "answer": answer},
    )


_HINTS = {
    "time": "As 2026-11-20 14:05, in UTC.",
    "number": "A number.",
    "link": "An address that begins with https://.",
    "query": "As you would run it again.",
}


def _evidence(item: Evidence, known: Mapping[str, str]) -> Block:
    """`known`: what a variable of that name says by now stands there already."""
    ident = f"{Runs.EVIDENCE}:{item.id}"
    initial = known.get(f"vars.{item.id.replace('-', '_')}")
    element = (
        menu(ident, [option(choice, choice) for choice in item.choices])
        if item.kind == "choice"
        else text_input(ident, multiline=item.kind in {"text", "query"}, initial=initial)
    )
    return input_block(item.ask, element, block_id=ident, hint=_HINTS.get(item.kind), optional=not item.required)


def skip_form(*, metadata: dict[str, Any], here: Current) -> Block:
    """Why the step is passed over."""
    return modal(
        "Skip this step",
        [
            section(f"*{esc(here.title, 500)}*"),
            input_block(
                "Why?",
                text_input(Runs.REASON, placeholder="Does not apply: the model is served in one region", longest=500),
                block_id=Runs.REASON,
            ),
        ],
        callback_id=Runs.SKIP_FORM,
        submit="Skip",
        metadata=metadata,
    )


def fill_form(*, metadata: dict[str, Any], here: Current, asked: Mapping[str, Variable]) -> Block:
    """What the step needs to know before it can be done."""
    return modal(
        "Fill in",
        [
            section(f"*{esc(here.title, 500)}*"),
            *(_evidence(evidence_for(name, variable), {}) for name, variable in asked.items()),
        ],
        callback_id=Runs.FILL_FORM,
        submit="Fill in",
        metadata=metadata,
    )


def _halves(text: str) -> tuple[str, str | None]:
    """A box has two lines of 75 characters."""
    if len(text) <= 75:
        return text, None
    first = text[:76].rpartition(" ")[0] or text[:75]
    return first, text[len(first) :].strip()


def confirm_form(*, incident_id: int, run_id: int, criteria: Sequence[tuple[int, str]]) -> Block:
    """What has to hold before the matter is closed, each with a box to tick."""
    boxes = []
    for number, text in criteria:
        first, rest = _halves(text)
        boxes.append(option(first, str(number), rest))
    return modal(
        "What holds?",
        [
            section("Tick what you have seen yourself. The incident's status stays as it is."),
            input_block("Closing criteria", checkboxes(Runs.CRITERIA, boxes), block_id=Runs.CRITERIA),
        ],
        callback_id=Runs.CONFIRM_FORM,
        submit="Confirm",
        metadata={"incident": incident_id, "run": run_id},
    )
