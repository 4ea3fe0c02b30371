"""Buttons, menus, forms and their type-ahead in the sandbox, with a real Bolt app behind them."""

from __future__ import annotations

import time

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import SandboxError, SandboxSlack
from tests.sandbox.boltbot import BoltBot, button, form, option, plain


def test_a_form_is_opened_filled_with_type_ahead_and_submitted(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    assert ana.command("form").ok
    assert ana.suggest("model", "s")[0]["value"] == "fraud-scorer"
    assert ana.suggest("model", "") == []
    reply = ana.fill_and_submit(
        {"model": "search-ranker", "what": "wrong order", "lead": "Maya Lindqvist", "flags": ["drill"]}
    )
    assert reply.ok
    assert ana.view() is None
    submitted = either_bot.interactions[-1]
    values = submitted["view"]["state"]["values"]
    assert values["model"]["model"]["selected_option"]["value"] == "search-ranker"
    assert values["what"]["what"] == {"type": "plain_text_input", "value": "wrong order"}
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev2"
    assert values["lead"]["lead"]["selected_user"] == "U05MAYLIN"
    assert [one["value"] for one in values["flags"]["flags"]["selected_options"]] == ["drill"]
    assert values["due"]["due"]["selected_date"] is None
    assert submitted["user"]["id"] == ana.id


def test_a_form_with_errors_stays_open_and_keeps_what_was_typed(sandbox: SandboxSlack, either_bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    reply = ana.fill_and_submit({"model": "home-recs", "what": "bad"})
    assert reply.text == "What is wrong: Say more"
    view = ana.view()
    assert view is not None
    assert view["state"]["values"]["model"]["model"]["selected_option"]["value"] == "home-recs"
    assert ana.fill_and_submit({"what": "better"}).ok
    assert ana.view() is None


def test_a_repeated_submission_has_the_same_view_and_new_triggers(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    ana.fill_and_submit({"model": "home-recs", "what": "x"}, deliveries=3)
    sent = [one for one in bot.interactions if one.get("type") == "view_submission"]
    assert len({(one["view"]["id"], one["view"]["hash"]) for one in sent}) == 1
    assert len({one["trigger_id"] for one in sent}) == 3


def test_an_answer_can_update_push_and_clear_forms(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    filled = {"model": "home-recs", "what": "x"}
    bot.submission_answer = {"response_action": "update", "view": form("Second page")}
    ana.fill_and_submit(filled)
    assert (ana.view() or {})["title"]["text"] == "Second page"
    bot.submission_answer = {"response_action": "push", "view": form("On top")}
    ana.fill_and_submit(filled)
    assert (ana.view() or {})["title"]["text"] == "On top"
    assert ana.close_view().ok
    assert bot.interactions[-1]["type"] == "view_closed"
    assert (ana.view() or {})["title"]["text"] == "Second page"
    bot.submission_answer = {"response_action": "clear"}
    ana.fill_and_submit(filled)
    assert ana.view() is None


def test_an_answer_that_slack_cannot_show_leaves_the_form_open(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    bot.submission_answer = {"response_action": "errors", "errors": {"no-such-block": "x"}}
    reply = ana.fill_and_submit({"model": "home-recs", "what": "x"})
    assert not reply.ok
    assert "no input block" in reply.error
    assert ana.view() is not None


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"model": "home-recs"}, "“What is wrong” is required"),
        ({"model": "home-recs", "what": "x" * 41}, "takes 0 to 40 characters"),
        ({"model": "home-recs", "what": "two\nlines"}, "single line"),
        ({"model": "no-such-model", "what": "x"}, "does not offer no-such-model"),
        ({"model": "home-recs", "what": "x", "severity": "sev9"}, "it offers sev1, sev2"),
        ({"model": "home-recs", "what": "x", "lead": "sam"}, "deactivated"),
        ({"model": "home-recs", "what": "x", "due": "tomorrow"}, "takes a date"),
        ({"no-such-field": "x"}, "there is no field no-such-field"),
    ],
)
def test_slacks_client_keeps_a_wrong_form_from_being_submitted(
    sandbox: SandboxSlack, bot: BoltBot, values: dict[str, str], complaint: str
) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    heard = len(bot.interactions)
    with pytest.raises(SandboxError, match=complaint):
        ana.fill_and_submit(values)
    assert len(bot.interactions) == heard


def test_a_trigger_is_used_once_and_lives_three_seconds_of_real_time(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    ana.command("form")
    used = bot.interactions[-1]["trigger_id"]
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        bot.client.views_open(trigger_id=used, view=form())
    ana.command("echo x")
    fresh = bot.interactions[-1]["trigger_id"]
    sandbox.advance(3600)
    time.sleep(3.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        bot.client.views_open(trigger_id=fresh, view=form())


def test_a_button_sends_slacks_payload_and_its_answer_comes_over_the_response_url(
    sandbox: SandboxSlack, either_bot: BoltBot
) -> None:
    blocks = [{"type": "actions", "elements": [button("Done", "done", "7"), button("Again", "again", "8")]}]
    ts = either_bot.client.chat_postMessage(channel="C01GENERAL", text="Step", blocks=blocks)["ts"]
    lee = sandbox.person("lee")
    assert lee.click("general", ts, "done").ok
    sent = either_bot.interactions[-1]
    assert (sent["actions"][0]["value"], sent["message"]["ts"], sent["user"]["id"]) == ("7", ts, lee.id)
    assert httpx.post(sent["response_url"], json={"text": "Noted"}).text == "ok"
    assert lee.ephemerals("general")[-1]["text"] == "Noted"
    assert (sandbox.calls()[-1]["method"], sandbox.calls()[-1]["ok"]) == ("response_url", True)
    changed = {"replace_original": True, "text": "Step is done"}
    assert httpx.post(sent["response_url"], json=changed).text == "ok"
    assert sandbox.messages("general")[-1]["text"] == "Step is done"
    with pytest.raises(SandboxError, match="there is: nothing"):
        lee.click("general", ts, "done")


def test_an_ephemeral_message_has_buttons_and_can_be_replaced_and_deleted(
    sandbox: SandboxSlack, either_bot: BoltBot
) -> None:
    lee = sandbox.person("lee")
    lee.command("buttons")
    shown = lee.ephemerals()[-1]
    assert lee.click("general", shown["ts"], "done", value="7", deliveries=2).ok
    sent = either_bot.interactions[-1]
    assert (sent["container"]["is_ephemeral"], "message" in sent) == (True, False)
    httpx.post(sent["response_url"], json={"replace_original": True, "text": "Gone soon"})
    assert [one["text"] for one in lee.ephemerals()] == ["Gone soon"]
    httpx.post(sent["response_url"], json={"delete_original": True})
    assert lee.ephemerals() == []
    with pytest.raises(SandboxError, match="sees no message"):
        sandbox.person("ana").click("general", shown["ts"], "done")


def test_a_response_url_is_good_for_five_answers_within_half_an_hour(sandbox: SandboxSlack, bot: BoltBot) -> None:
    sandbox.person("ana").command("echo x")
    url = bot.interactions[-1]["response_url"]
    assert httpx.post(url, json={}).text == "no_text"
    assert [httpx.post(url, json={"text": "more"}).status_code for _ in range(5)] == [200] * 4 + [404]
    sandbox.person("ana").command("echo x")
    url = bot.interactions[-1]["response_url"]
    sandbox.advance(31 * 60)
    assert httpx.post(url, json={"text": "late"}).text == "expired_url"


def test_menus_in_messages_and_forms_tell_what_was_chosen(sandbox: SandboxSlack, bot: BoltBot) -> None:
    menu = {"type": "static_select", "action_id": "severity", "options": [option("sev1"), option("sev2")]}
    blocks = [{"type": "section", "text": plain("How bad?"), "accessory": menu}]
    ts = bot.client.chat_postMessage(channel="C01GENERAL", text="How bad?", blocks=blocks)["ts"]
    ana = sandbox.person("ana")
    assert ana.click("general", ts, "severity", option="sev1").ok
    sent = bot.interactions[-1]
    assert sent["actions"][0]["selected_option"]["value"] == "sev1"
    assert next(iter(sent["state"]["values"].values()))["severity"]["selected_option"]["value"] == "sev1"
    ana.command("form")
    assert ana.click_in_view("more").ok
    assert bot.interactions[-1]["container"]["type"] == "view"
    with pytest.raises(SandboxError, match="there is no nothing"):
        ana.click_in_view("nothing")


def test_the_home_tab_is_published_and_its_buttons_work(sandbox: SandboxSlack, bot: BoltBot) -> None:
    ana = sandbox.person("ana")
    assert ana.home() is None
    ana.open_home()
    sandbox.wait_for(lambda: bot.heard("app_home_opened"))
    blocks = [{"type": "actions", "elements": [button("Done", "done")]}]
    bot.client.views_publish(user_id=ana.id, view={"type": "home", "blocks": blocks})
    assert (ana.home() or {})["blocks"][0]["type"] == "actions"
    assert ana.click_home("done").ok
    assert bot.interactions[-1]["view"]["type"] == "home"
