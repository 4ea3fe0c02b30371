"""A playbook as Mattermost exports it (`version` 1 of its format): read tolerantly, refused in one sentence.

The names are those of the `export` tags in mattermost-plugin-playbooks, server/app/playbook.go and export.go.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from playbooks.lifecycle import RuleBroken
from playbooks.mattermost.texts import on_one_line

LARGEST: Final = 2_000_000
_READ: Final = frozenset(
    {
        "title", "description", "checklists", "version", "properties", "conditions", "metrics",
        "message_on_join", "message_on_join_enabled", "signal_any_keywords", "signal_any_keywords_enabled",
        "reminder_timer_default_seconds", "reminder_message_template", "status_update_enabled",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One thing to do; `due` is in seconds after the step begins."""

    title: str
    description: str
    command: str
    due: float
    condition: str
    others: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Checklist:
    """A titled list of them."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Export:
    """What an export says. `others` are the fields that nothing here reads."""

    title: str
    description: str
    welcome: str
    checklists: tuple[Checklist, ...]
    keywords: tuple[str, ...]
    remind_every: float
    reminder: str
    metrics: tuple[Mapping[str, Any], ...]
    properties: tuple[Mapping[str, Any], ...]
    conditions: tuple[Mapping[str, Any], ...]
    others: Mapping[str, object]


def read_export(content: bytes) -> Export:
    """Read the file. Raises RuleBroken, with a sentence for whoever has it, when it is no export."""
    data = _object(content)
    # What the plugin's own import takes over HTTP has the playbook one level down.
    inner = data.get("playbook")
    if isinstance(inner, dict) and "checklists" not in data:
        data = {**inner, **{key: value for key, value in data.items() if key != "playbook"}}
    lists = data.get("checklists")
    if not isinstance(lists, list):
        raise RuleBroken("This is no playbook of Mattermost: it has no list of checklists.")
    version = data.get("version", 1)
    if version != 1:
        said = on_one_line(str(version))[:20]
        raise RuleBroken(f"This is version {said} of Mattermost's format, and only version 1 is known here.")
    return Export(
        title=_text(data.get("title")) or "Imported playbook",
        description=_text(data.get("description")),
        welcome=_text(data.get("message_on_join")) if data.get("message_on_join_enabled", True) else "",
        checklists=tuple(_checklist(one, at) for at, one in enumerate(lists, 1)),
        keywords=_keywords(data),
        remind_every=_number(data.get("reminder_timer_default_seconds"))
        if data.get("status_update_enabled", True)
        else 0,
        reminder=_text(data.get("reminder_message_template")),
        metrics=_objects(data.get("metrics")),
        properties=_objects(data.get("properties")),
        conditions=_objects(data.get("conditions")),
        others={key: value for key, value in data.items() if key not in _READ and value},
    )


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise RuleBroken(f"The file is larger than {LARGEST:,} bytes, which no export of one playbook is.")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RuleBroken("The file is not UTF-8 text, so it is no export of Mattermost.") from None
    except json.JSONDecodeError as error:
        raise RuleBroken(f"The file is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except (ValueError, RecursionError):
        raise RuleBroken(
            "The file is not JSON that a program can read: it is nested too deep or has too long a number."
        ) from None
    if not isinstance(data, dict):
        raise RuleBroken("This is no playbook of Mattermost: the file holds something else than one object.")
    return data


def _checklist(data: object, at: int) -> Checklist:
    if not isinstance(data, dict) or not isinstance(data.get("items", []), list | None):
        raise RuleBroken(f"Checklist {at} is broken: it should be an object with a title and a list of items.")
    items = data.get("items") or []
    title = _text(data.get("title"))
    return Checklist(title, tuple(_item(item, on_one_line(title) or str(at), row) for row, item in enumerate(items, 1)))


def _item(data: object, checklist: str, row: int) -> Item:
    if not isinstance(data, dict):
        raise RuleBroken(
            f"Item {row} of the checklist “{checklist[:60]}” is broken: it should be an object with a title."
        )
    read = {"title", "description", "command", "due_date", "condition_id"}
    return Item(
        title=_text(data.get("title")),
        description=_text(data.get("description")),
        command=_text(data.get("command")),
        due=_number(data.get("due_date")) / 1000,
        condition=_text(data.get("condition_id")),
        others={key: value for key, value in data.items() if key not in read and value},
    )


def _keywords(data: Mapping[str, Any]) -> tuple[str, ...]:
    words = data.get("signal_any_keywords")
    if not isinstance(words, list) or not data.get("signal_any_keywords_enabled", True):
        return ()
    return tuple(dict.fromkeys(_texts(words)))


def _texts(values: list[object]) -> Iterator[str]:
    yield from (text for value in values if (text := _text(value)))


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _number(value: object) -> float:
    """Zero for all that is no sensible number of seconds or milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
        return 0
    return float(value)


def _objects(value: object) -> tuple[Mapping[str, Any], ...]:
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()
