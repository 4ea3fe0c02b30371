"""Text as people and Slack write it → Markdown that reads the same outside Slack, and cannot smuggle anything in."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from bot.views.text import clean, is_web_address

_TOKEN = re.compile(r"<([^<>]+)>")
_SPECIAL = re.compile(r"[\\`*_\[\]|#~]")
_IN_ADDRESS = {"(": "%28", ")": "%29", "\\": "%5C", "`": "%60"}


def to_markdown(text: str, name_of: Callable[[str], str]) -> str:
    """Slack's mrkdwn as one line of Markdown: mentions by name, links kept, everything else literal."""
    text = clean(text)
    parts: list[str] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += [_escaped(html.unescape(text[end : token.start()])), _token(token.group(1), name_of)]
        end = token.end()
    parts.append(_escaped(html.unescape(text[end:])))
    return " ".join("".join(parts).split())


def literal(text: str) -> str:
    """Plain text on one line that Markdown leaves as it is, also inside a table."""
    return " ".join(_escaped(clean(text)).split())


def _escaped(text: str) -> str:
    # Entities for what HTML reads, so that it stays harmless in a renderer that lets HTML through.
    return _SPECIAL.sub(r"\\\g<0>", html.escape(text, quote=False))


def _token(token: str, name_of: Callable[[str], str]) -> str:
    body, _, label = token.partition("|")
    label = html.unescape(label)
    if body.startswith("@"):
        return _escaped(name_of(body[1:]))
    if body.startswith("#"):
        return _escaped(f"#{label}" if label else "a channel")
    if body.startswith("!"):
        return _escaped(label or f"@{body[1:].split('^')[0]}")
    address = html.unescape(body)
    return link(address, label or address) if is_web_address(address) else _escaped(label or address)


def link(url: str, label: str) -> str:
    """A Markdown link; without a usable address, just the words."""
    if not is_web_address(url):
        return literal(label)
    safe = "".join(_IN_ADDRESS.get(char, char) for char in url)
    return f"[{literal(label)}]({html.escape(safe, quote=False)})"
