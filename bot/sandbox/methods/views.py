"""views.*: modals and Home tabs."""

from __future__ import annotations

import json

from bot.sandbox.blockkit import faults_in_view, limit, with_ids
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.methods.call import Call, Handler
from bot.sandbox.records import Json, View
from bot.sandbox.shapes import view_object


def checked_view(view: Json, kind: str) -> Json:
    """A view that Slack would take, with its ids filled in; refuses others with invalid_arguments."""
    if len(json.dumps(view, ensure_ascii=False).encode()) > limit("view.json_bytes"):
        raise SlackRefusal("view_too_large")
    faults = faults_in_view(view)
    if not faults and view["type"] != kind:
        faults = [f"must be a {kind} view [json-pointer:/view/type]"]
    if faults:
        raise SlackRefusal("invalid_arguments", messages=faults)
    return {**view, "blocks": with_ids(view["blocks"])}


def _answer(call: Call, view: View) -> Json:
    return {"view": view_object(call.ws, view)}


def _trigger(call: Call) -> str:
    trigger: str = call.args.get("trigger_id") or call.args["interactivity_pointer"]
    return trigger


def open_modal(call: Call) -> Json:
    """Opens a modal for the person behind the trigger."""
    payload = checked_view(call.args["view"], "modal")
    user_id = call.ws.views.exchange(_trigger(call))
    return _answer(call, call.ws.views.open(user_id, payload))


def push(call: Call) -> Json:
    """Puts a modal on top of the one that is open."""
    payload = checked_view(call.args["view"], "modal")
    user_id = call.ws.views.exchange(_trigger(call))
    return _answer(call, call.ws.views.push(user_id, payload))


def update(call: Call) -> Json:
    """Changes what an open view shows."""
    view_id, external_id = call.args.get("view_id") or None, call.args.get("external_id")
    if external_id and len(external_id) > limit("view.external_id"):
        raise SlackRefusal(
            "invalid_arguments", messages=["must be less than 256 characters [json-pointer:/external_id]"]
        )
    view = call.ws.views.find(view_id=view_id, external_id=external_id)
    payload = checked_view(call.args["view"], view.payload["type"])
    return _answer(call, call.ws.views.update(view, payload, expected_hash=call.args.get("hash") or None))


def publish(call: Call) -> Json:
    """Sets a person's Home tab."""
    payload = checked_view(call.args["view"], "home")
    user = call.ws.users.get(call.args["user_id"])
    if user is None or user.is_bot:
        raise SlackRefusal("invalid_arguments", messages=["no such user [json-pointer:/user_id]"])
    view = call.ws.views.publish(user.id, payload, expected_hash=call.args.get("hash") or None)
    return _answer(call, view)


HANDLERS: dict[str, Handler] = {
    "views.open": open_modal,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
