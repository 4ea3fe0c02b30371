"""Messages and forms as plain text: blocks flattened, people and channels by their names."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from .fields import Json, elements_of
from .records import Message
from .state import State

ANGLE = re.compile(r"<([^<>]+)>")
RICH_LISTS = {"rich_text_list": ("- ", "\n"), "rich_text": ("", "\n")}
DATE_PARTS = {"{date_num}": "%Y-%m-%d", "{time}": "%H:%M", "{time_secs}": "%H:%M:%S"}


def plain(ws: State, text: str) -> str:
    """Slack's markup as people read it: mentions by name, links by label, entities undone."""
    return html.unescape(ANGLE.sub(lambda found: _angle(ws, found[1]), text))


def _angle(ws: State, inside: str) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        user = ws.users.get(target[1:])
        return f"@{user.real_name if user else label or target[1:]}"
    if target.startswith("#"):
        channel = ws.channels.get(target[1:])
        return f"#{channel.name if channel else label or target[1:]}"
    if target.startswith("!date^"):
        return _date(target, label)
    if target.startswith("!subteam^"):
        group = ws.usergroups.get(target.removeprefix("!subteam^"))
        return f"@{group.handle}" if group else label
    if target.startswith("!"):
        return f"@{target[1:]}"
    return f"{label} ({target})" if label and label != target else target


def _date(target: str, fallback: str) -> str:
    """A `<!date^...>` as somebody in UTC reads it."""
    try:
        _, seconds, pattern, *_ = target.split("^")
        when = datetime.fromtimestamp(int(seconds), UTC)
    except ValueError:
        return fallback
    for token, form in DATE_PARTS.items():
        pattern = pattern.replace(token, when.strftime(form))
    return re.sub(r"\{date[a-z_]*\}", when.strftime("%-d %B %Y"), pattern)


def message_text(ws: State, message: Message) -> str:
    """What people see of a message: its blocks, or its text when it has none, and its files."""
    return shown_text(ws, message.text, message.blocks, files=message.files)


def shown_text(ws: State, text: str, blocks: list[Json] | None, *, files: list[str] | None = None) -> str:
    """What people see of a text with or without blocks."""
    lines = list(blocks_lines(ws, blocks)) if blocks else [plain(ws, text)]
    lines += [f"[file: {ws.files[file_id].name}]" for file_id in files or [] if file_id in ws.files]
    return "\n".join(line for line in lines if line)


def blocks_lines(ws: State, blocks: list[Json]) -> Iterator[str]:
    """The readable lines of blocks, in the order in which they are drawn."""
    for block in blocks:
        match block["type"]:
            case "divider":
                yield "----"
            case "context":
                yield " · ".join(_element(ws, one) for one in block["elements"])
            case "rich_text":
                yield _rich(ws, block)
            case "image":
                yield f"[image: {block.get('alt_text', '')}]"
            case "input":
                yield _input(ws, block)
            case _:
                yield from _block(ws, block)


def _block(ws: State, block: Json) -> Iterator[str]:
    text = block.get("text")
    if text is not None:
        yield plain(ws, text if isinstance(text, str) else text["text"])
    for one in block.get("fields", []):
        yield plain(ws, one["text"])
    drawn = [_element(ws, one) for one in elements_of(block)]
    if drawn:
        yield " ".join(drawn)


def _input(ws: State, block: Json) -> str:
    optional = " (optional)" if block.get("optional") else ""
    return f"{plain(ws, block['label']['text'])}{optional}: {_element(ws, block['element'])}"


def _element(ws: State, element: Json) -> str:
    match element["type"]:
        case "mrkdwn" | "plain_text":
            return plain(ws, element["text"])
        case "button":
            return f"[{plain(ws, element['text']['text'])}]"
        case "image":
            return f"[image: {element.get('alt_text', '')}]"
        case "overflow" | "radio_buttons" | "checkboxes":
            return "[" + " | ".join(plain(ws, one["text"]["text"]) for one in element["options"]) + "]"
        case _:
            initial = element.get("initial_value") or element.get("initial_option", {}).get("text", {}).get("text")
            hint = element.get("placeholder", {}).get("text")
            return f"[{plain(ws, str(initial or hint or '...'))}]"


def _rich(ws: State, part: Json) -> str:
    """Rich text, without its looks."""
    match part["type"]:
        case "text" | "link":
            return str(part.get("text") or part.get("url", ""))
        case "user":
            return _angle(ws, f"@{part['user_id']}")
        case "channel":
            return _angle(ws, f"#{part['channel_id']}")
        case "emoji":
            return f":{part['name']}:"
        case kind:
            mark, between = RICH_LISTS.get(kind, ("", ""))
            return between.join(mark + _rich(ws, one) for one in part.get("elements", []))
