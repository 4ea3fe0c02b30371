"""The page while things happen: what arrives is shown, heard and marked, and nobody loses their place."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.sandbox.client import SandboxSlack
from tests.browser.people import Somebody
from tests.processes import start_sandbox

pytestmark = [pytest.mark.real, pytest.mark.timeout(60)]


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    with start_sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def ana(slack: SandboxSlack, page: Page) -> Somebody:
    """Ana in #general; nobody else has the page open."""
    return Somebody(page, slack.base_url, "ana").go("general")


def composer(somebody: Somebody) -> Locator:
    return somebody.page.get_by_label("Message to #general")


def test_what_others_say_is_announced_and_what_one_says_oneself_is_not(ana: Somebody, slack: SandboxSlack) -> None:
    announced = ana.page.locator("[aria-live=polite]#announcer")
    slack.person("lee").say("general", "The *scores* are back")
    expect(announced).to_have_text(re.compile("^Lee Okafor: The .*scores.* are back$"))
    ana.type("Thank you, Lee")
    expect(ana.message("Thank you, Lee")).to_be_visible()
    expect(announced).not_to_contain_text("Thank you")


def test_whoever_reads_older_messages_stays_there_and_is_told_of_new_ones(ana: Somebody, slack: SandboxSlack) -> None:
    lee = slack.person("lee")
    for number in range(40):
        lee.say("general", f"line {number}")
    expect(ana.message("line 39")).to_be_in_viewport()
    pane = ana.page.get_by_role("region", name="Messages")
    pane.evaluate("(one) => { one.scrollTop = 100; }")
    lee.say("general", "something new")
    newer = ana.page.get_by_role("button", name="New messages")
    expect(newer).to_be_visible()
    assert pane.evaluate("(one) => one.scrollTop") == 100
    expect(ana.message("something new")).not_to_be_in_viewport()
    newer.click()
    expect(ana.message("something new")).to_be_in_viewport()
    expect(newer).not_to_be_visible()


def test_what_is_unread_is_marked_in_the_list_and_in_the_title_until_it_is_read(
    ana: Somebody, slack: SandboxSlack
) -> None:
    slack.person("lee").say("payments", "Is somebody looking at this?")
    expect(ana.page.get_by_role("link", name="payments (unread)")).to_be_visible()
    expect(ana.page).to_have_title(re.compile(r"^\(1\) #general"))
    ana.follow(re.compile("payments"))
    expect(ana.page).to_have_title(re.compile("^#payments"))
    expect(ana.page.get_by_role("link", name="payments (unread)")).to_have_count(0)


def test_the_focus_stays_where_it_was_when_its_region_is_drawn_again(ana: Somebody, slack: SandboxSlack) -> None:
    link = ana.page.get_by_role("navigation").get_by_role("link", name="ml-ownership")
    link.focus()
    slack.person("lee").say("payments", "news elsewhere")
    expect(ana.page.get_by_role("link", name="payments (unread)")).to_be_visible()
    expect(link).to_be_focused()


def test_a_menu_of_reactions_stays_open_when_its_message_changes(ana: Somebody, slack: SandboxSlack) -> None:
    lee = slack.person("lee")
    said = lee.say("general", "look at this")
    message = ana.message("look at this")
    message.hover()
    message.get_by_label("Add a reaction").click()
    lee.react("general", said, "eyes")
    expect(message.get_by_role("button", name=re.compile("eyes, 1: Lee Okafor"))).to_be_visible()
    message.get_by_role("button", name="React with eyes").click()
    mine = message.get_by_role("button", name=re.compile("eyes, 2:"))
    expect(mine).to_have_attribute("aria-pressed", "true")
    mine.click()
    expect(message.get_by_role("button", name=re.compile("eyes, 1:"))).to_have_attribute("aria-pressed", "false")


def test_people_channels_and_emoji_are_completed_while_one_types(ana: Somebody) -> None:
    keyboard, field = ana.page.keyboard, composer(ana)
    completions = ana.page.get_by_role("listbox", name="Completions")
    field.press_sequentially("Ask @tana")
    expect(completions.get_by_role("option", name="Kim Tanaka")).to_be_visible()
    keyboard.press("Tab")
    expect(field).to_have_value("Ask @kim ")
    keyboard.type("in #pay")
    expect(completions.get_by_role("option", name="#payments")).to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(field).to_have_value("Ask @kim in #payments ")
    keyboard.type(":pushp")
    expect(completions.get_by_role("option", name="pushpin").first).to_be_visible()
    keyboard.press("Escape")
    expect(completions).not_to_be_visible()
    expect(field).to_have_value("Ask @kim in #payments :pushp")
    keyboard.type("in: ")
    keyboard.press("Enter")
    said = ana.message("Ask @Kim Tanaka in")
    expect(said).to_contain_text("#payments")
    expect(said.get_by_role("img", name="pushpin")).to_be_visible()
    expect(field).to_have_value("")


def test_a_new_line_is_typed_with_shift(ana: Somebody) -> None:
    composer(ana).press_sequentially("first")
    ana.page.keyboard.press("Shift+Enter")
    ana.page.keyboard.type("second")
    expect(composer(ana)).to_have_value("first\nsecond")
    ana.page.keyboard.press("Enter")
    expect(ana.message("first")).to_contain_text("second")


def test_the_same_moment_is_shown_in_each_readers_zone(ana: Somebody, browser: Browser, slack: SandboxSlack) -> None:
    slack.person("lee").say("general", "now")
    context = browser.new_context()
    kim = Somebody(context.new_page(), slack.base_url, "kim").go("general")
    shown = [one.message("now").get_by_role("time") for one in (ana, kim)]
    moments = [datetime.fromisoformat(one.get_attribute("datetime") or "") for one in shown]
    assert moments[0] == moments[1]
    assert shown[0].inner_text() != shown[1].inner_text()
    context.close()


def test_light_and_dark_are_chosen_and_kept(ana: Somebody) -> None:
    def background() -> str:
        return str(ana.page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light = background()
    ana.page.get_by_role("button", name="Change between light and dark").click()
    dark = background()
    assert dark != light
    ana.page.reload()
    assert background() == dark


def test_a_workspace_that_comes_back_is_found_again(browser: Browser, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # Its own window: a browser complains of each attempt while nobody listens.
    context = browser.new_context()
    page = context.new_page()
    lost = page.get_by_text("The workspace does not answer")
    with start_sandbox(tmp_path, port=port) as slack:
        ana = Somebody(page, slack.base_url, "ana").go("general")
        expect(lost).not_to_be_visible()
    expect(lost).to_be_visible()
    with start_sandbox(tmp_path, port=port) as slack:
        expect(lost).not_to_be_visible(timeout=15_000)
        slack.person("lee").say("general", "here again")
        expect(ana.message("here again")).to_be_visible()
    context.close()


def test_without_scripts_one_reads_writes_and_moves_about(browser: Browser, slack: SandboxSlack) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{slack.base_url}/?as=ana&channel=general")
    page.get_by_label("Message to #general").fill("plain and simple")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article").filter(has_text="plain and simple")).to_be_visible()
    page.get_by_role("link", name="payments").click()
    expect(page.get_by_role("heading", name="# payments")).to_be_visible()
    page.get_by_label("You act as").select_option(label=_option(page, "Kim Tanaka"))
    page.get_by_role("button", name="Switch").click()
    expect(page.get_by_text("Asia/Tokyo").first).to_be_visible()
    context.close()


def _option(page: Page, name: str) -> str:
    return next(one for one in page.get_by_label("You act as").locator("option").all_inner_texts() if name in one)
