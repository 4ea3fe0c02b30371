"""Putting values into the fields of a form, as a person does: by name, by option, through type-ahead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .fields import LISTS, Field, Json, NotAllowed, fields_of, options_of, pick
from .interactivity import value_of
from .stage import Stage

# Asks the bot what a menu with type-ahead offers for these letters.
Ask = Callable[[Field, str], Awaitable[list[Json]]]


def find_field(blocks: list[Json], name: str) -> Field:
    """The field with this action id or block id."""
    fields = list(fields_of(blocks))
    for field in fields:
        if name in (field.action_id, field.block_id):
            return field
    there = ", ".join(field.action_id for field in fields) or "none"
    raise NotAllowed(f"there is no field {name} here; there is: {there}")


async def as_value(stage: Stage, field: Field, wanted: Any, *, values: Json, shown: list[Json], ask: Ask) -> Any:
    """What Slack stores for `wanted`: an option for its value or text, an id for a name.

    `values` is what the form holds, `shown` what a menu with type-ahead offered last; `ask` makes it offer
    something for the wanted word when it has not. Raises NotAllowed when it cannot be chosen.
    """
    if wanted is None:
        return [] if field.kind in LISTS else None
    if field.kind in LISTS:
        listed = wanted if isinstance(wanted, list | tuple) else [wanted]
        return [await _one(stage, field, one, known=_known(field, values, shown), ask=ask) for one in listed]
    return await _one(stage, field, wanted, known=_known(field, values, shown), ask=ask)


def _known(field: Field, values: Json, shown: list[Json]) -> list[Json]:
    """The options that can be chosen without typing: those drawn, those chosen before, those last shown."""
    before = value_of(field, values)
    chosen = before if isinstance(before, list) else [before]
    return [*options_of(field.element), *shown, *(one for one in chosen if isinstance(one, dict))]


async def _one(stage: Stage, field: Field, wanted: Any, *, known: list[Json], ask: Ask) -> Any:
    match field.kind.removeprefix("multi_"):
        case "static_select" | "radio_buttons" | "checkboxes":
            value: Any = pick(field, known, wanted)
        case "external_select":
            try:
                value = pick(field, known, wanted)
            except NotAllowed:
                value = pick(field, await ask(field, str(wanted)), wanted)
        case "users_select":
            value = _person(stage, field, str(wanted))
        case "conversations_select" | "channels_select":
            value = stage.channel(str(wanted)).id
        case "datetimepicker":
            value = int(wanted)
        case "rich_text_input":
            value = _rich_text(wanted)
        case _:
            value = str(wanted)
    return value


def _person(stage: Stage, field: Field, wanted: str) -> str:
    user = stage.user(wanted)
    if user.deleted:
        raise NotAllowed(f"“{field.label}” does not offer {user.real_name}, who is deactivated")
    return user.id


def _rich_text(wanted: Any) -> Json:
    if isinstance(wanted, dict):
        return wanted
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(wanted)}]}
    return {"type": "rich_text", "elements": [section]}
