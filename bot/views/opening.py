"""The forms and answers of opening an incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.views.blocks import (
    actions,
    checkboxes,
    input_block,
    menu,
    option,
    radio,
    text_input,
)
from bot.views.ids import Impact, Joining, Opening
from bot.views.lists import Brief, headline, no_channel
from bot.views.text import INC, Block, button, channel, cut, esc, modal, one_line, section
from playbooks.lifecycle import FAILURE_MODES, Severity
from playbooks.policy import Policy

BY_TIER = "by-tier"
AS_TYPED = "as-typed"
TYPED_MARK = "?"
"""Before the value of the option that takes the name as it was typed."""
LONGEST_WHAT = 1000


def form(
    policy: Policy,
    *,
    model: tuple[str, str] | None = None,
    severity: Severity | None = None,
    what: str | None = None,
    metadata: dict[str, Any],
) -> Block:
    """The form of `open`. `model` is (name, plain name) when it is known already."""
    return modal(
        "Open an incident",
        [_model(model), *_rest(policy, severity=severity, what=what)],
        callback_id=Opening.FORM,
        submit="Open",
        metadata=metadata,
    )


def unknown_model_form(
    policy: Policy, *, typed: str, close: Sequence[tuple[str, str]], what: str, metadata: dict[str, Any]
) -> Block:
    """The form for a model that the catalogue does not know; `close` holds (name, plain name) of the nearest."""
    near = [option(_said(name, title), str(place)) for place, (name, title) in enumerate(close)]
    as_typed = option(f"Open anyway under the name “{cut(typed, 40)}”", AS_TYPED)
    lead = f"The catalogue knows no model *{esc(typed, 300)}*." + (" Did you mean one of these?" if near else "")
    choice = radio(Opening.MODEL, [*near, as_typed], initial=None if near else as_typed)
    return modal(
        "Which model?",
        [section(lead), input_block("Model", choice, block_id=Opening.MODEL), *_rest(policy, severity=None, what=what)],
        callback_id=Opening.UNKNOWN_MODEL,
        submit="Open",
        metadata=metadata,
    )


def _model(known: tuple[str, str] | None) -> Block:
    element: Block = {"type": "external_select", "action_id": Opening.MODEL.value, "min_query_length": 0}
    element["placeholder"] = {"type": "plain_text", "text": "Type a part of its name", "emoji": True}
    if known is not None and len(known[0]) <= 150:
        element["initial_option"] = option(_said(*known), known[0])
    return input_block("Model", element, block_id=Opening.MODEL)


def suggestions(found: Sequence[tuple[str, str]], typed: str) -> list[Block]:
    """Options for what was typed so far, the name as typed last. Slack takes values of 150 characters at most."""
    options = [option(_said(name, title), name) for name, title in found if 0 < len(name) <= 150][:99]
    if typed and typed not in {name for name, _ in found}:
        options.append(option(f"“{cut(typed, 40)}”, not in the catalogue", f"{TYPED_MARK}{typed}"))
    return options


def _said(name: str, title: str) -> str:
    return name if title == name else f"{cut(title, 38)} ({cut(name, 32)})"


def _rest(policy: Policy, *, severity: Severity | None, what: str | None) -> list[Block]:
    proposals = option("As proposed for the model's tier", BY_TIER)
    levels = {level: _severity(policy, level) for level in Severity}
    modes = {mode: option(title, mode) for mode, title in FAILURE_MODES.items()}
    private = option("Private", "private", "Only you, the owner and the backup owner; never announced")
    return [
        input_block(
            "What is wrong?",
            text_input(Opening.WHAT, multiline=True, initial=what, longest=LONGEST_WHAT, placeholder="Scores are zero"),
            block_id=Opening.WHAT,
        ),
        input_block(
            "Severity",
            menu(
                Opening.SEVERITY,
                [proposals, *levels.values()],
                initial=levels[severity] if severity else proposals,
            ),
            block_id=Opening.SEVERITY,
            hint=_proposal_hint(policy),
        ),
        input_block(
            "Failure mode",
            menu(Opening.FAILURE_MODE, list(modes.values()), initial=modes["unknown"]),
            block_id=Opening.FAILURE_MODE,
            hint="It chooses the playbook, and can stay unknown.",
        ),
        input_block(
            "Who may know?",
            checkboxes(Opening.PRIVATE, [private]),
            block_id=Opening.PRIVATE,
            optional=True,
        ),
    ]


def _severity(policy: Policy, level: Severity) -> Block:
    said = policy.severity(level)
    return option(f"{level.label} {said.name}", level.value, said.means)


def _proposal_hint(policy: Policy) -> str:
    proposed = [f"tier {tier} {policy.severity_for(tier).label}" for tier in range(4)]
    return f"Proposed: {', '.join(proposed)}, unknown tier {policy.severity_for(None).label}."


def opened(incident: Brief, policy: Policy) -> str:
    """What the opener is told at once, before the channel is there."""
    model = esc(one_line(incident.model, 100), 200)
    kind = "private channel" if incident.private else "channel"
    return (
        f"{INC(incident.number, policy)} is open: {incident.severity.label}, {model}. "
        f"You will be in its {kind} in a moment."
    )


def already_open(
    incident: Brief, policy: Policy, *, another: str, why: str | None = None, together: str | None = None
) -> tuple[str, list[Block]]:
    """(text, blocks) when the model has an open incident, or another one may be the same.

    `another` is the value of the button that opens one more, `together` of the one that joins with another model.
    """
    text = already_open_text(incident, policy, why=why)
    number = INC(incident.number, policy)
    buttons = actions(
        _join(incident.number, number, together),
        button("Something else: open another", Opening.SEPARATE, another),
    )
    return text, [section(text), buttons]


def already_open_text(incident: Brief, policy: Policy, *, why: str | None = None) -> str:
    """The same in words."""
    model = esc(one_line(incident.model, 100), 200)
    title = esc(one_line(incident.title), 300)
    stuck = no_channel(incident)
    where = "" if stuck else f", in {channel(incident.channel_id, 'a channel that is being created')}"
    about = f"*{headline(incident, policy)}*, {title}{where}. {stuck}".strip()
    if why is not None:
        return f"It may be the same: {why}, which has an open incident: {about}"
    return f"{model} has an open incident already: {about}"


def _join(incident: int, number: str, together: str | None) -> Block:
    words = f"Join {number}"
    if together is None:
        return button(words, Joining.JOIN, str(incident), style="primary", label=words)
    return button(words, Impact.TOGETHER, together, style="primary", label=f"{words} with what you wrote")


def already_open_form(
    incident: Brief,
    policy: Policy,
    *,
    metadata: dict[str, Any],
    why: str | None = None,
    together: str | None = None,
) -> Block:
    """The same inside a form: joining is a button, opening another is the submission."""
    number = INC(incident.number, policy)
    return modal(
        "Is it the same?",
        [
            section(already_open_text(incident, policy, why=why)),
            actions(_join(incident.number, number, together)),
            section("If it is something else, open another one."),
        ],
        callback_id=Opening.SEPARATE_FORM,
        submit="Open another",
        metadata=metadata,
    )
