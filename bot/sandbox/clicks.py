"""Buttons and menus in messages, forms and Home tabs, and the type-ahead of menus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import payloads
from .answers import Answer
from .fields import KEYS, Field, Json, NotAllowed, NotThere, check, elements_of, options_of
from .filling import as_value
from .interactivity import complete, put
from .records import Message, User, View
from .stage import Stage, label_of

SHORTEST_QUERY = 3
UNLOADED = {
    "operation_timeout": "no answer within three seconds",
    "dispatch_failed": "the bot did not take the question",
}


@dataclass
class Place:
    """Where an element stands: a message or a view, its blocks and what is filled in there."""

    blocks: list[Json]
    values: Json
    message: Message | None = None
    view: View | None = None
    name: str = field(default="")

    def where(self, stage: Stage) -> Json:
        """Its part of the payload."""
        values = complete(self.blocks, self.values)
        if self.message is not None:
            return payloads.in_message(stage.ws, self.message, values=values)
        if self.view is None:
            raise NotAllowed("there is nothing to click")
        self.view.state = values
        return payloads.in_view(stage.ws, self.view)


def in_message(stage: Stage, user: User, channel: str | None, ts: str) -> Place:
    """A message that this person sees."""
    message = stage.message_seen_by(user, channel, ts)
    values = stage.chosen.setdefault((user.id, ts), {})
    return Place(blocks=message.blocks or [], values=values, message=message, name=ts)


def in_view(stage: Stage, user: User) -> Place:
    """The form that this person has open."""
    view = stage.ws.views.top(user.id)
    if view is None:
        raise NotAllowed(f"{user.real_name} has no form open")
    return Place(blocks=view.payload["blocks"], values=view.state, view=view, name=view.id)


def in_home(stage: Stage, user: User) -> Place:
    """The app's Home tab as this person has it."""
    view = stage.ws.views.homes.get(user.id)
    if view is None:
        raise NotAllowed(f"the app has published no Home tab for {user.real_name}")
    return Place(blocks=view.payload["blocks"], values=view.state, view=view, name=view.id)


def find_element(place: Place, action_id: str, value: str | None = None) -> tuple[Json, Json]:
    """A block and the element in it; `value` tells apart buttons with the same action id."""
    found = [
        (block, element)
        for block in place.blocks
        for element in elements_of(block)
        if element.get("action_id") == action_id and value in (None, element.get("value"))
    ]
    if not found:
        there = ", ".join(one.get("action_id", "") for block in place.blocks for one in elements_of(block))
        which = action_id if value is None else f"{action_id} with the value {value}"
        raise NotThere(f"there is no {which} to use here; there is: {there or 'nothing'}")
    if len(found) > 1:
        raise NotAllowed(f"{action_id} is there {len(found)} times; say which by its value")
    return found[0]


async def click(
    stage: Stage,
    user: User,
    place: Place,
    *,
    action_id: str,
    value: str | None = None,
    option: Any = None,
    deliveries: int | None = None,
) -> Json:
    """Press a button, or choose in a menu; the bot gets Slack's block_actions."""
    block, element = find_element(place, action_id, value)
    chosen = await _choose(stage, user, place, (block, element), option)
    if block["type"] == "input" and not block.get("dispatch_action", False):
        # Slack tells nobody before the form is submitted.
        return stage.reply([Answer(status=200, ms=0.0)])
    trigger_id = stage.ws.views.issue_trigger(user.id)
    said = f"chooses {option} in" if option is not None else "presses"
    stage.journal.note(user.id, f"{said} [{label_of(element)}]")
    payload = payloads.block_actions(
        stage.ws,
        user=user,
        where=place.where(stage),
        action=payloads.action(stage.ws, block=block, element=element, chosen=chosen),
        trigger_id=trigger_id,
    )
    if place.message is not None:
        channel = stage.ws.channels[place.message.channel]
        payload["response_url"] = stage.response_url(channel, user, place.message)
    sent = [payload] * stage.repeats(deliveries)
    return stage.reply(await stage.transport.send("interactive", sent, name=trigger_id))


async def _choose(stage: Stage, user: User, place: Place, found: tuple[Json, Json], option: Any) -> Json:
    """What the action says was chosen; the form remembers it."""
    block, element = found
    if element["type"] == "overflow":
        for offered in options_of(element):
            if option in (offered.get("value"), offered["text"]["text"]):
                return {"selected_option": offered}
        raise NotAllowed(f"[{label_of(element)}] does not offer {option}")
    if element["type"] not in KEYS:
        return {}
    one = Field(block=block, element=element)

    async def ask(asked: Field, query: str) -> list[Json]:
        return await suggest(stage, user, place, action_id=asked.action_id, query=query)

    shown = stage.offers.shown(user.id, place.name, one.action_id)
    chosen = await as_value(stage, one, option, values=place.values, shown=shown, ask=ask)
    check(one, chosen)
    put(one, chosen, place.values)
    return {one.key: chosen}


async def suggest(stage: Stage, user: User, place: Place, *, action_id: str, query: str) -> list[Json]:
    """Type into a menu with type-ahead: the options that the bot offers.

    Fewer letters than the menu's `min_query_length` (three, unless it says otherwise) ask the bot nothing.
    """
    block, element = find_element(place, action_id)
    if not element["type"].endswith("external_select"):
        raise NotAllowed(f"[{label_of(element)}] has no type-ahead")
    if len(query) < element.get("min_query_length", SHORTEST_QUERY):
        return []
    payload = payloads.suggestion(
        stage.ws, user=user, where=place.where(stage), block=block, element=element, query=query
    )
    answers = await stage.transport.send("interactive", [payload], name=f"suggest {action_id}")
    if not answers[0].ok:
        why = UNLOADED.get(answers[0].error, answers[0].error)
        raise NotAllowed(f"[{label_of(element)}] could not load its options: {why}")
    options = _offered(answers[0].body or {})
    stage.offers.show(user.id, place.name, action_id, options)
    return options


def _offered(body: Json) -> list[Json]:
    """The options in a bot's answer, flattened; refused when Slack could not show them."""
    listed = list(body.get("options") or [])
    for group in body.get("option_groups") or []:
        listed += group.get("options", [])
    if len(listed) > 100:
        raise NotAllowed(f"a menu shows at most 100 options, not {len(listed)}")
    for option in listed:
        text, value = option.get("text", {}).get("text", ""), option.get("value", "")
        if not 0 < len(text) <= 75 or not 0 < len(value) <= 150:
            raise NotAllowed(f"Slack cannot show the option {text or value or 'without words'}: too short or long")
    return listed
