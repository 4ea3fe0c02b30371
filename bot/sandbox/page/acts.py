"""What a posted form means: somebody of the workspace does something, and is told how it went."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from bot.sandbox import modals, people
from bot.sandbox.fields import KEYS, LISTS, Json, NotAllowed, NotThere, fields_of
from bot.sandbox.records import User
from bot.sandbox.stage import Stage

Posted = list[tuple[str, str]]
FIELD = "field:"
PRESSED = ("action_id", "value", "option")
# A link ends before the punctuation of the sentence that it stands in.
LINK = re.compile(r"https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"]")
TO_THE_PAGE = ("as", "what", "here")
NOT_THERE = "That is not there any more; the page shows what is."


@dataclass(frozen=True)
class Outcome:
    """How it went: a sentence for the person where something is to be said, and where they are now."""

    said: str = ""
    channel: str = ""
    thread: str = ""
    home: bool = False


async def act(stage: Stage, pairs: Posted) -> Outcome:
    """Do it. What cannot be done is said, not raised."""
    posted = dict(pairs)
    here = posted.get("here") or posted.get("channel", "")
    try:
        user = stage.user(posted.get("as", ""))
        said = await _do(stage, user, pairs)
    except NotThere:
        # The reason names ids, for programs; a page can be a moment behind, and draws the truth by itself.
        said = NOT_THERE
    except NotAllowed as problem:
        said = str(problem)
    home = posted.get("what") == "click_home"
    return Outcome(said=said, channel=here, thread=posted.get("thread_ts", ""), home=home)


async def _do(stage: Stage, user: User, pairs: Posted) -> str:
    posted = dict(pairs)
    what = posted.get("what", "")
    if "press" in posted:
        return await _press(stage, user, pairs, {"action_id": posted["press"]})
    if "pressed" in posted:
        return await _press(stage, user, pairs, _pressed(posted["pressed"]))
    if what == "submit":
        return await _submit(stage, user, pairs)
    if what == "say" and posted.get("text", "").startswith("/"):
        return await _command(stage, user, posted)
    if what == "say":
        if not posted.get("text", "").strip():
            return ""
        # What is typed into a browser is text alone; markup comes from the client.
        posted["text"] = _as_slack_keeps_it(posted["text"])
    if what == "edit":
        posted["text"] = _as_slack_keeps_it(posted.get("text", ""))
    args: Json = {name: value for name, value in posted.items() if name not in TO_THE_PAGE and value != ""}
    several = [value for name, value in pairs if name == "option" and value != ""]
    if len(several) > 1:
        args["option"] = several
    return _complaint(await people.do(stage, user.id, what, args))


def _as_slack_keeps_it(typed: str) -> str:
    """Typed text: entities for the three letters of its markup, and angle brackets around links."""
    return LINK.sub(r"<\g<0>>", escape(typed, quote=False))


async def _command(stage: Stage, user: User, posted: dict[str, str]) -> str:
    if posted.get("thread_ts"):
        return "Slack takes no commands in a thread; type it in the channel."
    command, _, rest = posted["text"].strip().partition(" ")
    if stage.commands and command not in stage.commands:
        return f"{command} is no command here; there is {', '.join(sorted(stage.commands))}."
    args = {"command": command, "text": rest, "channel": posted.get("channel", "")}
    failed = _complaint(await people.do(stage, user.id, "command", args))
    return f"{command} failed: {failed}" if failed else ""


async def _submit(stage: Stage, user: User, pairs: Posted) -> str:
    view = stage.ws.views.top(user.id)
    try:
        said = _complaint(await people.do(stage, user.id, "submit", {"values": _values(stage, user, pairs)}))
    except NotAllowed as problem:
        said = str(problem)
    # What the form says itself is not said twice.
    return "" if view is not None and stage.complaints.get(view.id) else said


def _pressed(told: str) -> Json:
    """A control of a form that its action id alone does not tell: with the value or the option that it stands for."""
    try:
        found = json.loads(told)
    except ValueError:
        found = None
    if not isinstance(found, dict) or "action_id" not in found:
        raise NotThere(told)
    return {key: str(value) for key, value in found.items() if key in PRESSED and value is not None}


async def _press(stage: Stage, user: User, pairs: Posted, args: Json) -> str:
    """A button or menu inside the form; what else is typed so far stays."""
    view, values = stage.ws.views.top(user.id), _values(stage, user, pairs)
    if args.get("action_id") in values:
        args["option"] = values.pop(args["action_id"])
    if view is not None:
        await modals.fill(stage, user, view, values=values)
    return _complaint(await people.do(stage, user.id, "click_in_view", args))


def _complaint(done: Json) -> str:
    failed = str(done.get("error") or "")
    if failed == "operation_timeout":
        return "no answer within three seconds; the bot may be slow, or not there"
    if failed == "dispatch_failed":
        return "the bot is not there to take it"
    return failed


def _values(stage: Stage, user: User, pairs: Posted) -> Json:
    """The fields of the open form: lists where it takes several, None where nothing is chosen."""
    view = stage.ws.views.top(user.id)
    kinds = {field.action_id: field.kind for field in fields_of(view.payload["blocks"])} if view else {}
    given: dict[str, list[str]] = {action_id: [] for action_id, kind in kinds.items() if kind in KEYS}
    for name, value in pairs:
        if name.startswith(FIELD) and value and name.removeprefix(FIELD) in given:
            given[name.removeprefix(FIELD)].append(value)
    found: Json = {}
    for action_id, values in given.items():
        if kinds[action_id] in LISTS:
            found[action_id] = values
        elif not values:
            found[action_id] = None
        else:
            found[action_id] = _moment(values[0], user) if kinds[action_id] == "datetimepicker" else values[0]
    return found


def _moment(typed: str, user: User) -> int | str:
    """The seconds of a date and time as somebody reads it off their own clock."""
    try:
        return int(datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(user.tz or "UTC")).timestamp())
    except ValueError:
        return typed
