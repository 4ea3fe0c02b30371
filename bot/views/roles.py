"""Roles: the form that gives them, what a new holder is told, and the form and message of a hand-over."""

from __future__ import annotations

from collections.abc import Mapping

from bot.views.blocks import Block, actions, button, context, input_block, modal, person_menu, section, text_input
from bot.views.ids import Roles
from bot.views.text import cut, esc, person
from playbooks.lifecycle import Role

DOES = {
    Role.COMMANDER: "coordinates, does not fix",
    Role.ML_LEAD: "leads the diagnosis",
    Role.COMMS: "writes the updates",
    Role.SCRIBE: "keeps the timeline",
}
QUESTIONS: tuple[tuple[Roles, str, str], ...] = (
    (Roles.STATE, "State", "Where does it stand?"),
    (Roles.TRIED, "Tried", "What was tried, and what came of it?"),
    (Roles.HYPOTHESIS, "Hypothesis", "What do you think it is, and how sure are you?"),
    (Roles.RISKS, "Risks", "What could go wrong in the next two hours?"),
    (Roles.CHECKPOINT, "Next checkpoint", "When and what is looked at next?"),
)
"""Block id, the word it is stored and shown under, the question."""


def roles_form(*, incident: int, name: str, holders: Mapping[str, str]) -> Block:
    """One menu per role, filled with whoever holds it."""
    blocks = [context(f"{esc(name, 300)}. Whoever is given a role gets instructions from me privately.")]
    blocks += [
        input_block(
            f"{role.label}: {DOES[role]}",
            person_menu(f"{Roles.HOLDER}:{role}", initial=holders.get(role.value), placeholder="Nobody yet"),
            block_id=f"{Roles.HOLDER}:{role}",
            optional=True,
        )
        for role in Role
    ]
    metadata = {"incident": incident, "shown": dict(holders)}
    return modal("Assign roles", blocks, callback_id=Roles.FORM, metadata=metadata)


def instructions(*, where: str, role: Role, given_by: str | None, text: str) -> tuple[str, list[Block]]:
    """What somebody who was given a role reads privately. `where` names the incident, safe for mrkdwn."""
    by = f" {person(given_by)} asked for it." if given_by else ""
    head = f"You are now *{role.label}* of {where}.{by}"
    return f"{head}\n{text}", [section(head), section(esc(text))]


def hand_off_form(*, incident: int, name: str, role: Role, to: str | None) -> Block:
    """Who takes the role over, and what they need to know."""
    blocks = [
        context(f"{esc(name, 300)}. This goes into the channel and onto the timeline."),
        input_block(f"Who is {role.label} next?", person_menu(Roles.TO, initial=to), block_id=Roles.TO),
    ]
    blocks += [
        input_block(
            question,
            text_input(block_id, multiline=True, longest=1500),
            block_id=block_id,
            optional=block_id is not Roles.STATE,
        )
        for block_id, _, question in QUESTIONS
    ]
    metadata = {"incident": incident, "role": role.value}
    return modal("Hand over", blocks, callback_id=Roles.HAND_OFF_FORM, submit="Hand over", metadata=metadata)


def hand_off(*, role: Role, before: str | None, to: str, told: Mapping[str, str]) -> tuple[str, list[Block]]:
    """The message of a hand-over. `told` maps the words of QUESTIONS to answers; what is missing reads UNKNOWN."""
    who = (
        f"{person(before)} hands *{role.label}* over to {person(to)}." if before else f"{person(to)} is *{role.label}*."
    )
    lines = [f"*{word}:* {esc(told[word], 1500) if told.get(word) else 'UNKNOWN'}" for _, word, _ in QUESTIONS]
    return cut("\n".join([who, *lines]), 3500), [section(who), *(section(line) for line in lines)]


def suggest_hand_off(*, incident: int, where: str, lasted: str) -> tuple[str, list[Block]]:
    """What a commander of many hours reads privately."""
    text = f"You have been commander of {where} for {lasted}. A rested mind decides better: hand over while you can."
    pressed = button("Hand over", Roles.HAND_OFF, f"{incident}:{Role.COMMANDER}", label="Hand the commander role over")
    return text, [section(text), actions(pressed)]
