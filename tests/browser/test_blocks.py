"""Controls that an app may put into a message, used by mouse and by keyboard: the app hears what was meant."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.sandbox.client import SandboxSlack
from tests.browser.people import Somebody
from tests.sandbox.boltbot import BoltBot

Json = dict[str, Any]
pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def option(words: str) -> Json:
    return {"text": text(words), "value": words.lower()}


CONFIRM = {
    "title": text("Really?"),
    "text": text("It cannot be undone."),
    "confirm": text("Do it"),
    "deny": text("Don't"),
}
ELEMENTS = [
    {
        "type": "button",
        "text": text("Delete all"),
        "action_id": "del",
        "value": "7",
        "style": "danger",
        "confirm": CONFIRM,
    },
    {
        "type": "static_select",
        "action_id": "level",
        "placeholder": text("Level"),
        "options": [option("Low"), option("High")],
    },
    {"type": "users_select", "action_id": "who", "placeholder": text("Somebody")},
    {"type": "overflow", "action_id": "more", "options": [option("Copy"), option("Move")]},
]


@pytest.fixture
def ana(slack: SandboxSlack, bot: BoltBot, page: Page) -> Somebody:
    """Ana in #general, with every control before her."""
    bot.client.chat_postMessage(
        channel="C01GENERAL", text="Controls", blocks=[{"type": "actions", "elements": ELEMENTS}]
    )
    return Somebody(page, slack.base_url, "ana").go("general")


def heard(bot: BoltBot, slack: SandboxSlack, action_id: str) -> Json:
    """The action that the app heard last under this id."""

    def find() -> Json | None:
        actions = [one["actions"][0] for one in list(bot.interactions) if one.get("actions")]
        return next((one for one in reversed(actions) if one["action_id"] == action_id), None)

    return slack.wait_for(find)


def test_a_question_comes_before_a_button_that_asks_one(ana: Somebody, bot: BoltBot, slack: SandboxSlack) -> None:
    button = ana.page.get_by_role("button", name="Delete all")
    button.click()
    expect(ana.modal).to_contain_text("It cannot be undone.")
    ana.modal.get_by_role("button", name="Don't").click()
    expect(ana.modal).to_have_count(0)
    expect(button).to_be_focused()
    assert bot.interactions == []
    button.click()
    ana.modal.get_by_role("button", name="Do it").click()
    assert heard(bot, slack, "del")["value"] == "7"


def test_a_menu_is_filtered_and_chosen_from_by_keyboard(ana: Somebody, bot: BoltBot, slack: SandboxSlack) -> None:
    ana.page.get_by_role("combobox", name="Level").press("ArrowDown")
    expect(ana.page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    ana.page.keyboard.type("hi")
    expect(ana.page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    ana.page.keyboard.press("Enter")
    assert heard(bot, slack, "level")["selected_option"]["value"] == "high"
    expect(ana.page.get_by_role("combobox", name="Level")).to_have_value("High")


def test_a_person_is_found_by_name_or_job(ana: Somebody, bot: BoltBot, slack: SandboxSlack) -> None:
    ana.page.get_by_role("combobox", name="Somebody").fill("pricing")
    ana.page.get_by_role("listbox").get_by_role("option", name=re.compile("Omar Haddad")).click()
    assert heard(bot, slack, "who")["selected_user"] == "U13OMAHAD"


def test_what_overflows_is_behind_three_dots(ana: Somebody, bot: BoltBot, slack: SandboxSlack) -> None:
    expect(ana.page.get_by_role("button", name="Move")).not_to_be_visible()
    ana.page.get_by_label("More actions").click()
    ana.page.keyboard.press("Escape")
    expect(ana.page.get_by_role("button", name="Move")).not_to_be_visible()
    ana.page.get_by_label("More actions").click()
    ana.page.get_by_role("button", name="Move").click()
    assert heard(bot, slack, "more")["selected_option"]["value"] == "move"
    expect(ana.page.get_by_role("button", name="Move")).not_to_be_visible()


def test_a_picture_is_shown(ana: Somebody, bot: BoltBot) -> None:
    bot.client.files_upload_v2(channel="C01GENERAL", filename="walk.png", content=PIXEL, title="The walk")
    picture = ana.page.get_by_role("img", name="The walk")
    expect(picture).to_be_visible()
    assert picture.evaluate("(one) => one.naturalWidth") == 1


def test_ones_own_message_is_edited_and_deleted(ana: Somebody) -> None:
    ana.type("frist")
    mine = ana.message("frist")
    mine.hover()
    mine.get_by_label("Edit or delete").click()
    mine.get_by_label("Your message").fill("first")
    mine.get_by_role("button", name="Save").click()
    edited = ana.message("first")
    expect(edited).to_contain_text("(edited)")
    edited.hover()
    edited.get_by_label("Edit or delete").click()
    edited.get_by_role("button", name="Delete").click()
    ana.modal.get_by_role("button", name="Delete").click()
    expect(edited).to_have_count(0)


def test_every_field_of_a_form_is_filled_and_heard(ana: Somebody, bot: BoltBot, slack: SandboxSlack) -> None:
    ana.type("/ml-incident form")
    form = ana.modal
    form.get_by_role("combobox", name="Model").fill("home")
    form.get_by_role("option", name="home-recs").click()
    form.get_by_label("What is wrong").fill("stale")
    # Escape closes the list, and leaves the form and what is typed in it.
    form.get_by_role("combobox", name="Severity").fill("se")
    expect(form.get_by_role("option", name="sev2")).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(form.get_by_role("option", name="sev2")).to_have_count(0)
    expect(form.get_by_label("What is wrong")).to_have_value("stale")
    form.get_by_role("combobox", name="Severity").fill("sev1")
    form.get_by_role("option", name="sev1").click()
    form.get_by_role("combobox", name=re.compile("Lead")).fill("kim")
    form.get_by_role("option", name=re.compile("Kim Tanaka")).click()
    form.get_by_label("private").check()
    form.get_by_label(re.compile("Due")).fill("2026-12-24")
    form.get_by_role("button", name="Open").click()
    expect(form).to_have_count(0)
    values = bot.interactions[-1]["view"]["state"]["values"]
    assert values["model"]["model"]["selected_option"]["value"] == "home-recs"
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev1"
    assert values["lead"]["lead"]["selected_user"] == "U03KIMTAN"
    assert [one["value"] for one in values["flags"]["flags"]["selected_options"]] == ["private"]
    assert values["due"]["due"]["selected_date"] == "2026-12-24"
