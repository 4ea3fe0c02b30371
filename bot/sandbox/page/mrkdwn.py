"""Slack's mrkdwn as HTML: what people see in place of mentions, links, dates, emoji, quotes and code."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from markupsafe import Markup, escape

from bot.sandbox.records import User
from bot.sandbox.state import State

from . import dates
from .emoji import NAMES

_ANGLE = re.compile(r"<([^<>\n]+)>")
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_EMOJI = re.compile(r":([a-z0-9_+'-]+):")
_STYLES = [
    (re.compile(rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^\n]*?[^\s{mark}]){mark}(?![\w{mark}])"), tag)
    for mark, tag in ((r"\*", "strong"), ("_", "em"), ("~", "s"))
]
# What a link may begin with: anything else is shown as words.
LINKED = ("http://", "https://", "mailto:")
# Finished markup waits behind a pair of characters that nobody types, so that no later rule changes it.
_KEPT = re.compile("\ue000(\\d+)\ue001")


class _Kept:
    """Finished pieces of markup, each behind a placeholder."""

    def __init__(self) -> None:
        self._pieces: list[Markup] = []

    def keep(self, piece: Markup) -> str:
        self._pieces.append(piece)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def fill(self, text: str) -> str:
        """The text with every piece in its place; pieces may hold others."""
        while _KEPT.search(text):
            text = _KEPT.sub(lambda found: str(self._pieces[int(found[1])]), text)
        return text


def to_html(ws: State, text: str, *, viewer: User) -> Markup:
    """Text with Slack's markup, as the viewer sees it. Everything that is not ours is escaped."""
    kept = _Kept()
    text = text.replace("\ue000", "").replace("\ue001", "")

    def angle(found: re.Match[str]) -> str:
        return kept.keep(mention(ws, found[1], viewer=viewer))

    def fence(found: re.Match[str]) -> str:
        inside = _ANGLE.sub(lambda one: _bare(ws, one[1]), found[1])
        return kept.keep(Markup("<pre><code>{}</code></pre>").format(html.unescape(inside)))

    def code(found: re.Match[str]) -> str:
        inside = _ANGLE.sub(lambda one: _bare(ws, one[1]), found[1])
        return kept.keep(Markup("<code>{}</code>").format(html.unescape(inside)))

    text = _CODE.sub(code, _FENCE.sub(fence, text))
    text = _ANGLE.sub(angle, text)
    text = str(escape(html.unescape(text)))
    text = _EMOJI.sub(lambda found: _emoji(found, kept), text)
    for pattern, tag in _STYLES:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return Markup(kept.fill(_lines(text)))  # noqa: S704 -- escaped above


def plain_html(text: str) -> Markup:
    """A plain_text object: emoji and line ends, nothing else."""
    kept = _Kept()
    shown = _EMOJI.sub(lambda found: _emoji(found, kept), str(escape(html.unescape(text))))
    return Markup(kept.fill(shown.replace("\n", "<br>")))  # noqa: S704 -- escaped above


def _emoji(found: re.Match[str], kept: _Kept) -> str:
    if found[1] not in NAMES:
        return found[0]
    name = found[1].replace("_", " ")
    return kept.keep(Markup('<span class="emoji" role="img" aria-label="{}">{}</span>').format(name, NAMES[found[1]]))


def _lines(text: str) -> str:
    """Line ends, and lines that begin with > as quotes."""
    drawn: list[str] = []
    quoted: list[str] = []

    def close() -> None:
        if quoted:
            drawn.append(f"<blockquote>{'<br>'.join(quoted)}</blockquote>")
            quoted.clear()

    for line in text.split("\n"):
        if line.startswith("&gt;"):
            quoted.append(line.removeprefix("&gt;").lstrip())
            continue
        close()
        drawn.append(line)
    close()
    whole = "<br>".join(drawn)
    return whole.replace("<br><blockquote>", "<blockquote>").replace("</blockquote><br>", "</blockquote>")


def link(url: str, label: str) -> Markup:
    """A link where it leads somewhere harmless; else its words alone."""
    if not url.startswith(LINKED):
        return escape(label or url)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, label or url)


def mention(ws: State, inside: str, *, viewer: User) -> Markup:
    """What stands for `<...>`: a person, channel, group, date or link."""
    target, _, label = inside.partition("|")
    target, label = html.unescape(target), html.unescape(label)
    if target.startswith("!date^"):
        return dates.worded(target, label, now=ws.now(), viewer=viewer)
    if target[0] not in "@#!":
        return link(target, label)
    if target.startswith("#") and not _may_see(ws, target[1:], viewer):
        return Markup('<span class="mention">a private channel</span>')
    me = target == f"@{viewer.id}" or target in ("!here", "!channel", "!everyone")
    group = ws.usergroups.get(target.removeprefix("!subteam^")) if target.startswith("!subteam^") else None
    me = me or (group is not None and viewer.id in group.users)
    return Markup('<span class="{}">{}</span>').format("mention me" if me else "mention", _bare(ws, inside))


def _may_see(ws: State, channel_id: str, viewer: User) -> bool:
    channel = ws.channels.get(channel_id)
    return channel is None or not channel.is_private or viewer.id in channel.members


def _bare(ws: State, inside: str) -> str:
    """The words of a mention, without looks."""
    target, _, label = inside.partition("|")
    find: dict[str, Callable[[str], str | None]] = {
        "@": lambda key: getattr(ws.users.get(key), "real_name", None),
        "#": lambda key: getattr(ws.channels.get(key), "name", None),
    }
    if target[0] in find:
        return f"{target[0]}{find[target[0]](target[1:]) or label or target[1:]}"
    if target.startswith("!subteam^"):
        group = ws.usergroups.get(target.removeprefix("!subteam^"))
        return f"@{group.handle}" if group else label or "@a group"
    if target.startswith("!date^"):
        return label
    return f"@{target[1:]}" if target.startswith("!") else label or target
