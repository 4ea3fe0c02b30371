"""`ml-incident demo` as somebody watches it: the story goes along on the page, waits when asked, and hands over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.people import Somebody
from tests.promises.demos import Demo, playing

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
INCIDENT = re.compile("^inc-1-fraud-scorer")


@pytest.fixture
def demo(browser: Browser, tmp_path: Path) -> Iterator[Demo]:
    with playing(tmp_path, "--no-browser") as running:
        yield running


@pytest.fixture
def visitor(demo: Demo, page: Page) -> Somebody:
    """Whoever opens the printed address, and does nothing yet."""
    page.goto(demo.slack.base_url)
    return Somebody(page, demo.slack.base_url, "erik")


def story(visitor: Somebody) -> Locator:
    return visitor.page.get_by_role("region", name="The story")


def press(visitor: Somebody, name: str) -> None:
    story(visitor).get_by_role("button", name=name, exact=True).click()


def test_nobody_is_carried_off_in_the_middle_of_a_sentence_nor_out_of_a_window_of_their_own(
    visitor: Somebody, browser: Browser
) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", name="# general")).to_be_visible()
    field = page.get_by_label("Message to #general")
    field.fill("half a thou")
    context = browser.new_context()
    lee = Somebody(context.new_page(), page.url.split("/?")[0].rstrip("/"), "lee").go("general")
    expect(page.get_by_role("navigation").get_by_role("link", name=INCIDENT)).to_be_visible(timeout=30_000)
    press(visitor, "Next")
    expect(story(visitor)).to_contain_text(re.compile("[2-9] of 11"))
    expect(page.get_by_role("heading", name="# general")).to_be_visible()
    expect(field).to_have_value("half a thou")
    # Sent: now it goes along.
    field.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("# inc-1-fraud-scorer"))).to_be_visible()
    expect(lee.page.get_by_role("heading", name="# general")).to_be_visible()
    expect(lee.page.get_by_label("You act as").locator("option:checked")).to_have_text(re.compile("Lee Okafor"))
    expect(story(lee).get_by_label("Follow the story")).not_to_be_checked()
    context.close()


def test_the_page_follows_the_story_until_one_goes_elsewhere(visitor: Somebody) -> None:
    page = visitor.page
    expect(story(visitor)).to_contain_text("1 of 11")
    # By itself it goes where the incident is.
    expect(page.get_by_role("heading", name=re.compile("# inc-1-fraud-scorer"))).to_be_visible(timeout=20_000)
    expect(visitor.step).to_be_visible()
    press(visitor, "Pause")
    expect(story(visitor)).to_contain_text("paused")
    visitor.follow(re.compile("general"))
    expect(story(visitor).get_by_label("Follow the story")).not_to_be_checked()
    # Scene by scene while it is paused; then it goes on by itself.
    count = story(visitor).get_by_text(re.compile("of 11"))
    before = count.inner_text()
    press(visitor, "Next")
    expect(count).not_to_have_text(before)
    expect(story(visitor)).to_contain_text("paused")
    press(visitor, "Play")
    expect(story(visitor)).not_to_contain_text("paused")
    expect(page.get_by_role("heading", name="# general")).to_be_visible()
    # Not check(): it looks at the box at once, and may find that of the page which the click leads to, half drawn.
    story(visitor).get_by_label("Follow the story").click()
    expect(page.get_by_role("heading", name=re.compile("# inc-1-fraud-scorer"))).to_be_visible()
    expect(story(visitor).get_by_label("Follow the story")).to_be_checked()


def test_it_hands_over_with_three_things_to_try_and_the_bot_is_killed_in_the_middle(
    visitor: Somebody, demo: Demo
) -> None:
    page = visitor.page
    expect(story(visitor)).to_contain_text("of 11")
    press(visitor, "Skip to the end")
    expect(story(visitor).get_by_role("heading", name="Your turn")).to_be_visible(timeout=60_000)
    tries = story(visitor).get_by_role("listitem")
    expect(tries).to_have_count(3)
    with page.expect_navigation():
        tries.get_by_role("link", name="Kill the bot in the middle").click()
    field = page.get_by_label("Message to #general")
    expect(field).to_have_value(re.compile("^/ml-incident open search-ranker "))
    expect(field).to_be_focused()
    expect(page.get_by_label("You act as").locator("option:checked")).to_have_text(re.compile("Erik Johansson"))
    demo.slack.hold("conversations.invite")
    page.keyboard.press("Enter")
    assert demo.slack.held(10) is not None
    visitor.in_panel("Kill the bot")
    expect(visitor.panel.get_by_text("killed", exact=True)).to_be_visible()
    expect(visitor.panel.locator("#owed")).not_to_have_text("0")
    demo.slack.clear_faults()
    visitor.in_panel("Start it again")
    expect(visitor.panel.locator("#owed")).to_have_text("0", timeout=60_000)
    visitor.follow(re.compile("^inc-2-search-ranker"))
    expect(visitor.messages.filter(has_text="Consumers")).to_have_count(1)
    # What was explained says where it lives, and leads there.
    with page.context.expect_page() as opening:
        visitor.panel.get_by_role("link", name="docs/architecture.md").first.click()
    expect(opening.value.get_by_role("heading", level=1)).to_be_visible()
    assert "#" in opening.value.url
