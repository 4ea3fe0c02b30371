"""Long lists in Slack: lines packed into as few sections as fit, or cut to one, and how many were left out."""

from __future__ import annotations

from collections.abc import Sequence

from bot.views.text import Block, cut, section

_FULL = 2800


def pages(lines: Sequence[str], *, head: str = "", more: int = 0) -> list[Block]:
    """Sections of mrkdwn that is safe already, a line each, with `head` above and “and N more” below."""
    texts = [head] if head else []
    for line in [*lines, *([f"… and {more} more"] if more > 0 else [])]:
        if texts and len(texts[-1]) + len(line) < _FULL:
            texts[-1] += f"\n{line}"
        else:
            texts.append(cut(line, _FULL))
    return [section(text) for text in texts]


def fit(lines: Sequence[str], limit: int = 2900) -> str:
    """As many whole lines as fit, so that no link, mention or escaped letter is cut in two."""
    kept: list[str] = []
    room = limit
    for line in lines:
        if len(line) + 1 > room - 40:
            left = len(lines) - len(kept)
            return "\n".join([*kept, f"… and {left} more {'line' if left == 1 else 'lines'}"])
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept)
