"""Whether a model is ready for production, for a phone: the score, what is missing, and the line that adds each."""

from __future__ import annotations

from bot.views.blocks import Block, context
from bot.views.text import UNKNOWN, esc, section
from playbooks.card import ModelCard
from playbooks.readiness import Readiness

_MOST_SHOWN = 12


def readiness(card: ModelCard, found: Readiness) -> tuple[str, list[Block]]:
    """(text, blocks)."""
    tier = f"tier {card.tier}" if card.tier is not None else f"tier {UNKNOWN}"
    mode = card.mode.value if card.mode else UNKNOWN
    said = "is ready" if found.is_ready else f"lacks {len(found.lacks)} of {found.asked}"
    head = f"*{esc(card.title, 150)}* `{esc(card.name, 100)}` ({tier}, {mode}) {said}: {found.score} % documented."
    blocks: list[Block] = [section(head)]
    rows = [
        f"• *{esc(lack.title, 100)}*: {esc(lack.good_for, 150)}\n   `{esc(lack.line, 150)}`"
        for lack in found.lacks[:_MOST_SHOWN]
    ]
    if rows:
        blocks.append(section("\n".join(rows)))
    if (more := len(found.lacks) - len(rows)) > 0:
        blocks.append(context(f"And {more} more, of less use while it burns."))
    fitting = f"{found.playbooks} playbooks fit it" if found.playbooks else "No playbook fits its mode"
    lines = "The lines are for models.yaml; in a registry they are tags of the same name." if rows else ""
    blocks.append(context(f"{fitting}. {lines}".strip()))
    missing = "; ".join(esc(lack.title, 100) for lack in found.lacks)
    return f"{head} {missing}"[:2900], blocks
