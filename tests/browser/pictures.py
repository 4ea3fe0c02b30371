"""Takes the pictures of the docs: `make pictures`. Look at each before you commit it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo.play import DIGEST_CHANNEL
from bot.demo.stage import Stage
from bot.sandbox.client import Person
from tests.browser.chromium import chromium
from tests.browser.people import Somebody
from tests.browser.png import shrink
from tests.browser.stages import staged

IMAGES = Path(__file__).parents[2] / "docs" / "images"
OPEN = "open fraud-scorer scores are all zero"


def main() -> None:
    """All of them, from one incident."""
    IMAGES.mkdir(exist_ok=True)
    with staged() as stage, chromium() as browser:
        _incident(stage, browser)
        _form(stage, browser)
        _killed(stage, browser)
        _afterwards(stage, browser)


def _window(browser: Browser, *, dark: bool = False, phone: bool = False, tall: int = 860) -> Page:
    size = {"width": 390, "height": 780} if phone else {"width": 1400, "height": tall}
    scheme = "dark" if dark else "light"
    return browser.new_context(viewport=size, color_scheme=scheme, is_mobile=phone, has_touch=phone).new_page()


def _take(page: Page, name: str, *, focused: bool = False) -> None:
    """Without the marks of whoever took it: no pointer over anything, and the focus only where it is the point."""
    page.mouse.move(0, 0)
    if not focused:
        page.evaluate("document.activeElement?.blur()")
    (IMAGES / f"{name}.png").write_bytes(shrink(page.screenshot()))


def _channel(stage: Stage, number: int) -> str:
    def find() -> str | None:
        return next((one["name"] for one in stage.slack.channels() if one["name"].startswith(f"inc-{number}-")), None)

    return stage.slack.wait_for(find, timeout=20)


def _incident(stage: Stage, browser: Browser) -> None:
    """Opened, roles given, walked a step, talked about; in light, in dark and on a phone."""
    erik, ana, lee = (stage.slack.person(one) for one in ("erik", "ana", "lee"))
    erik.command(OPEN)
    channel = _channel(stage, 1)
    page = _window(browser, tall=1340)
    seen = Somebody(page, stage.slack.base_url, "ana").go(channel)
    expect(seen.step).to_be_visible()
    ana.command(f"role commander <@{ana.id}>", channel=channel)
    seen.step.get_by_role("button", name=re.compile("^Done")).click()
    expect(seen.step).to_contain_text("1/")
    seen.page.locator("article", has=page.get_by_role("button", name="Another playbook")).last.wait_for()
    _talk(ana, lee, channel)
    expect(page.get_by_role("button", name=re.compile("white check mark, 1"))).to_be_visible()
    page.reload()
    _from(seen.message("Consumers"))
    _take(page, "incident")
    dark = Somebody(_window(browser, dark=True), stage.slack.base_url, "ana").go(channel)
    _from(dark.message("Consumers"))
    _take(dark.page, "incident-dark")
    phone = Somebody(_window(browser, phone=True), stage.slack.base_url, "ana").go(channel)
    _from(phone.step)
    _take(phone.page, "incident-phone")


def _from(message: Locator) -> None:
    """Scroll so that the picture begins with this message."""
    message.evaluate(
        """(one) => {
            const pane = one.closest(".scroll");
            pane.scrollTop += one.getBoundingClientRect().top - pane.getBoundingClientRect().top;
        }"""
    )


def _talk(ana: Person, lee: Person, channel: str) -> None:
    asked = ana.say(channel, "What changed before the scores went to zero?")
    found = lee.say(channel, "Version 42 took all traffic at nine. The same requests are fine on *41*.")
    lee.say(channel, "I compare the features of both now.", asked)
    ana.react(channel, found, "pushpin")


def _form(stage: Stage, browser: Browser) -> None:
    page = _window(browser)
    erik = Somebody(page, stage.slack.base_url, "erik").go("general")
    erik.type("/ml-incident open")
    erik.modal.get_by_role("combobox", name=re.compile("Model")).fill("sea")
    expect(erik.modal.get_by_role("option").first).to_be_visible()
    _take(page, "form", focused=True)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def _killed(stage: Stage, browser: Browser) -> None:
    """In the middle of an opening: what is owed waits."""
    page = _window(browser)
    erik = Somebody(page, stage.slack.base_url, "erik").go("general")
    stage.slack.hold("conversations.invite")
    erik.type("/ml-incident open search-ranker no results for half of the queries")
    stage.slack.held(10)
    erik.in_panel("Kill the bot")
    expect(erik.panel.get_by_text("The bot was killed")).to_be_visible()
    _take(page, "killed")
    stage.slack.clear_faults()
    erik.in_panel("Start it again")
    expect(erik.panel.locator("#owed")).to_have_text("0", timeout=60_000)


def _afterwards(stage: Stage, browser: Browser) -> None:
    """Resolved, a week later: the draft, the nag, the digest."""
    ana, channel = stage.slack.person("ana"), _channel(stage, 1)
    ana.command("update Payments are scored wrongly; we go back to version 41", channel=channel)
    ana.command("resolve back on version 41, and 42 is blocked", channel=channel)
    page = _window(browser)
    seen = Somebody(page, stage.slack.base_url, "ana").go(channel)
    draft = seen.messages.filter(has_text="review-INC-1.md").last
    draft.get_by_text("Read it here").click(timeout=20_000)
    draft.scroll_into_view_if_needed()
    _take(page, "review")
    for _ in range(8):
        seen.in_panel("+1 day")
    seen.in_panel("Next Monday 09:00")
    stage.slack.wait_for(lambda: any("overdue" in one["text"] for one in ana.dms()) or None, timeout=20)
    seen.go(ana.dm_channel())
    _take(page, "nag")
    Somebody(page, stage.slack.base_url, "lucia").go(DIGEST_CHANNEL)
    expect(page.get_by_text("Who owns what").last).to_be_visible()
    _take(page, "digest")


if __name__ == "__main__":
    main()
