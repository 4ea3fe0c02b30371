"""Messages and forms as HTML for the sandbox's page: escaped text, and controls that post what a person does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from bot.sandbox.fields import Field, Json, elements_of, fields_of, options_of
from bot.sandbox.interactivity import value_of
from bot.sandbox.readable import blocks_lines, plain
from bot.sandbox.records import Message, View
from bot.sandbox.stage import label_of
from bot.sandbox.state import State

HTML_TYPES = {"datepicker": "date", "timepicker": "time", "number_input": "number", "email_text_input": "email"}


def hidden(**values: str | None) -> str:
    """Hidden fields of a form."""
    kept = ((name, value) for name, value in values.items() if value is not None)
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in kept)


def message(ws: State, one: Message, *, viewer: str) -> str:
    """One message with its reactions and controls."""
    when = datetime.fromtimestamp(float(one.ts), UTC).strftime("%d %b %H:%M")
    author = ws.users[one.user].real_name if one.user in ws.users else "Slackbot"
    classes = "reply" if one.thread_ts and one.thread_ts != one.ts else ""
    classes += " only" if one.ephemeral_to else ""
    notes = ["only you see this"] if one.ephemeral_to else []
    notes += ["edited"] if one.edited else []
    notes += [f":{name}: {len(users)}" for name, users in one.reactions.items()]
    notes += [f"file: {ws.files[file_id].name}" for file_id in one.files if file_id in ws.files]
    body = "".join(_blocks(ws, one, viewer)) if one.blocks else f"<p>{_text(ws, one.text)}</p>"
    about = f" <small>{escape(' · '.join(notes))}</small>" if notes else ""
    return f'<article class="{classes}"><b>{escape(author)}</b> <time>{when}</time>{about}{body}</article>'


def _blocks(ws: State, one: Message, viewer: str) -> Iterator[str]:
    where = {"as": viewer, "channel": one.channel, "ts": one.ts, "what": "click"}
    for block in one.blocks or []:
        shown = {key: value for key, value in block.items() if key not in ("accessory", "element")}
        if block["type"] not in ("actions", "context_actions"):
            yield "".join(f"<p>{escape(line)}</p>" for line in blocks_lines(ws, [shown]))
        yield "".join(_control(ws, element, where) for element in elements_of(block))


def _control(ws: State, element: Json, where: dict[str, str]) -> str:
    """A button or menu of a message as a form of its own."""
    kept = hidden(**where, action_id=element.get("action_id", ""), value=element.get("value"))
    label = escape(plain(ws, label_of(element)))
    if element["type"] == "button":
        style = escape(element.get("style", ""))
        return f'<form method="post" action="/act">{kept}<button class="{style}">{label}</button></form>'
    choice = _choices(options_of(element)) if options_of(element) else None
    field = f'<select name="option">{choice}</select>' if choice else '<input name="option">'
    return f'<form method="post" action="/act">{kept}{field}<button>{label}</button></form>'


def form(ws: State, view: View, *, viewer: str, here: str) -> str:
    """The form that a person has open, to fill, submit or close."""
    payload = view.payload
    fields = {field.action_id: field for field in fields_of(payload["blocks"])}
    body = []
    for block in payload["blocks"]:
        drawn = [_field(ws, fields[one["action_id"]], view) for one in elements_of(block) if _in(fields, one)]
        pressed = [_press(ws, one) for one in elements_of(block) if one["type"] == "button"]
        if block["type"] == "input":
            body += drawn
        else:
            shown = {key: value for key, value in block.items() if key not in ("accessory", "elements")}
            body.append("".join(f"<p>{escape(line)}</p>" for line in blocks_lines(ws, [shown])))
            body += drawn + pressed
    submit = (payload.get("submit") or {}).get("text")
    ends = f'<button name="what" value="submit" class="primary">{escape(submit)}</button>' if submit else ""
    ends += '<button name="what" value="close_view" formnovalidate>Close</button>'
    kept = hidden(**{"as": viewer, "here": here})
    return (
        f'<dialog open data-view="{escape(view.id + view.hash)}"><h2>{escape(payload["title"]["text"])}</h2>'
        f'<form method="post" action="/act">{kept}{"".join(body)}<p>{ends}</p></form></dialog>'
    )


def _in(fields: dict[str, Field], element: Json) -> bool:
    return element.get("action_id", "") in fields


def _press(ws: State, element: Json) -> str:
    label = escape(plain(ws, label_of(element)))
    return f'<button name="press" value="{escape(element["action_id"])}" formnovalidate>{label}</button>'


def _field(ws: State, field: Field, view: View) -> str:
    """A labelled control that holds what the form holds."""
    held, name = value_of(field, view.state), f"field:{escape(field.action_id)}"
    optional = "" if field.required else " <small>(optional)</small>"
    return f"<label>{escape(plain(ws, field.label))}{optional}<br>{_widget(ws, field, name, held)}</label>"


def _widget(ws: State, field: Field, name: str, held: Any) -> str:
    kind = field.kind
    several = " multiple" if isinstance(held, list) else ""
    listed = held if isinstance(held, list) else [held]
    chosen = [one["value"] if isinstance(one, dict) and "value" in one else str(one or "") for one in listed]
    if options_of(field.element):
        return f'<select name="{name}"{several}>{_empty(field)}{_choices(options_of(field.element), chosen)}</select>'
    if kind.removeprefix("multi_") == "users_select":
        people = [
            {"value": user.id, "text": {"text": user.real_name}}
            for user in ws.users.values()
            if not user.deleted and not user.is_bot
        ]
        return f'<select name="{name}"{several}>{_empty(field)}{_choices(people, chosen)}</select>'
    value = escape(", ".join(chosen))
    if field.element.get("multiline"):
        return f'<textarea name="{name}" rows="4">{value}</textarea>'
    return f'<input name="{name}" type="{HTML_TYPES.get(kind, "text")}" value="{value}">'


def _empty(field: Field) -> str:
    return "" if field.required else '<option value=""></option>'


def _choices(options: list[Json], chosen: list[str] | None = None) -> str:
    drawn = []
    for one in options:
        mark = " selected" if one.get("value") in (chosen or []) else ""
        drawn.append(f'<option value="{escape(one.get("value", ""))}"{mark}>{escape(one["text"]["text"])}</option>')
    return "".join(drawn)


def _text(ws: State, text: str) -> str:
    return escape(plain(ws, text)).replace("\n", "<br>")
