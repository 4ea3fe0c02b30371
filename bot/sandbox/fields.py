"""What the fields of a form hold: each kind of element, its empty and first value, and where Slack writes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# Element type -> the key of its value in view.state.values and in an action.
KEYS = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "file_input": "files",
}
LISTS = frozenset(kind for kind, key in KEYS.items() if key.endswith("s"))
TYPED = frozenset(kind for kind, key in KEYS.items() if key == "value")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOCK = re.compile(r"\d{2}:\d{2}")


class NotAllowed(Exception):
    """Slack's client would not let a person do this, and says why."""


class NotThere(NotAllowed):
    """What they reach for is not in their sight, or not any more."""


@dataclass(frozen=True)
class Field:
    """One element that holds a value, with the block it stands in."""

    block: Json
    element: Json

    @property
    def kind(self) -> str:
        return str(self.element["type"])

    @property
    def action_id(self) -> str:
        return str(self.element.get("action_id", ""))

    @property
    def block_id(self) -> str:
        return str(self.block.get("block_id", ""))

    @property
    def key(self) -> str:
        return KEYS[self.kind]

    @property
    def label(self) -> str:
        label = self.block.get("label") or self.element.get("placeholder") or {}
        return str(label.get("text") or self.action_id)

    @property
    def required(self) -> bool:
        return self.block["type"] == "input" and not self.block.get("optional", False)

    def first_value(self) -> Any:
        """What the field holds when it is drawn: its `initial_...`, else empty."""
        if self.key in ("value", "rich_text_value"):
            return self.element.get("initial_value")
        initial = "initial_" + self.key.removeprefix("selected_").removesuffix("_value")
        empty: Any = [] if self.kind in LISTS else None
        return self.element.get(initial, empty)


def elements_of(block: Json) -> list[Json]:
    """Every element of a block that a person can use."""
    found = [block.get("element"), block.get("accessory")]
    if block["type"] in ("actions", "context_actions"):
        found += block.get("elements", [])
    return [element for element in found if isinstance(element, dict) and element["type"] != "image"]


def fields_of(blocks: list[Json]) -> Iterator[Field]:
    """Every element of these blocks that holds a value (a button does not)."""
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in KEYS:
                yield Field(block=block, element=element)


def options_of(element: Json) -> list[Json]:
    """The options that an element offers, groups flattened."""
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    return options


def pick(field: Field, options: list[Json], wanted: object) -> Json:
    """The option with this value, or with this text. Raises NotAllowed with what there is."""
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    offered = ", ".join(str(option.get("value")) for option in options) or "nothing"
    raise NotAllowed(f"“{field.label}” does not offer {wanted}; it offers {offered}")


def check(field: Field, value: Any) -> None:
    """Refuse, as Slack's client does, a value that may not be submitted. Raises NotAllowed."""
    if value in (None, "", []):
        if field.required:
            raise NotAllowed(f"“{field.label}” is required")
        return
    if field.kind in TYPED:
        _check_typed(field, str(value))
    if field.kind in LISTS:
        most = field.element.get("max_selected_items")
        if most is not None and len(value) > most:
            raise NotAllowed(f"“{field.label}” takes at most {most}")
    if field.kind == "datepicker" and not DATE.fullmatch(str(value)):
        raise NotAllowed(f"“{field.label}” takes a date like 2026-03-31, not {value}")
    if field.kind == "timepicker" and not CLOCK.fullmatch(str(value)):
        raise NotAllowed(f"“{field.label}” takes a time like 09:30, not {value}")


def _check_typed(field: Field, text: str) -> None:
    shortest = int(field.element.get("min_length", 0))
    longest = int(field.element.get("max_length", 3000))
    if not shortest <= len(text) <= longest:
        raise NotAllowed(f"“{field.label}” takes {shortest} to {longest} characters, not {len(text)}")
    if "\n" in text and field.kind == "plain_text_input" and not field.element.get("multiline", False):
        raise NotAllowed(f"“{field.label}” takes a single line")
    if field.kind == "email_text_input" and not EMAIL.fullmatch(text):
        raise NotAllowed(f"“{field.label}” takes an e-mail address, not {text}")
    if field.kind == "url_text_input" and "://" not in text:
        raise NotAllowed(f"“{field.label}” takes a link, not {text}")
    if field.kind == "number_input":
        _check_number(field, text)


def _check_number(field: Field, text: str) -> None:
    try:
        number = float(text)
    except ValueError:
        raise NotAllowed(f"“{field.label}” takes a number, not {text}") from None
    if not field.element.get("is_decimal_allowed", False) and not re.fullmatch(r"-?\d+", text):
        raise NotAllowed(f"“{field.label}” takes a whole number, not {text}")
    lowest, highest = field.element.get("min_value"), field.element.get("max_value")
    if (lowest is not None and number < float(lowest)) or (highest is not None and number > float(highest)):
        raise NotAllowed(f"“{field.label}” takes {lowest} to {highest}, not {text}")
