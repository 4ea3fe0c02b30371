"""Follow-ups: the list with its buttons, one line of it, and the form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.views.blocks import (
    Block,
    actions,
    button,
    context,
    date_menu,
    input_block,
    modal,
    person_menu,
    section,
    text_input,
)
from bot.views.ids import FollowUps
from bot.views.text import cut, esc, one_line, person

_MOST = 15


@dataclass(frozen=True, kw_only=True)
class Item:
    """A follow-up as it is shown. `due_on` is an ISO date."""

    id: int
    text: str
    owner: str | None
    due_on: str | None
    done: bool


def line(item: Item) -> str:
    """One follow-up on one line, safe for mrkdwn; what it lacks is UNKNOWN."""
    words = esc(one_line(item.text, 300))
    if item.done:
        return f"~{words}~ · done"
    owner = person(item.owner) if item.owner else "owner UNKNOWN"
    return f"{words} · {owner} · {f'due {item.due_on}' if item.due_on else 'due date UNKNOWN'}"


def listed(*, incident: int, head: str, items: Sequence[Item]) -> tuple[str, list[Block]]:
    """The follow-ups, those to be done first, each with its buttons."""
    ordered = sorted(items, key=lambda item: item.done)
    blocks = [section(head)]
    for item in ordered[:_MOST]:
        blocks.append(section(line(item)))
        if not item.done:
            blocks.append(buttons(incident, item))
    blocks.append(actions(button("Add a follow-up", FollowUps.ADD, str(incident))))
    if len(ordered) > _MOST:
        blocks.append(context(f"and {len(ordered) - _MOST} more; the review lists them all"))
    return cut("\n".join([head, *(f"• {line(item)}" for item in ordered)]), 3500), blocks


def added(*, incident: int, by: str, item: Item) -> tuple[str, list[Block]]:
    """What the channel reads of a new follow-up; it asks for what is missing."""
    text = f"Follow-up from {person(by)}: {line(item)}"
    missing = item.owner is None or item.due_on is None
    return text, [section(text), *([buttons(incident, item)] if missing else [])]


def buttons(incident: int, item: Item) -> Block:
    """Done, and what changes owner, date or words."""
    value = f"{incident}:{item.id}"
    ask = "Set owner and date" if item.owner is None or item.due_on is None else "Change"
    return actions(
        button("Done", FollowUps.DONE, value, label=f"Done: {one_line(item.text, 60)}"),
        button(ask, FollowUps.EDIT, value, label=f"{ask}: {one_line(item.text, 50)}"),
    )


def follow_up_form(*, incident: int, name: str, item: Item | None) -> Block:
    """A new follow-up, or what is to change in one."""
    blocks = [
        context(f"{esc(name, 300)}. A follow-up outlives the incident."),
        input_block(
            "What is to be done?",
            text_input(
                FollowUps.TEXT,
                multiline=True,
                initial=item.text if item else None,
                placeholder="Something that one can see is done: “Alert when a feature is empty for 5 minutes”",
                longest=1500,
            ),
            block_id=FollowUps.TEXT,
        ),
        input_block(
            "Who owns it?",
            person_menu(FollowUps.OWNER, initial=item.owner if item else None, placeholder="Nobody yet"),
            block_id=FollowUps.OWNER,
            optional=True,
        ),
        input_block(
            "By when?",
            date_menu(FollowUps.DUE_ON, initial=item.due_on if item else None),
            block_id=FollowUps.DUE_ON,
            optional=True,
        ),
    ]
    metadata = {"incident": incident, "follow_up": item.id if item else None}
    return modal("Follow-up", blocks, callback_id=FollowUps.FORM, metadata=metadata)


def asked(*, incident: int, where: str, item: Item, overdue: bool, gone: str | None) -> tuple[str, list[Block]]:
    """What the owner of a follow-up reads privately on its day, and after it; or whoever is asked because they are
    gone, and should choose another.
    """
    due = f"was due {item.due_on}" if overdue else "is due today"
    text = f"A follow-up of {where} {due}: {esc(one_line(item.text, 300))}"
    if gone is not None:
        text += f"\nIt is {person(gone)}'s, who cannot be reached any more. Who does it instead?"
    return text, [section(text), buttons(incident, item)]
