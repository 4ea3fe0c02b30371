"""The forms that ask why: for a status, a severity, what ended it, and why it is not over."""

from __future__ import annotations

from bot.views.blocks import Block, context, input_block, menu, modal, option, radio, text_input
from bot.views.ids import Statuses
from bot.views.text import esc
from playbooks.lifecycle import Severity, Status
from playbooks.policy import Policy

_SAYS = {
    Status.INVESTIGATING: "we do not know the cause yet",
    Status.IDENTIFIED: "we know the cause",
    Status.MITIGATED: "the harm has stopped; the cause may still be there",
    Status.MONITORING: "verified to be well, being watched",
    Status.RESOLVED: "it is over; drafts the review",
}
_ASKED = {
    Status.IDENTIFIED: "What is the cause, as far as you know?",
    Status.MITIGATED: "What stopped the harm?",
    Status.MONITORING: "How do you know that it is well again?",
    Status.RESOLVED: "What ended it?",
}


def status_form(*, incident: int, name: str, now: Status, to: Status | None) -> Block:
    """Why the status changes; also to which, unless that was said. `name` is INC-12 and its title."""
    blocks = [context(f"{esc(name, 300)} is {now}.")]
    if to is None:
        choices = [option(status.value, status.value, says) for status, says in _SAYS.items() if status is not now]
        blocks.append(input_block("New status", menu(Statuses.TO, choices), block_id=Statuses.TO))
    blocks.append(_why(_ASKED.get(to, "Why?") if to else "Why?"))
    metadata = {"incident": incident, "to": to.value if to else None}
    title = f"Make it {to}" if to else "Change the status"
    return modal(title, blocks, callback_id=Statuses.STATUS_FORM, submit="Change", metadata=metadata)


def severity_form(*, incident: int, name: str, now: Severity, to: Severity | None, policy: Policy) -> Block:
    """Why the severity changes; also to which, unless that was said."""
    blocks = [context(f"{esc(name, 300)} is {now.label} now.")]
    if to is None:
        choices = [
            option(f"{one.label} · {policy.severity(one).name}", one.value, policy.severity(one).means)
            for one in Severity
            if one is not now
        ]
        blocks.append(input_block("New severity", radio(Statuses.TO, choices), block_id=Statuses.TO))
    blocks.append(_why("Why?"))
    metadata = {"incident": incident, "to": to.value if to else None}
    title = f"Make it {to.label}" if to else "Change the severity"
    return modal(title, blocks, callback_id=Statuses.SEVERITY_FORM, submit="Change", metadata=metadata)


def resolve_form(*, incident: int, name: str) -> Block:
    """What ended it; everything else is asked in the review."""
    blocks = [
        context(f"{esc(name, 300)}. The review is drafted as soon as you send this."),
        _why("What ended it?", "For example: rolled back to version 41, precision is normal since 14:20"),
    ]
    return modal(
        "Resolve", blocks, callback_id=Statuses.RESOLVE_FORM, submit="Resolve", metadata={"incident": incident}
    )


def reopen_form(*, incident: int, name: str) -> Block:
    """Why it is not over."""
    blocks = [context(esc(name, 300)), _why("Why is it not over?")]
    return modal("Reopen", blocks, callback_id=Statuses.REOPEN_FORM, submit="Reopen", metadata={"incident": incident})


def _why(label: str, placeholder: str = "One line will do") -> Block:
    field = text_input(Statuses.WHY, placeholder=placeholder, longest=1000)
    return input_block(label, field, block_id=Statuses.WHY, hint="It goes onto the timeline, in your words.")
