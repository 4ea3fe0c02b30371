"""The page itself: by keyboard alone, on a phone, in light and dark, with much in it, and when nobody answers."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.demo.stage import Stage
from tests.browser.chromium import Complaints
from tests.browser.people import Somebody
from tests.processes import start_sandbox

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
OPEN = "/ml-incident open fraud-scorer scores are all zero"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focus_by_tab(page: Page, name: re.Pattern[str], *, most: int = 120) -> None:
    """Press Tab until what has the focus is called so, as somebody without a mouse does."""
    called = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"
    for _ in range(most):
        page.keyboard.press("Tab")
        if name.search(page.evaluate(called)):
            return
    raise AssertionError(f"{name.pattern} is never reached by Tab")


def test_an_incident_is_opened_and_walked_by_keyboard_alone(erik: Somebody) -> None:
    page = erik.page
    expect(page.locator("#composer")).to_be_focused()
    page.keyboard.type("/ml-inc")
    expect(page.get_by_role("listbox", name="Completions").get_by_role("option")).not_to_have_count(0)
    press(page, "Tab")
    expect(page.locator("#composer")).to_have_value("/ml-incident open ")
    page.keyboard.type("fraud-scorer scores are all zero")
    press(page, "Enter")
    expect(erik.message("INC-1 is open")).to_be_visible()
    expect(page.locator("#composer")).to_be_focused()
    # The filter above the channels finds one, and Enter goes there.
    expect(page.get_by_role("link", name=re.compile("^inc-1"))).to_be_visible()
    page.get_by_label("Filter channels").focus()
    page.keyboard.type("inc-1")
    with page.expect_navigation():
        press(page, "Enter")
    expect(erik.step).to_be_visible()
    focus_by_tab(page, re.compile("^Done: "))
    before = erik.step.get_by_role("heading").inner_text()
    press(page, "Enter")
    expect(erik.step.get_by_role("heading")).not_to_have_text(before)
    # A form takes the focus, keeps it inside, and gives it back.
    page.locator("#composer").focus()
    page.keyboard.type("/ml-incident update")
    press(page, "Enter")
    expect(erik.modal).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    for _ in range(30):
        press(page, "Tab")
        assert page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    press(page, "Escape")
    expect(erik.modal).to_have_count(0)
    # Alt and an arrow lead to the next channel.
    with page.expect_navigation():
        press(page, "Alt+ArrowUp")


def test_on_a_phone_nothing_sticks_out_and_the_drawers_open(browser: Browser, stage: Stage) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    complaints = Complaints(page)
    stage.slack.person("erik").command(OPEN.removeprefix("/ml-incident "))
    channel = stage.slack.wait_for(
        lambda: next((c for c in stage.slack.channels() if c["name"].startswith("inc-1")), None)
    )
    erik = Somebody(page, stage.slack.base_url, "erik").go(channel["name"])
    expect(erik.step).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in erik.step.get_by_role("button").all()[:3]:
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 36
        assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name="☰ Channels").click()
    expect(page.get_by_role("link", name="general")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("link", name="general")).not_to_be_visible()
    page.get_by_role("button", name="Demo ⚙").click()
    expect(page.get_by_role("button", name="Kill the bot")).to_be_visible()
    press(page, "Escape")
    erik.step.get_by_role("button", name=re.compile("^Done")).click()
    expect(erik.step).to_contain_text("1/")
    context.close()
    assert complaints.heard == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, stage: Stage, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    erik = Somebody(page, stage.slack.base_url, "erik").go("general")
    looked_at = [judged(page, "a quiet channel")]
    erik.type(OPEN)
    expect(erik.message("INC-1 is open")).to_be_visible()
    erik.follow(re.compile("^inc-1"))
    expect(erik.step).to_be_visible()
    erik.message("Consumers").hover()
    looked_at.append(judged(page, "an incident"))
    erik.in_panel("Answers lost")
    erik.in_panel("Kill the bot")
    expect(erik.panel.get_by_text("killed", exact=True)).to_be_visible()
    looked_at.append(judged(page, "everything broken"))
    erik.in_panel("Answers lost: on")
    erik.in_panel("Start it again")
    expect(erik.panel.get_by_text("running", exact=True)).to_be_visible(timeout=20_000)
    erik.type("/ml-incident open")
    expect(erik.modal).to_be_visible()
    erik.modal.get_by_role("button", name="Open", exact=True).click()
    expect(erik.modal.get_by_text("is required").first).to_be_visible()
    looked_at.append(judged(page, "a form with complaints"))
    press(page, "Escape")
    expect(erik.modal).to_have_count(0)
    card = erik.message("Consumers")
    card.hover()
    with page.expect_navigation():
        card.get_by_role("link", name="Reply in a thread").click()
    looked_at.append(judged(page, "a thread"))
    page.goto(f"{stage.slack.base_url}/source/docs/architecture.md")
    looked_at.append(judged(page, "a page of the docs"))
    context.close()
    assert [fault for faults in looked_at for fault in faults] == []


def judged(page: Page, state: str) -> list[str]:
    """What axe finds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{state}: {one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_with_200_channels_and_5000_messages_the_page_stays_quick(page: Page, tmp_path: Path) -> None:
    with start_sandbox(tmp_path, company=str(crowded(tmp_path))) as slack:
        lee = slack.person("lee")
        for number in range(5000):
            lee.say("general", f"message {number} about *fraud-scorer*, with <https://example.com|a link>")
        Somebody(page, slack.base_url, "ana").go("general")
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        assert painted < 1000
        expect(page.get_by_text("message 4999")).to_be_visible()
        page.wait_for_function("performance.getEntriesByType('resource').some((one) => one.name.includes('/live'))")
        shown = []
        for number in range(5):
            began = time.perf_counter()
            lee.say("general", f"news number {number}")
            page.get_by_text(f"news number {number}", exact=True).wait_for(timeout=2000)
            shown.append(time.perf_counter() - began)
        assert sorted(shown)[2] < 0.2, shown


def crowded(folder: Path) -> Path:
    """The demo company with 200 channels."""
    from bot.sandbox.workspace import COMPANY

    more = [f"  C{number:03}CROWDED: {{name: place-{number}, members: everyone, bot: true}}" for number in range(194)]
    text = COMPANY.read_text("utf-8").replace("\nchannels:\n", "\nchannels:\n" + "\n".join(more) + "\n")
    path = folder / "company.yaml"
    path.write_text(text, "utf-8")
    return path


def test_what_is_typed_survives_what_arrives_meanwhile(erik: Somebody, stage: Stage) -> None:
    erik.page.locator("#composer").fill("half a thou")
    stage.slack.person("lee").say("general", "something else")
    expect(erik.message("something else")).to_be_visible()
    expect(erik.page.locator("#composer")).to_have_value("half a thou")
    erik.type("/ml-incident open")
    what = erik.modal.get_by_label(re.compile("What is wrong"))
    what.fill("not sent yet")
    stage.slack.person("lee").say("general", "again something")
    expect(erik.page.locator("article", has_text="again something")).to_have_count(1)
    expect(what).to_have_value("not sent yet")


def test_a_workspace_that_goes_away_is_said(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    with start_sandbox(tmp_path) as slack:
        Somebody(page, slack.base_url, "ana").go("general")
    expect(page.get_by_text("The workspace does not answer")).to_be_visible()
    context.close()
