"""Slack's mrkdwn as HTML: what people see in place of mentions, links, dates, emoji, quotes and code."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bot.sandbox.records import User
from bot.sandbox.state import State

from .emoji import NAMES
from .mentions import ANGLE, bare, link, mention, unescaped
from .styles import styled

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_EMOJI = re.compile(r":([a-z0-9_+'-]+):")
_ADDRESS = re.compile(r"\bhttps?://[^\s\ue000-\ue002]*[^\s\ue000-\ue002.,:;!?)\]}'\"*_~]")
# Finished markup waits behind characters that nobody types, so that no later rule changes it; the third marks the
# ends of what is a paragraph of its own, where a line end would be one too many.
_OURS = str.maketrans("", "", "\ue000\ue001\ue002")
_KEPT = re.compile("\ue000(\\d+)\ue001")
_APART = "\ue002"


class _Kept:
    """Finished pieces of markup, each behind a placeholder."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def keep(self, piece: Markup) -> str:
        # A piece may hold earlier ones, which are put in at once: none can ever hold itself.
        self._pieces.append(self.fill(str(piece)))
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def fill(self, text: str) -> str:
        """The text with every piece in its place."""
        known = self._pieces
        return _KEPT.sub(lambda found: known[int(found[1])] if int(found[1]) < len(known) else "", text)


def to_html(ws: State, text: str, *, viewer: User) -> Markup:
    """Text with Slack's markup, as the viewer sees it. Everything that is not ours is escaped."""
    kept = _Kept()

    def verbatim(inside: str) -> str:
        return unescaped(ANGLE.sub(lambda one: bare(ws, one[1], viewer=viewer), inside))

    def fence(found: re.Match[str]) -> str:
        piece = Markup("<pre><code>{}</code></pre>").format(verbatim(found[1]))
        return _APART + kept.keep(piece) + _APART

    def code(found: re.Match[str]) -> str:
        return kept.keep(Markup("<code>{}</code>").format(verbatim(found[1])))

    text = _CODE.sub(code, _FENCE.sub(fence, text.translate(_OURS)))
    text = ANGLE.sub(lambda found: kept.keep(mention(ws, found[1], viewer=viewer)), text)
    text = _ADDRESS.sub(lambda found: kept.keep(link(unescaped(found[0]), "")), text)
    text = _EMOJI.sub(lambda found: _emoji(found, kept), unescaped(text))
    return _finished(_lines(text), kept)


def plain_html(text: str) -> Markup:
    """A plain_text object: emoji and line ends, nothing else."""
    kept = _Kept()
    shown = _EMOJI.sub(lambda found: _emoji(found, kept), unescaped(text.translate(_OURS)))
    return _finished("<br>".join(str(escape(line)) for line in shown.split("\n")), kept)


def _emoji(found: re.Match[str], kept: _Kept) -> str:
    if found[1] not in NAMES:
        return found[0]
    name = found[1].replace("_", " ")
    return kept.keep(Markup('<span class="emoji" role="img" aria-label="{}">{}</span>').format(name, NAMES[found[1]]))


def _lines(text: str) -> str:
    """Every line with its looks; those that begin with > as quotes, and after >>> all that follow."""
    drawn: list[str] = []
    quoted: list[str] = []
    to_the_end = False

    def close() -> None:
        if quoted:
            drawn.append(f"{_APART}<blockquote>{'<br>'.join(quoted)}</blockquote>{_APART}")
            quoted.clear()

    for line in text.split("\n"):
        begins = line.startswith(">>>")
        if to_the_end or line.startswith(">"):
            quoted.append(str(styled(line if to_the_end else line[3 if begins else 1 :].lstrip())))
            to_the_end = to_the_end or begins
            continue
        close()
        drawn.append(str(styled(line)))
    close()
    return "<br>".join(drawn)


def _finished(drawn: str, kept: _Kept) -> Markup:
    """Escaped text with its pieces in place."""
    drawn = re.sub(f"(?:<br>)?{_APART}(?:<br>)?", "", drawn)
    return Markup(kept.fill(drawn))  # noqa: S704 -- both were escaped where they were made
