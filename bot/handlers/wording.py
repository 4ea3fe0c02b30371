"""How answers are put to a person on each surface: in an acknowledgement, or in a small form of their own."""

from __future__ import annotations

import re
from typing import Any

from bot.grammar import Complaint
from bot.incidents.desk import Answer
from bot.views.text import cut
from playbooks.lifecycle import RuleBroken

REFUSALS = (RuleBroken, Complaint)
"""What a use case raises to say no; the person reads its words."""

# Usage lines say <model>, which Slack would take for a link; people and dates keep their markup.
_MARKUP = re.compile(r"<(?:[@#][A-Z0-9]+(?:\|[^<>]*)?|!date\^[^<>]*)>|&(?:amp|lt|gt);|[&<>]")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def refusal(no: RuleBroken | Complaint) -> Answer:
    """The answer that says no: the one it brings along, else its sentence."""
    brought = getattr(no, "answer", None)
    return brought if isinstance(brought, Answer) else Answer(text=_safe(str(no)))


def _safe(sentence: str) -> str:
    return _MARKUP.sub(lambda found: _ESCAPED.get(found.group(), found.group()), sentence)


def acknowledgement(answer: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `ack` that show a command's answer to the person alone; none when there is nothing to show."""
    shown = {part: answer[part] for part in ("text", "blocks") if answer.get(part)}
    return {"response_type": "ephemeral", **shown} if shown else {}


def notice(answer: Answer) -> dict[str, Any]:
    """A small modal that shows an answer where no message can."""
    blocks = answer.blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": cut(answer.text, 2900) or "–"}}]
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "ml-incident"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks[:100],
    }
