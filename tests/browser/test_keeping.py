"""What somebody was about to do is kept: where the focus is, what is typed and chosen, and what was not sent yet."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.sandbox.client import SandboxSlack
from tests.browser.people import Somebody
from tests.sandbox.boltbot import BoltBot, form

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


@pytest.fixture
def ana(slack: SandboxSlack, bot: BoltBot, page: Page) -> Somebody:
    """Ana in #general of a workspace with an app."""
    return Somebody(page, slack.base_url, "ana").go("general")


def test_a_form_gives_the_focus_back_to_whoever_opened_it(ana: Somebody) -> None:
    ana.type("/ml-incident form")
    expect(ana.modal).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(ana.modal).to_have_count(0)
    expect(ana.page.locator("#composer")).to_be_focused()


def test_a_form_that_is_refused_begins_at_the_first_field_that_is_wrong(ana: Somebody) -> None:
    ana.type("/ml-incident form")
    model = ana.modal.get_by_role("combobox", name="Model")
    model.fill("home")
    ana.modal.get_by_role("option", name="home-recs").click()
    ana.modal.get_by_role("button", name="Open").click()
    expect(ana.modal.get_by_text("is required")).to_be_visible()
    expect(ana.modal.get_by_label("What is wrong")).to_be_focused()
    expect(model).to_have_value("home-recs")


def test_a_form_that_the_app_draws_again_keeps_what_is_typed_and_chosen(ana: Somebody, bot: BoltBot) -> None:
    ana.type("/ml-incident form")
    ana.modal.get_by_role("combobox", name="Model").fill("home")
    ana.modal.get_by_role("option", name="home-recs").click()
    ana.modal.get_by_role("combobox", name="Severity").fill("sev1")
    ana.modal.get_by_role("option", name="sev1").click()
    ana.modal.get_by_label("private").check()
    what = ana.modal.get_by_label("What is wrong")
    what.fill("stale")
    bot.client.views_update(view_id=ana.modal.get_attribute("data-view"), view=form("Open another"))
    expect(ana.modal.get_by_role("heading", name="Open another")).to_be_visible()
    expect(what).to_have_value("stale")
    expect(what).to_be_focused()
    expect(ana.modal.get_by_role("combobox", name="Model")).to_have_value("home-recs")
    expect(ana.modal.get_by_label("private")).to_be_checked()
    ana.modal.get_by_role("button", name="Open").click()
    expect(ana.modal).to_have_count(0)
    values = bot.interactions[-1]["view"]["state"]["values"]
    assert values["model"]["model"]["selected_option"]["value"] == "home-recs"
    assert values["severity"]["severity"]["selected_option"]["value"] == "sev1"


def test_what_was_not_sent_is_still_there_when_one_comes_back(ana: Somebody) -> None:
    ana.page.locator("#composer").fill("half a thou")
    ana.go("ml-incidents")
    expect(ana.page.locator("#composer")).to_have_value("")
    ana.go("general")
    expect(ana.page.locator("#composer")).to_have_value("half a thou")
    ana.page.keyboard.press("Enter")
    expect(ana.message("half a thou")).to_be_visible()
    ana.go("general")
    expect(ana.page.locator("#composer")).to_have_value("")


def test_whoever_says_something_while_reading_further_up_sees_it(ana: Somebody, slack: SandboxSlack) -> None:
    for number in range(40):
        slack.person("lee").say("general", f"message {number}")
    expect(ana.message("message 39")).to_be_in_viewport()
    ana.page.get_by_role("region", name="Messages").evaluate("(pane) => { pane.scrollTop = 0; }")
    expect(ana.message("message 39")).not_to_be_in_viewport()
    ana.type("I am here")
    expect(ana.message("I am here")).to_be_in_viewport()


def test_a_drawer_keeps_what_is_behind_it_out_of_reach_and_closes_by_a_touch_beside_it(
    browser: Browser, slack: SandboxSlack
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    Somebody(page, slack.base_url, "ana").go("general")
    opens = page.get_by_role("button", name=re.compile("Channels"))
    opens.tap()
    closes = page.get_by_role("button", name="Close the channels")
    expect(closes).to_be_focused()
    assert page.evaluate("document.querySelector('main').inert")
    page.touchscreen.tap(380, 400)
    expect(closes).not_to_be_visible()
    expect(opens).to_be_focused()
    opens.tap()
    closes.tap()
    expect(closes).not_to_be_visible()
    assert not page.evaluate("document.querySelector('main').inert")
    context.close()
