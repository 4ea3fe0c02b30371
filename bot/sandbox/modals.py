"""Forms: filling, submitting and closing them, and what the bot's answer does to them."""

from __future__ import annotations

from typing import Any

from . import payloads
from .answers import Answer
from .blockkit import faults_in_view, with_ids
from .clicks import in_view, suggest
from .errors import SlackRefusal
from .fields import Field, Json, NotAllowed, check, fields_of
from .filling import as_value, find_field
from .interactivity import complete, put, value_of
from .records import User, View
from .stage import Stage

TROUBLE = "We had some trouble connecting. Try again?"


async def submit(stage: Stage, user: User, *, values: dict[str, Any], deliveries: int | None = None) -> Json:
    """Fill the open form and submit it. Raises NotAllowed where Slack's client would keep the person in it."""
    place = in_view(stage, user)
    view = stage.ws.views.top(user.id)
    if view is None or not view.payload.get("submit"):
        raise NotAllowed("this form has nothing to submit")

    refused = await fill(stage, user, view, values=values)
    for field in fields_of(place.blocks):
        try:
            check(field, value_of(field, view.state))
        except NotAllowed as problem:
            refused.setdefault(field.block_id, str(problem))
    stage.complaints[view.id] = refused
    if refused:
        raise NotAllowed(next(iter(refused.values())))
    view.state = complete(place.blocks, view.state)
    stage.journal.note(user.id, f"submits “{_title(view)}”: {_filled(stage, view)}")
    sent = [
        payloads.submission(stage.ws, user=user, view=view, trigger_id=stage.ws.views.issue_trigger(user.id))
        for _ in range(stage.repeats(deliveries))
    ]
    return _settle(stage, user, view, await stage.transport.send("interactive", sent, name=view.id))


async def fill(stage: Stage, user: User, view: View, *, values: dict[str, Any]) -> dict[str, str]:
    """Put values into the open form by action id or block id; what cannot be put there, by block id."""
    place, refused = in_view(stage, user), {}

    async def ask(field: Field, query: str) -> list[Json]:
        return await suggest(stage, user, place, action_id=field.action_id, query=query)

    for name, wanted in values.items():
        field = find_field(place.blocks, name)
        shown = stage.offers.shown(user.id, view.id, field.action_id)
        try:
            value = await as_value(stage, field, wanted, values=view.state, shown=shown, ask=ask)
        except NotAllowed as problem:
            refused[field.block_id] = str(problem)
        else:
            put(field, value, view.state)
    return refused


async def close(stage: Stage, user: User) -> Json:
    """Close the form on top; the bot hears of it if the form asks for that."""
    view = stage.ws.views.top(user.id)
    if view is None:
        raise NotAllowed(f"{user.real_name} has no form open")
    stage.journal.note(user.id, f"closes “{_title(view)}”")
    cleared = bool(view.payload.get("clear_on_close"))
    if cleared:
        stage.ws.views.close_all(user.id)
    else:
        stage.ws.views.close_top(user.id)
    if not view.payload.get("notify_on_close"):
        return stage.reply([Answer(status=200, ms=0.0)])
    payload = payloads.closing(stage.ws, user=user, view=view, cleared=cleared)
    return stage.reply(await stage.transport.send("interactive", [payload], name=view.id))


def _settle(stage: Stage, user: User, view: View, answers: list[Answer]) -> Json:
    """Do what the bot's answer says. Without one the form stays open, and Slack says that it had trouble."""
    body = answers[0].body or {}
    if not answers[0].ok:
        stage.complaints[view.id] = {"": TROUBLE}
        stage.journal.note(user.id, f"reads: {TROUBLE}")
        return stage.reply(answers)
    try:
        shown = _obey(stage, view, body)
    except SlackRefusal as refusal:
        stage.complaints[view.id] = {"": TROUBLE}
        stage.journal.note(user.id, f"reads: {TROUBLE}")
        why = "; ".join([refusal.code, *refusal.messages])
        return stage.reply(answers, error=f"invalid_view_response ({why})")
    stage.journal.catch_up()
    return stage.reply(answers, shown=shown)


def _obey(stage: Stage, view: View, body: Json) -> str:
    """Do a `response_action`; what the person reads in the form, if anything."""
    match body.get("response_action"):
        case None:
            _close(stage, view)
        case "clear":
            stage.ws.views.close_all(view.user_id)
        case "errors":
            return _complaints(stage, view, body.get("errors"))
        case "update":
            stage.ws.views.update(view, _checked(body.get("view")))
        case "push":
            stage.ws.views.push(view.user_id, _checked(body.get("view")))
        case unknown:
            raise SlackRefusal(f"unknown response_action {unknown}")
    return ""


def _complaints(stage: Stage, view: View, errors: Any) -> str:
    """What the person reads below the fields. Slack takes complaints about input blocks alone."""
    inputs = {block["block_id"]: block for block in view.payload["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs.keys():
        raise SlackRefusal("errors that name no input block")
    stage.complaints[view.id] = {key: str(text) for key, text in errors.items()}
    said = "\n".join(f"{inputs[key]['label']['text']}: {text}" for key, text in errors.items())
    stage.journal.note(view.user_id, f"reads in the form:\n{said}")
    return said


def _checked(view: Any) -> Json:
    if not isinstance(view, dict):
        raise SlackRefusal("no view")
    if faults := faults_in_view(view):
        raise SlackRefusal("invalid view", messages=faults)
    return {**view, "blocks": with_ids(view["blocks"])}


def _close(stage: Stage, view: View) -> None:
    """Close this view, wherever it stands by now: the bot may have put another on top meanwhile."""
    stack = stage.ws.views.stacks.get(view.user_id, [])
    if view in stack:
        stack.remove(view)
        stage.ws.views.by_id.pop(view.id, None)


def _title(view: View) -> str:
    return str(view.payload["title"]["text"])


def _filled(stage: Stage, view: View) -> str:
    """The filled fields, as people read them."""
    said = []
    for field in fields_of(view.payload["blocks"]):
        value = value_of(field, view.state)
        if value not in (None, "", []):
            listed = value if isinstance(value, list) else [value]
            said.append(f"{field.label} = {', '.join(_word(stage, one) for one in listed)}")
    return "; ".join(said) or "nothing filled in"


def _word(stage: Stage, value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("text", {}).get("text", "text"))
    user, channel = stage.ws.users.get(str(value)), stage.ws.channels.get(str(value))
    if user is not None:
        return user.real_name
    return f"#{channel.name}" if channel is not None else str(value)
