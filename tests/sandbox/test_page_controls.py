"""Controls that need more than their action id to say what was meant: the app hears it, and nothing typed is lost."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.sandbox.client import SandboxSlack
from tests.sandbox.boltbot import BoltBot, button, option, plain

Json = dict[str, Any]
GENERAL, ANA = "C01GENERAL", "U01ANAMOR"
FORM: Json = {
    "type": "modal",
    "title": plain("Form"),
    "submit": plain("Send"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("Words"),
            "element": {"type": "plain_text_input", "action_id": "words"},
        },
        {"type": "section", "block_id": "one", "text": plain("One"), "accessory": button("Take it", "take", "1")},
        {"type": "section", "block_id": "two", "text": plain("Two"), "accessory": button("Take it", "take", "2")},
        {
            "type": "section",
            "block_id": "more",
            "text": plain("More"),
            "accessory": {"type": "overflow", "action_id": "more", "options": [option("copy"), option("move")]},
        },
    ],
}


def act(sandbox: SandboxSlack, **form: str | list[str]) -> Json:
    """Post a form of the page as its script does."""
    answer = httpx.post(
        f"{sandbox.base_url}/act",
        data={"as": "ana", "channel": "general", **form},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    done: Json = answer.json()
    return done


def heard(bot: BoltBot, sandbox: SandboxSlack, action_id: str) -> Json:
    """The last action under this id that reached the app."""

    def find() -> Json | None:
        actions = [one["actions"][0] for one in list(bot.interactions) if one.get("actions")]
        return next((one for one in reversed(actions) if one["action_id"] == action_id), None)

    return sandbox.wait_for(find)


@pytest.fixture
def opened(bot: BoltBot, sandbox: SandboxSlack) -> BoltBot:
    """The app, after it opened FORM for Ana."""
    posted = bot.client.chat_postMessage(
        channel=GENERAL, text="go", blocks=[{"type": "actions", "elements": [button("Go", "go")]}]
    )
    act(sandbox, what="click", ts=posted["ts"], action_id="go")
    heard(bot, sandbox, "go")
    bot.client.views_open(trigger_id=bot.interactions[-1]["trigger_id"], view=FORM)
    return bot


def test_a_menu_for_several_sends_all_that_are_chosen(bot: BoltBot, sandbox: SandboxSlack) -> None:
    menu = {"type": "multi_static_select", "action_id": "several", "options": [option(one) for one in "abc"]}
    posted = bot.client.chat_postMessage(
        channel=GENERAL, text="choose", blocks=[{"type": "actions", "elements": [menu]}]
    )
    assert act(sandbox, what="click", ts=posted["ts"], action_id="several", option=["a", "c"])["ok"]
    assert [one["value"] for one in heard(bot, sandbox, "several")["selected_options"]] == ["a", "c"]


def test_what_overflows_in_a_form_is_heard_and_what_was_typed_stays(opened: BoltBot, sandbox: SandboxSlack) -> None:
    pressed = json.dumps({"action_id": "more", "option": "move"})
    assert act(sandbox, pressed=pressed, **{"field:words": "typed so far"})["ok"]
    assert heard(opened, sandbox, "more")["selected_option"]["value"] == "move"
    page = httpx.get(f"{sandbox.base_url}/", params={"as": "ana", "channel": "general"}).text
    assert 'value="typed so far"' in page


def test_buttons_that_share_an_action_are_told_apart_in_a_form(opened: BoltBot, sandbox: SandboxSlack) -> None:
    assert act(sandbox, pressed=json.dumps({"action_id": "take", "value": "2"}))["ok"]
    assert heard(opened, sandbox, "take")["value"] == "2"


@pytest.mark.parametrize("told", ["nonsense", "[]", "{}", '{"action_id": "gone"}', '{"action_id": ["x"]}'])
def test_a_control_that_is_not_there_is_said_in_a_sentence(opened: BoltBot, sandbox: SandboxSlack, told: str) -> None:
    done = act(sandbox, pressed=told)
    assert not done["ok"]
    assert "not there any more" in done["said"]
