"""What axe-core says of more of the page's states: on a phone, with things folded out, in other channels."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.stage import Stage
from tests.browser.chromium import Complaints
from tests.browser.people import Somebody
from tests.browser.test_page import judged

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
OPEN, EVERYBODY = "open fraud-scorer scores are all zero", 8


@pytest.fixture(params=["light", "dark"])
def desktop(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    yield from window(browser, width=1400, height=900, scheme=request.param)


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    yield from window(browser, width=360, height=740, scheme=request.param, touch=True)


def window(browser: Browser, *, width: int, height: int, scheme: str, touch: bool = False) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=touch, is_mobile=touch
    )
    page = context.new_page()
    complaints = Complaints(page)
    yield page
    context.close()
    assert complaints.heard == []


def incident(stage: Stage) -> str:
    """Open INC-1; the name of its channel once everybody is in it."""
    erik = stage.slack.person("erik")
    assert "INC-1 is open" in erik.command(OPEN).text

    def usable() -> str | None:
        name = next((one["name"] for one in stage.slack.channels() if one["name"].startswith("inc-1-")), None)
        return name if name and len(stage.slack.channel(name)["members"]) == EVERYBODY else None

    return str(stage.slack.wait_for(usable, timeout=20))


def test_what_is_folded_out_and_suggested(stage: Stage, desktop: Page) -> None:
    erik = Somebody(desktop, stage.slack.base_url, "erik").go("general")
    found = []
    desktop.get_by_label("Message to #general").press_sequentially("/ml-incident ")
    expect(desktop.get_by_role("listbox", name="Completions")).to_be_visible()
    found += judged(desktop, "completions")
    desktop.get_by_label("Message to #general").fill("")
    erik.type("my own words")
    mine = erik.message("my own words")
    mine.hover()
    mine.get_by_label("Add a reaction").click()
    found += judged(desktop, "reactions to choose from")
    desktop.keyboard.press("Escape")
    mine.hover()
    mine.get_by_label("Edit or delete").click()
    found += judged(desktop, "a message being edited")
    mine.get_by_role("button", name="Delete").click()
    expect(erik.modal).to_be_visible()
    found += judged(desktop, "a question")
    desktop.keyboard.press("Escape")
    desktop.get_by_text("20 people").click()
    found += judged(desktop, "members")
    desktop.keyboard.press("Escape")
    erik.type("/ml-incident open")
    erik.modal.get_by_role("combobox", name=re.compile("Model")).fill("sea")
    expect(erik.modal.get_by_role("option").first).to_be_visible()
    found += judged(desktop, "a menu with type-ahead")
    assert found == []


def test_direct_messages_the_draft_and_the_digest(stage: Stage, desktop: Page) -> None:
    channel, ana = incident(stage), stage.slack.person("ana")
    ana.command(f"role commander <@{ana.id}>", channel=channel)
    ana.command("resolve back on version 41", channel=channel)
    seen = Somebody(desktop, stage.slack.base_url, "ana").go(channel)
    draft = seen.messages.filter(has_text="review-INC-1.md").last
    draft.get_by_text("Read it here").click(timeout=20_000)
    found = judged(desktop, "the draft")
    stage.slack.wait_for(lambda: ana.dms() or None)
    seen.go(ana.dm_channel())
    found += judged(desktop, "a direct message")
    seen.in_panel("Next Monday 09:00")
    seen.follow(re.compile("ml-ownership"))
    expect(seen.message("Who owns what")).to_be_visible()
    found += judged(desktop, "the digest")
    code = seen.panel.get_by_role("link", name=re.compile(r"\.py$")).first.get_attribute("href")
    desktop.goto(f"{stage.slack.base_url}{code}")
    found += judged(desktop, "a page of the code")
    assert found == []


def test_a_phone_with_its_drawers(stage: Stage, phone: Page) -> None:
    erik = Somebody(phone, stage.slack.base_url, "erik").go(incident(stage))
    expect(erik.step).to_be_visible()
    found = judged(phone, "an incident on a phone")
    phone.get_by_role("button", name="Channels").click()
    found += judged(phone, "the channels' drawer")
    phone.keyboard.press("Escape")
    phone.get_by_role("button", name="Demo").click()
    found += judged(phone, "the demo's drawer")
    phone.keyboard.press("Escape")
    erik.step.get_by_role("button", name=re.compile("^Skip")).click()
    expect(erik.modal).to_be_visible()
    found += judged(phone, "a form on a phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert found == []
