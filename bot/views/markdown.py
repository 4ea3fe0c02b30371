"""Text as Slack stores it → Markdown that reads the same outside Slack, and cannot smuggle anything in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_TOKEN = re.compile(r"<([^<>]+)>")
_SPECIAL = re.compile(r"([\\`*_\[\]|#])")


def to_markdown(text: str, name_of: Callable[[str], str]) -> str:
    """Slack's mrkdwn as one line of Markdown: mentions by name, links kept, everything else literal."""
    parts: list[str] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += [literal(html.unescape(text[end : token.start()])), _token(token.group(1), name_of)]
        end = token.end()
    parts.append(literal(html.unescape(text[end:])))
    return " ".join("".join(parts).split())


def literal(text: str) -> str:
    """Plain text that Markdown leaves as it is, also inside a table."""
    return _SPECIAL.sub(r"\\\1", text.replace("<", "‹").replace(">", "›"))


def _token(token: str, name_of: Callable[[str], str]) -> str:
    body, _, label = token.partition("|")
    if body.startswith("@"):
        return literal(name_of(body[1:]))
    if body.startswith("#"):
        return literal(f"#{label}" if label else "a channel")
    if body.startswith("!date^"):
        return literal(label)
    if body.startswith("!"):
        return literal(f"@{body[1:].split('^')[0]}")
    if body.startswith(("https://", "http://")):
        return link(body, html.unescape(label) or body)
    return literal(label or body)


def link(url: str, label: str) -> str:
    """A Markdown link; without a usable address, just the words."""
    if not url.startswith(("https://", "http://")):
        return literal(label)
    safe = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20").replace("|", "%7C")
    return f"[{literal(label)}]({safe})"
