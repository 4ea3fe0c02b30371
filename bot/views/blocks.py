"""Block Kit's parts as functions that keep Slack's limits: headers, contexts, actions, inputs and menus."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.views.text import Block, button, clean, cut, modal, mrkdwn, plain, section

__all__ = [
    "Block",
    "actions",
    "button",
    "checkboxes",
    "context",
    "date_menu",
    "datetime_menu",
    "divider",
    "header",
    "input_block",
    "menu",
    "modal",
    "mrkdwn",
    "option",
    "people_menu",
    "person_menu",
    "plain",
    "radio",
    "section",
    "text_input",
]


def header(text: str) -> Block:
    """A headline of plain text, at most 150 characters."""
    return {"type": "header", "text": plain(text, 150)}


def context(*texts: str) -> Block:
    """Small grey mrkdwn lines, at most ten."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(*elements: Block, block_id: str | None = None) -> Block:
    """Buttons and menus in a row, at most 25."""
    block: Block = {"type": "actions", "elements": list(elements[:25])}
    if block_id is not None:
        block["block_id"] = block_id
    return block


def option(text: str, value: str, description: str | None = None) -> Block:
    """One choice of a menu: text and description are cut at 75 characters, a value must not exceed 150."""
    made: Block = {"text": plain(text, 75), "value": value[:150]}
    if description:
        made["description"] = plain(description, 75)
    return made


def input_block(
    label: str,
    element: Block,
    *,
    block_id: str,
    hint: str | None = None,
    optional: bool = False,
) -> Block:
    """A field of a modal; its value comes back under `block_id`."""
    block: Block = {
        "type": "input",
        "block_id": str(block_id),
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def text_input(
    action_id: str,
    *,
    multiline: bool = False,
    initial: str | None = None,
    placeholder: str | None = None,
    longest: int = 3000,
) -> Block:
    """A box to type in."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": str(action_id),
        "multiline": multiline,
        "max_length": min(longest, 3000),
    }
    if initial:
        element["initial_value"] = cut(clean(initial), element["max_length"])
    return _placed(element, placeholder)


def menu(
    action_id: str, options: list[Block], *, initial: Block | None = None, placeholder: str | None = None
) -> Block:
    """A menu of at most 100 options; `initial` must be one of them."""
    element: Block = {"type": "static_select", "action_id": str(action_id), "options": options[:100]}
    if initial is not None:
        element["initial_option"] = initial
    return _placed(element, placeholder)


def radio(action_id: str, options: list[Block], *, initial: Block | None = None) -> Block:
    """At most ten options, all visible."""
    element: Block = {"type": "radio_buttons", "action_id": str(action_id), "options": options[:10]}
    if initial is not None:
        element["initial_option"] = initial
    return element


def checkboxes(action_id: str, options: list[Block]) -> Block:
    """At most ten boxes to tick; the value is the list of those that are."""
    return {"type": "checkboxes", "action_id": str(action_id), "options": options[:10]}


def person_menu(action_id: str, *, initial: str | None = None, placeholder: str | None = None) -> Block:
    """Choose one Slack account."""
    element: Block = {"type": "users_select", "action_id": str(action_id)}
    if initial:
        element["initial_user"] = initial
    return _placed(element, placeholder)


def people_menu(action_id: str, *, placeholder: str | None = None) -> Block:
    """Choose several Slack accounts."""
    return _placed({"type": "multi_users_select", "action_id": str(action_id)}, placeholder)


def date_menu(action_id: str, *, initial: str | None = None) -> Block:
    """Choose a day; ISO date in and out."""
    element: Block = {"type": "datepicker", "action_id": str(action_id)}
    if initial:
        element["initial_date"] = initial
    return element


def datetime_menu(action_id: str, *, initial: datetime | None = None) -> Block:
    """Choose a moment; a Unix time comes back."""
    element: Block = {"type": "datetimepicker", "action_id": str(action_id)}
    if initial:
        element["initial_date_time"] = int(initial.timestamp())
    return element


def _placed(element: Block, placeholder: str | None) -> dict[str, Any]:
    if placeholder:
        element["placeholder"] = plain(placeholder, 150)
    return element
