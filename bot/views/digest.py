"""The weekly ownership digest: what is open, what is late, and which models nobody looks after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.views.blocks import Block, context, divider, header, section
from bot.views.text import cut, esc, when_plain

_MOST_BLOCKS = 45


@dataclass(frozen=True, kw_only=True)
class Group:
    """Lines of one kind, each mrkdwn that is safe already."""

    title: str
    lines: Sequence[str] = field(default_factory=tuple)
    more: int = 0
    """How many lines were left out."""


@dataclass(frozen=True, kw_only=True)
class DigestFacts:
    """What the digest says, for the channel or for one person."""

    at: datetime
    models: int
    groups: Sequence[Group]
    mine: bool = False


def digest(facts: DigestFacts) -> tuple[str, list[Block]]:
    """(text, blocks). Groups without lines are left out."""
    groups = [group for group in facts.groups if group.lines]
    title = "Your models this week" if facts.mine else "Who owns what: this week's digest"
    if not groups:
        text = f"{title}. Nothing to do: {facts.models} models, all looked after, and nothing is open or late."
        return text, [header(title), section(text.removeprefix(f"{title}. "))]
    said = ", ".join(f"{len(group.lines) + group.more} × {group.title.lower()}" for group in groups)
    blocks: list[Block] = [header(title)]
    for group in groups:
        blocks += _group(group)
    blocks = blocks[:_MOST_BLOCKS]
    blocks += [divider(), context(f"{facts.models} models in the catalogue, as of {when_plain(facts.at)}.")]
    return cut(f"{title}: {said}.", 2900), blocks


def _group(group: Group) -> list[Block]:
    text, blocks = f"*{esc(group.title, 100)}*", []
    for line in group.lines:
        if len(text) + len(line) > 2800:
            blocks.append(section(text))
            text = ""
        text += f"\n• {line}"
    if group.more:
        text += f"\n… and {group.more} more"
    return [*blocks, section(text)]
