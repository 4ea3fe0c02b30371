"""Words for Slack: cleaned, escaped and cut, times that each reader sees in their own zone, and the smallest blocks."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

from playbooks.durations import say_duration
from playbooks.policy import Policy

Block = dict[str, Any]

UNKNOWN = "UNKNOWN"
LONGEST_SECTION = 3000
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone)\b)", re.IGNORECASE)
_MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_KEPT = frozenset("\n\t")
# Control characters, surrogates (which cannot be sent) and the marks that turn the reading direction.
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")


def clean(text: str) -> str:
    """Text without characters that no database or reader should get; line ends become one kind."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char for char in text if char in _KEPT or (char not in _TURNING and unicodedata.category(char) not in _DROPPED)
    )


def cut(text: str, limit: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def one_line(text: str, limit: int = 150) -> str:
    """Cleaned, on one line, and cut; still to be escaped."""
    return cut(" ".join(clean(text[: limit * 8]).split()), limit)


def typed(text: str, limit: int = 3000) -> str:
    """What somebody typed after a slash command, as plain text to store: Slack's own markup and escapes undone."""
    return cut(clean(html.unescape(_MARKUP.sub(_unmark, text[: limit * 8]))).strip(), limit)


def _unmark(match: re.Match[str]) -> str:
    sign, target, label = match.groups()
    if sign == "@":
        return f"@{label}" if label else "@somebody"
    if sign == "#":
        return f"#{label}" if label else "#some-channel"
    if sign == "!":
        return label or f"@{target.split('^')[0]}"
    return f"{label} ({target})" if label and label != target else target


def esc(text: str, limit: int = 2900) -> str:
    """Text from people, alerts or registries, safe inside mrkdwn and at most `limit` characters once escaped."""
    text = _BROADCAST.sub("@\u2060", clean(text[: limit + 1]))
    escaped = [_ESCAPED.get(char, char) for char in text]
    if sum(map(len, escaped)) <= limit:
        return "".join(escaped)
    kept: list[str] = []
    room = limit - 1
    for piece in escaped:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + "…"


def when(moment: datetime | None) -> str:
    """A time that Slack shows in the reader's zone, in UTC with its date elsewhere; UNKNOWN for None."""
    if moment is None:
        return UNKNOWN
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{when_plain(moment)}>"


def when_plain(moment: datetime | None) -> str:
    """The same where Slack shows no markup: headers, options, fallback text."""
    return UNKNOWN if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(moment: datetime, now: datetime) -> str:
    """“3 hours ago”, or “just now” below a minute."""
    age = now - moment
    return "just now" if age.total_seconds() < 60 else f"{say_duration(age)} ago"


def person(user_id: str | None) -> str:
    """A mention of one Slack account; UNKNOWN for None or empty."""
    return f"<@{user_id}>" if user_id else UNKNOWN


def channel(channel_id: str | None, otherwise: str = "its channel") -> str:
    """A link to a channel, or the given words while there is none."""
    return f"<#{channel_id}>" if channel_id else otherwise


def link(url: str, label: str) -> str:
    """A link with a label, or the label alone when the address is not plain http(s)."""
    address = clean(url).strip()
    if not is_web_address(address):
        return esc(label, 150)
    return f"<{esc(address, 1500)}|{esc(label, 150).replace('|', '/')}>"


def is_web_address(text: str) -> bool:
    """Whether this may become a link."""
    return re.fullmatch(r"https?://[^\s<>|\"]{1,1200}", text) is not None


def counted(number: int, one: str, many: str | None = None) -> str:
    """“1 model”, “2 models”; `many` for what does not take an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def INC(number: int, policy: Policy) -> str:  # noqa: N802  (spelled as people read it)
    """INC-12, with the organisation's prefix."""
    return f"{policy.incident_prefix}-{number}"


def plain(text: str, limit: int = 3000) -> Block:
    """A plain text object: never escaped, never empty."""
    return {"type": "plain_text", "text": cut(clean(text), limit).strip() or "–", "emoji": True}


def mrkdwn(text: str, limit: int = LONGEST_SECTION) -> Block:
    """A mrkdwn object; whatever came from outside must have gone through `esc` already."""
    return {"type": "mrkdwn", "text": cut(text, limit) or "–"}


def section(
    text: str | None = None,
    *,
    accessory: Block | None = None,
    fields: list[str] | None = None,
    block_id: str | None = None,
) -> Block:
    """A section of mrkdwn, at most ten short fields beside it."""
    block: Block = {"type": "section"}
    if text is not None:
        block["text"] = mrkdwn(text)
    if fields:
        block["fields"] = [mrkdwn(field, 2000) for field in fields[:10]]
    if accessory is not None:
        block["accessory"] = accessory
    if block_id is not None:
        block["block_id"] = block_id
    return block


def button(
    text: str,
    action_id: str,
    value: str,
    style: str | None = None,
    label: str | None = None,
) -> Block:
    """A button; `label` is what a screen reader says, the text itself unless given."""
    block: Block = {
        "type": "button",
        "text": plain(text, 75),
        "action_id": str(action_id),
        "value": value[:2000],
        "accessibility_label": cut(clean(label or text), 75),
    }
    if style is not None:
        block["style"] = style
    return block


def modal(
    title: str,
    blocks: list[Block],
    *,
    callback_id: str,
    submit: str | None = "Save",
    close: str = "Cancel",
    metadata: dict[str, Any] | None = None,
) -> Block:
    """A modal view. `metadata` comes back in the submission; keep it under 3,000 characters."""
    view: Block = {
        "type": "modal",
        "callback_id": str(callback_id),
        "title": plain(title, 24),
        "close": plain(close, 24),
        "blocks": blocks[:100],
        "private_metadata": json.dumps(metadata or {}, separators=(",", ":"), ensure_ascii=False),
    }
    if submit is not None:
        view["submit"] = plain(submit, 24)
    return view
