"""One of each kind of block that Slack's contract knows, with words that try to be markup; and a strict reader."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

Json = dict[str, Any]
HOSTILE = '<script>x</script>"><img src=x onerror=y>'
PLAIN: Json = {"type": "plain_text", "text": HOSTILE}
MRKDWN: Json = {"type": "mrkdwn", "text": HOSTILE}
RICH: Json = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": HOSTILE}]}],
}
OPTION: Json = {"text": PLAIN, "value": "v", "description": PLAIN}
BARE_OPTION: Json = {"text": {"type": "plain_text", "text": "No value"}}
IMAGE: Json = {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": HOSTILE}
CARD: Json = {
    "type": "card",
    "title": MRKDWN,
    "subtitle": MRKDWN,
    "body": MRKDWN,
    "icon": IMAGE,
    "actions": [{"type": "button", "action_id": "in-card", "text": PLAIN}],
}
TASK: Json = {
    "type": "task_card",
    "task_id": "1",
    "title": HOSTILE,
    "status": "error",
    "details": RICH,
    "sources": [{"type": "url", "url": "javascript:x", "text": HOSTILE}],
}
ROWS = [[{"type": "raw_text", "text": HOSTILE}], [{"type": "raw_number", "value": 1, "text": "1"}], [RICH]]
MENUS: list[Json] = [
    {"type": "static_select", "option_groups": [{"label": PLAIN, "options": [OPTION]}]},
    {"type": "multi_static_select", "options": [OPTION, BARE_OPTION], "initial_options": [OPTION]},
    {"type": "external_select", "initial_option": OPTION},
    {"type": "multi_external_select", "initial_options": [OPTION]},
    {"type": "users_select", "initial_user": "U02LEEOKA"},
    {"type": "multi_users_select"},
    {"type": "channels_select"},
    {"type": "multi_channels_select"},
    {"type": "conversations_select"},
    {"type": "multi_conversations_select"},
    {"type": "radio_buttons", "options": [OPTION, BARE_OPTION]},
    {"type": "checkboxes", "options": [OPTION]},
    {"type": "datepicker", "initial_date": "2026-11-20"},
    {"type": "timepicker", "initial_time": "09:30"},
    {"type": "datetimepicker", "initial_date_time": 1_800_000_000},
]
TYPED: list[Json] = [
    {"type": "plain_text_input", "initial_value": HOSTILE, "placeholder": PLAIN},
    {"type": "rich_text_input", "initial_value": RICH},
    {"type": "email_text_input"},
    {"type": "url_text_input"},
    {"type": "number_input", "is_decimal_allowed": True},
    {"type": "file_input"},
]
PRESSED: list[Json] = [
    {"type": "button", "text": PLAIN, "accessibility_label": HOSTILE},
    {"type": "button", "text": PLAIN, "url": "javascript:x"},
    {"type": "workflow_button", "text": PLAIN, "workflow": {"trigger": {"url": "https://example.com/"}}},
    {"type": "overflow", "options": [OPTION, BARE_OPTION]},
]
REACTED: list[Json] = [
    {"type": "icon_button", "icon": "trash", "text": PLAIN},
    {
        "type": "feedback_buttons",
        "positive_button": {"text": PLAIN, "value": "+"},
        "negative_button": {"text": PLAIN, "value": "-"},
    },
]
BLOCKS: list[Json] = [
    {"type": "header", "text": PLAIN},
    {"type": "divider"},
    {"type": "section", "text": MRKDWN, "fields": [PLAIN, MRKDWN], "accessory": IMAGE},
    *({"type": "section", "text": MRKDWN, "accessory": one} for one in (*MENUS[:-1], *PRESSED)),
    {"type": "context", "elements": [MRKDWN, PLAIN, IMAGE]},
    {"type": "actions", "elements": [*MENUS[:8], *PRESSED]},
    {"type": "context_actions", "elements": REACTED},
    *({"type": "input", "label": PLAIN, "hint": PLAIN, "element": one} for one in (*MENUS, *TYPED)),
    {**IMAGE, "title": PLAIN},
    RICH,
    {"type": "markdown", "text": HOSTILE},
    {"type": "table", "rows": ROWS, "column_settings": [{"align": "center"}]},
    {"type": "data_table", "caption": HOSTILE, "rows": ROWS},
    CARD,
    {"type": "carousel", "elements": [CARD, CARD]},
    {"type": "container", "title": PLAIN, "is_collapsible": True, "child_blocks": [{"type": "section", "text": PLAIN}]},
    {"type": "alert", "level": "error", "text": PLAIN},
    {
        "type": "video",
        "title": PLAIN,
        "alt_text": HOSTILE,
        "video_url": "https://example.com/",
        "thumbnail_url": "https://elsewhere.example/",
    },
    TASK,
    {"type": "plan", "title": HOSTILE, "tasks": [TASK, {"label": HOSTILE}]},
    {"type": "file", "external_id": "x", "source": "remote"},
    {"type": "call", "call_id": "R1", "call": {"v1": {"name": HOSTILE}}},
    {"type": "auth_provider", "name": HOSTILE},
]
NEVER_SAID = ("divider", "file")
# Tags that need no end, and all that the page ever draws.
EMPTY = frozenset({"br", "hr", "img", "input"})
DRAWN = """
    a article b blockquote br button caption code dd details dialog div dl dt em figcaption figure footer form h2 h3 h4
    header hr img input label li ol optgroup option p pre s section select small span strong summary table td textarea
    th time tr u ul
"""


class Strict(HTMLParser):
    """Reads a drawing, and notes whatever a browser would have to repair, and whatever should never be there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += [f"{tag} without an end" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in DRAWN.split():
            self.wrong.append(f"<{tag}>")
        if tag in ("form", "button", "a") and tag in self._open:
            self.wrong.append(f"{tag} in {tag}")
        for name, value in attrs:
            self.words.append(value or "")
            if name.startswith("on") or name == "style":
                self.wrong.append(name)
            if name in ("href", "src") and not (value or "").startswith(("https://", "mailto:", "/", "#")):
                self.wrong.append(f"{name} {value}")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> too early")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
