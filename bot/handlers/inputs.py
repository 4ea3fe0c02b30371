"""What somebody entered into an element of a message or a form, for every kind of input there is in Block Kit."""

from __future__ import annotations

from typing import Any

Entered = str | int | list[str] | dict[str, Any] | None

_SINGLE = {
    "button": "value",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
}
_OPTION = ("static_select", "external_select", "overflow", "radio_buttons")
_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")


def entered(element: dict[str, Any]) -> Entered:
    """Text, option value, user or channel id, ISO date, unix time, a list of these, or None for nothing."""
    kind = element.get("type", "")
    if kind in _OPTION:
        return (element.get("selected_option") or {}).get("value")
    if kind in _OPTIONS:
        return [option["value"] for option in element.get("selected_options") or []]
    value: Entered = element.get(_SINGLE.get(kind, "value"))
    return value


def entered_in(state: dict[str, Any]) -> dict[str, Entered]:
    """block id → what was entered in it, from a view's or message's `state`; each block has one input."""
    blocks: dict[str, dict[str, Any]] = state.get("values") or {}
    return {block: entered(next(iter(elements.values()))) for block, elements in blocks.items() if elements}


def as_text(value: Entered) -> str:
    """The same as one string, for a click: several values are separated by commas."""
    if isinstance(value, list):
        return ",".join(value)
    return "" if value is None else str(value)
