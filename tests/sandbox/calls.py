"""For each served method a call that Slack answers with ok, and for each limit what lies at it and beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sandbox.web import ANA, GENERAL, LEE, Json, Web, home, modal, text

Valid = Callable[[Web], Json]


def _bookmark(web: Web) -> str:
    return str(
        web.ok("bookmarks.add", channel_id=GENERAL, title="Runbook", type="link", link="https://example.com/")[
            "bookmark"
        ]["id"]
    )


def _pinned(web: Web) -> str:
    ts = web.post()
    web.ok("pins.add", channel=GENERAL, timestamp=ts)
    return ts


def _reacted(web: Web) -> str:
    ts = web.post()
    web.ok("reactions.add", channel=GENERAL, timestamp=ts, name="eyes")
    return ts


def _file(web: Web) -> str:
    file_id = web.upload()
    web.ok("files.completeUploadExternal", files=[{"id": file_id}], channel_id=GENERAL)
    return file_id


def _view(web: Web) -> str:
    return web.ws.views.open(ANA, modal()).id


def _pushable(web: Web) -> str:
    _view(web)
    return web.ws.views.issue_trigger(ANA)


def _socket(web: Web) -> Json:
    web.ws.open_socket = lambda: "ws://127.0.0.1:1/link"
    return {}


VALID: dict[str, Valid] = {
    "apps.connections.open": _socket,
    "auth.test": lambda web: {},
    "bookmarks.add": lambda web: {
        "channel_id": GENERAL,
        "title": "Runbook",
        "type": "link",
        "link": "https://example.com/",
    },
    "bookmarks.edit": lambda web: {"channel_id": GENERAL, "bookmark_id": _bookmark(web), "title": "Dashboard"},
    "bookmarks.list": lambda web: {"channel_id": GENERAL},
    "bookmarks.remove": lambda web: {"channel_id": GENERAL, "bookmark_id": _bookmark(web)},
    "chat.delete": lambda web: {"channel": GENERAL, "ts": web.post()},
    "chat.getPermalink": lambda web: {"channel": GENERAL, "message_ts": web.post()},
    "chat.postEphemeral": lambda web: {"channel": GENERAL, "user": ANA, "text": "only you"},
    "chat.postMessage": lambda web: {"channel": GENERAL, "text": "hello"},
    "chat.update": lambda web: {"channel": GENERAL, "ts": web.post(), "text": "changed"},
    "conversations.archive": lambda web: {"channel": web.channel()},
    "conversations.create": lambda web: {"name": "inc-1-fraud"},
    "conversations.history": lambda web: {"channel": GENERAL},
    "conversations.info": lambda web: {"channel": GENERAL},
    "conversations.invite": lambda web: {"channel": web.channel(), "users": f"{ANA},{LEE}"},
    "conversations.join": lambda web: {"channel": "C04PAYMENT"},
    "conversations.leave": lambda web: {"channel": web.channel()},
    "conversations.list": lambda web: {},
    "conversations.members": lambda web: {"channel": GENERAL},
    "conversations.open": lambda web: {"users": ANA},
    "conversations.rename": lambda web: {"channel": web.channel(), "name": "inc-1-renamed"},
    "conversations.replies": lambda web: {"channel": GENERAL, "ts": web.post()},
    "conversations.setPurpose": lambda web: {"channel": web.channel(), "purpose": "Scores are zero"},
    "conversations.setTopic": lambda web: {"channel": web.channel(), "topic": "SEV2"},
    "files.completeUploadExternal": lambda web: {"files": [{"id": web.upload()}], "channel_id": GENERAL},
    "files.getUploadURLExternal": lambda web: {"filename": "review.md", "length": 10},
    "files.info": lambda web: {"file": _file(web)},
    "pins.add": lambda web: {"channel": GENERAL, "timestamp": web.post()},
    "pins.list": lambda web: {"channel": GENERAL},
    "pins.remove": lambda web: {"channel": GENERAL, "timestamp": _pinned(web)},
    "reactions.add": lambda web: {"channel": GENERAL, "timestamp": web.post(), "name": "eyes"},
    "reactions.get": lambda web: {"channel": GENERAL, "timestamp": web.post()},
    "reactions.remove": lambda web: {"channel": GENERAL, "timestamp": _reacted(web), "name": "eyes"},
    "usergroups.list": lambda web: {},
    "usergroups.users.list": lambda web: {"usergroup": "S02MLONCL"},
    "users.conversations": lambda web: {},
    "users.info": lambda web: {"user": ANA},
    "users.list": lambda web: {},
    "users.lookupByEmail": lambda web: {"email": "ana@example.com"},
    "views.open": lambda web: {"trigger_id": web.ws.views.issue_trigger(ANA), "view": modal()},
    "views.publish": lambda web: {"user_id": ANA, "view": home()},
    "views.push": lambda web: {"trigger_id": _pushable(web), "view": modal()},
    "views.update": lambda web: {"view_id": _view(web), "view": modal()},
}


def _md(words: str) -> Json:
    return text(words, "mrkdwn")


def section(**more: Any) -> Json:
    return {"type": "section", "text": _md("words"), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    return {"type": "button", "text": text("Resolve"), **more}


def option(n: int = 0, **more: Any) -> Json:
    return {"text": text(f"option {n}"), "value": str(n), **more}


def options(n: int) -> list[Json]:
    return [option(i) for i in range(n)]


def select(**more: Any) -> Json:
    return {"type": "static_select", **more}


def entry(element: Json | None = None, **more: Any) -> Json:
    return {"type": "input", "label": text("What"), "element": element or {"type": "plain_text_input"}, **more}


def image(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart", **more}


def video(**more: Any) -> Json:
    url = "https://example.com/v"
    return {"type": "video", "alt_text": "v", "thumbnail_url": url, "video_url": url, "title": text("v"), **more}


def card(**more: Any) -> Json:
    return {"type": "card", "title": _md("card"), **more}


def confirm(**more: Any) -> Json:
    return actions(button(confirm={"text": _md("Sure?"), **more}))


def _cell(words: str = "x") -> Json:
    return {"type": "raw_text", "text": words}


def _icons(n: int) -> list[Json]:
    return [{"type": "icon_button", "icon": "trash", "text": text("x"), "action_id": str(i)} for i in range(n)]


def _url(n: int) -> str:
    return "https://example.com/".ljust(n, "x")


# limit id -> a block of a message whose measured part is n long, big or many.
BLOCKS: dict[str, Callable[[int], Json]] = {
    "block_id": lambda n: section(block_id="b" * n),
    "action_id": lambda n: actions(button(action_id="a" * n)),
    "text.min": lambda n: section(text=_md("x" * n)),
    "text.max": lambda n: {"type": "context", "elements": [_md("x" * n)]},
    "section.text": lambda n: section(text=text("x" * n)),
    "section.fields": lambda n: section(fields=[_md("x")] * n),
    "section.fields.text": lambda n: section(fields=[_md("x" * n)]),
    "header.text": lambda n: {"type": "header", "text": text("x" * n)},
    "actions.elements": lambda n: actions(*[button(action_id=f"a{i}") for i in range(n)]),
    "context.elements": lambda n: {"type": "context", "elements": [_md("x")] * n},
    "context_actions.elements": lambda n: {"type": "context_actions", "elements": _icons(n)},
    "image.alt_text": lambda n: image(alt_text="x" * n),
    "image.title": lambda n: image(title=text("x" * n)),
    "image.image_url": lambda n: image(image_url=_url(n)),
    "input.label": lambda n: entry(label=text("x" * n)),
    "input.hint": lambda n: entry(hint=text("x" * n)),
    "markdown.text": lambda n: {"type": "markdown", "text": "x" * n},
    "video.title": lambda n: video(title=text("x" * n)),
    "video.author_name": lambda n: video(author_name="x" * n),
    "table.rows": lambda n: {"type": "table", "rows": [[_cell()]] * n},
    "table.row.cells": lambda n: {"type": "table", "rows": [[_cell()] * n]},
    "table.column_settings": lambda n: {"type": "table", "rows": [[_cell()]], "column_settings": [None] * n},
    "card.title": lambda n: card(title=_md("x" * n)),
    "card.subtitle": lambda n: card(subtitle=_md("x" * n)),
    "card.body": lambda n: card(body=_md("x" * n)),
    "carousel.elements": lambda n: {"type": "carousel", "elements": [card()] * n},
    "carousel.elements.min": lambda n: {"type": "carousel", "elements": [card()] * n},
    "container.title": lambda n: {"type": "container", "title": text("x" * n), "child_blocks": [section()]},
    "container.child_blocks": lambda n: {"type": "container", "child_blocks": [section()] * n},
    "button.text": lambda n: actions(button(text=text("x" * n))),
    "button.value": lambda n: actions(button(value="x" * n)),
    "button.url": lambda n: actions(button(url=_url(n))),
    "button.agent_prompt": lambda n: actions(button(agent_prompt="x" * n)),
    "accessibility_label": lambda n: actions(button(accessibility_label="x" * n)),
    "placeholder": lambda n: actions(select(options=options(1), placeholder=text("x" * n))),
    "select.options": lambda n: actions(select(options=options(n))),
    "select.option_groups": lambda n: actions(select(option_groups=[{"label": text("g"), "options": options(1)}] * n)),
    "option_group.options": lambda n: actions(select(option_groups=[{"label": text("g"), "options": options(n)}])),
    "option_group.label": lambda n: actions(select(option_groups=[{"label": text("x" * n), "options": options(1)}])),
    "option.text": lambda n: actions(select(options=[option(text=text("x" * n))])),
    "option.description": lambda n: actions(select(options=[option(description=text("x" * n))])),
    "option.url": lambda n: actions({"type": "overflow", "options": [option(url=_url(n))]}),
    "option.value": lambda n: actions(select(options=[option(value="x" * n)])),
    "checkboxes.options": lambda n: entry({"type": "checkboxes", "options": options(n)}),
    "radio_buttons.options": lambda n: entry({"type": "radio_buttons", "options": options(n)}),
    "overflow.options": lambda n: actions({"type": "overflow", "options": options(n)}),
    "overflow.options.min": lambda n: actions({"type": "overflow", "options": options(n)}),
    "plain_text_input.min_length": lambda n: entry({"type": "plain_text_input", "min_length": n}),
    "plain_text_input.max_length": lambda n: entry({"type": "plain_text_input", "max_length": n}),
    "file_input.max_files": lambda n: entry({"type": "file_input", "max_files": n}),
    "file_input.max_files.min": lambda n: entry({"type": "file_input", "max_files": n}),
    "confirm.title": lambda n: confirm(title=text("x" * n)),
    "confirm.text": lambda n: confirm(text=_md("x" * n)),
    "confirm.confirm": lambda n: confirm(confirm=text("x" * n)),
    "confirm.deny": lambda n: confirm(deny=text("x" * n)),
}

# limit id -> a view whose measured part is n long or many.
VIEWS: dict[str, Callable[[int], Json]] = {
    "modal.blocks": lambda n: modal(*[{"type": "divider"}] * n),
    "home.blocks": lambda n: home(*[{"type": "divider"}] * n),
    "view.private_metadata": lambda n: modal(private_metadata="x" * n),
    "view.callback_id": lambda n: modal(callback_id="x" * n),
    "modal.title": lambda n: modal(title=text("x" * n)),
    "modal.submit": lambda n: modal(submit=text("x" * n)),
    "modal.close": lambda n: modal(close=text("x" * n)),
}
