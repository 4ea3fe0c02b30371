"""What becomes of a form that somebody sends."""

from __future__ import annotations

import pytest

from bot.handlers.inputs import as_text, entered, entered_in
from bot.sandbox.client import SandboxSlack
from tests.bot.serving.tiny import TinyBot, written


def test_everything_entered_arrives_under_its_block(slack: SandboxSlack, bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    filled = {
        "words": "all zero",
        "number": "7",
        "level": "high",
        "model": "fraud-3",
        "who": "lee",
        "day": "2026-12-24",
        "ways": ["one", "two"],
        "kind": "drill",
    }
    assert ana.fill_and_submit(filled).ok
    (heard,) = bot.heard.submissions
    assert heard.metadata == {"incident": 12}
    assert heard.values == {**filled, "who": "U02LEEOKA"}
    assert ana.view() is None


def test_what_was_left_empty_arrives_as_nothing(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    assert ana.fill_and_submit({}).ok
    values = http_bot.heard.submissions[0].values
    assert values.pop("ways") == []
    assert set(values.values()) == {None}


def test_a_form_delivered_three_times_is_taken_once(slack: SandboxSlack, bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    before = written(bot.storage)
    reply = ana.fill_and_submit({"words": "tell"}, deliveries=3)
    assert [(repeat or {}).get("response_action") for repeat in reply.repeats] == ["update", "update"]
    assert written(bot.storage) == before + 1


def test_a_field_to_mend_keeps_the_form_open_and_the_mended_form_is_taken(slack: SandboxSlack, bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    before = written(bot.storage)
    reply = ana.fill_and_submit({"words": "mend"})
    assert reply.body == {"response_action": "errors", "errors": {"words": "Say more."}}
    assert written(bot.storage) == before
    assert ana.fill_and_submit({"words": "mended"}).ok
    assert ana.view() is None
    assert written(bot.storage) == before + 1


def test_an_answer_takes_the_place_of_the_form(slack: SandboxSlack, http_bot: TinyBot) -> None:
    ana = slack.person("ana")
    ana.command("update")
    ana.fill_and_submit({"words": "tell"})
    view = ana.view()
    assert view is not None
    assert view["blocks"][0]["text"]["text"] == "It is done."


@pytest.mark.parametrize("fault", [False, True])
def test_a_refused_form_shows_why_above_what_was_typed(slack: SandboxSlack, http_bot: TinyBot, *, fault: bool) -> None:
    ana = slack.person("ana")
    ana.command("update")
    before = written(http_bot.storage)
    http_bot.heard.fail = int(fault)
    assert ana.fill_and_submit({"words": "refuse"}).ok
    above = ana.view()
    assert above is not None
    said = above["blocks"][0]["text"]["text"]
    assert ("Nothing happened" in said) if fault else (said == "Too late.")
    assert written(http_bot.storage) == before
    ana.close_view()
    view = ana.view()
    assert view is not None
    assert view["callback_id"] == "tiny.form"
    assert ana.fill_and_submit({"words": "again"}).ok
    assert written(http_bot.storage) == before + 1


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"type": "button", "value": "12"}, "12"),
        ({"type": "email_text_input", "value": "a@example.com"}, "a@example.com"),
        ({"type": "static_select", "selected_option": None}, None),
        ({"type": "overflow", "selected_option": {"value": "x"}}, "x"),
        ({"type": "channels_select", "selected_channel": "C1"}, "C1"),
        ({"type": "conversations_select", "selected_conversation": "D1"}, "D1"),
        ({"type": "timepicker", "selected_time": "14:05"}, "14:05"),
        ({"type": "datetimepicker", "selected_date_time": 1795000000}, 1795000000),
        ({"type": "multi_users_select", "selected_users": ["U1", "U2"]}, ["U1", "U2"]),
        ({"type": "multi_external_select", "selected_options": [{"value": "a"}]}, ["a"]),
        ({"type": "checkboxes", "selected_options": []}, []),
    ],
)
def test_each_kind_of_input_is_read(element: dict[str, object], value: object) -> None:
    assert entered(element) == value
    assert entered_in({"values": {"block": {"action": element}}}) == {"block": value}


def test_a_click_carries_its_value_as_text() -> None:
    assert [as_text(value) for value in (None, "12", 7, ["a", "b"])] == ["", "12", "7", "a,b"]
