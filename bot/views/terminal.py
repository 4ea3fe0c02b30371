"""What Slack would show, as plain lines for a terminal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from bot.views.blocks import Block

_MARK = re.compile(r"<([^|<>]*)\|?([^<>]*)>")
_CHANNEL = re.compile(r"<#\w+>")
_EMPHASIS = re.compile(r"(?<!\w)_([^_\n]+(?:_[^_\n]+)*)_(?!\w)")


def in_lines(blocks: Iterable[Block]) -> list[str]:
    """A line for each line of text, and one for each row of buttons."""
    return [line for block in blocks for line in _lines(block)]


def _lines(block: Block) -> list[str]:
    if block["type"] == "divider":
        return [""]
    if block["type"] == "actions":
        return ["  " + " ".join(f"[{one['text']['text']}]" for one in block["elements"])]
    texts = [one["text"] for one in block.get("elements", ())] or [block["text"]["text"]]
    return [_plain(line) for text in texts for line in text.split("\n")]


def _plain(line: str) -> str:
    """Without Slack's marks; what stands between backticks is as it is written."""
    parts = _MARK.sub(r"\2", _CHANNEL.sub("its channel", line)).split("`")
    parts[::2] = [_EMPHASIS.sub(r"\1", part.replace("*", "")) for part in parts[::2]]
    return html.unescape("".join(parts)).rstrip()
