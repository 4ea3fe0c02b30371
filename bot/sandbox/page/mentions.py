"""What stands for Slack's `<...>`: people, channels, groups, dates and links, as one reader may see them."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bot.sandbox.records import User
from bot.sandbox.state import State

from . import dates

# What a link may begin with: anything else is shown as words.
LINKED = ("http://", "https://", "mailto:")
ANGLE = re.compile(r"<([^<>\n]+)>")
EVERYBODY = ("!here", "!channel", "!everyone")


def unescaped(text: str) -> str:
    """Text without the three escapes that Slack knows; other entities are words to it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def harmless(url: str) -> bool:
    """Whether a click on it can only open a page or begin a mail."""
    return url.lower().startswith(LINKED)


def link(url: str, label: str) -> Markup:
    """A link where it leads somewhere harmless; else its words alone."""
    if not harmless(url):
        return escape(label or url)
    shown = label or url.removeprefix("mailto:")
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, shown)


def mention(ws: State, inside: str, *, viewer: User) -> Markup:
    """What stands for `<...>`, `inside` being what is between the brackets."""
    target, _, label = inside.partition("|")
    target, label = unescaped(target), unescaped(label)
    if target.startswith("!date^"):
        return _date(target, label, now=ws.now(), viewer=viewer)
    if not target.startswith(("@", "#", "!")):
        # No address at all: somebody's own angle brackets.
        return link(target, label) if label or ":" in target else escape(f"<{target}>")
    if target.startswith("#") and not _may_see(ws, target[1:], viewer):
        return Markup('<span class="mention">a private channel</span>')
    me = target == f"@{viewer.id}" or target in EVERYBODY
    group = ws.usergroups.get(target.removeprefix("!subteam^")) if target.startswith("!subteam^") else None
    me = me or (group is not None and viewer.id in group.users)
    words = bare(ws, inside, viewer=viewer)
    return Markup('<span class="{}">{}</span>').format("mention me" if me else "mention", words)


def _date(target: str, fallback: str, *, now: float, viewer: User) -> Markup:
    words = dates.worded(target, fallback, now=now, viewer=viewer)
    leads = target.split("^")[3:]
    if not leads or not harmless(leads[0]):
        return words
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(leads[0], words)


def _may_see(ws: State, channel_id: str, viewer: User) -> bool:
    channel = ws.channels.get(channel_id)
    return channel is None or not channel.is_private or viewer.id in channel.members


def bare(ws: State, inside: str, *, viewer: User) -> str:
    """The words of a mention, without looks."""
    target, _, label = inside.partition("|")
    target, label = unescaped(target), unescaped(label)
    if target.startswith(("@", "#")):
        return _name(ws, target, label, viewer=viewer)
    if target.startswith("!"):
        return _broadcast(ws, target.removeprefix("!"), label)
    return label or (target if ":" in target else f"<{target}>")


def _name(ws: State, target: str, label: str, *, viewer: User) -> str:
    """A person or a channel by the name that they have now."""
    if target.startswith("@"):
        user = ws.users.get(target[1:])
        return f"@{user.real_name if user else label or 'somebody'}"
    if not _may_see(ws, target[1:], viewer):
        return "a private channel"
    channel = ws.channels.get(target[1:])
    return f"#{channel.name if channel else label or 'a channel'}"


def source(ws: State, text: str) -> str:
    """A text as it was typed: people by their handles and channels by their names, so that they are found again."""
    return unescaped(ANGLE.sub(lambda found: _typed(ws, found[1]), text))


def _typed(ws: State, inside: str) -> str:
    target, _, label = inside.partition("|")
    if target.startswith("@") and target[1:] in ws.users:
        return f"@{ws.users[target[1:]].name}"
    if target.startswith("#") and target[1:] in ws.channels:
        return f"#{ws.channels[target[1:]].name}"
    if target.startswith("!"):
        return f"@{target[1:]}" if target in EVERYBODY else label
    return target if ":" in target else f"<{target}>"


def _broadcast(ws: State, called: str, label: str) -> str:
    """The words of what is called with an exclamation mark: a group, a date, everybody."""
    if called.startswith("subteam^"):
        group = ws.usergroups.get(called.removeprefix("subteam^"))
        return f"@{group.handle}" if group else label or "@a group"
    return label if called.startswith("date^") else f"@{called}"
