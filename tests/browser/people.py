"""One of the people of the demo company at the page: what they see and do, by the words that stand there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Somebody:
    """Somebody with the page open."""

    def __init__(self, page: Page, base_url: str, name: str) -> None:
        self.page = page
        self.name = name
        self._base_url = base_url

    def go(self, channel: str) -> Somebody:
        """Open a channel by its address."""
        self.page.goto(f"{self._base_url}/?as={self.name}&channel={channel}")
        self.ready()
        return self

    def become(self, label: re.Pattern[str]) -> None:
        """Act as somebody else from now on, who is chosen in the sidebar."""
        acting = self.page.get_by_label("You act as")
        words = next(one for one in acting.locator("option").all_inner_texts() if label.search(one))
        with self.page.expect_navigation():
            acting.select_option(words)
        self.ready()

    def follow(self, link: str | re.Pattern[str]) -> None:
        """Open a channel from the sidebar."""
        with self.page.expect_navigation():
            self.page.get_by_role("navigation").get_by_role("link", name=link).click()
        self.ready()

    def type(self, text: str) -> None:
        """Type into the composer and send it."""
        self.page.locator("#composer").fill(text)
        self.page.keyboard.press("Enter")

    def ready(self) -> None:
        """Wait until the page's script listens."""
        expect(self.page.locator("html")).to_have_attribute("data-ready", "yes")

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("region", name="Messages").get_by_role("article")

    def message(self, words: str | re.Pattern[str]) -> Locator:
        """The newest message with these words."""
        return self.messages.filter(has_text=words).last

    @property
    def step(self) -> Locator:
        """The playbook's step."""
        return self.messages.filter(has=self.page.get_by_role("button", name="Another playbook")).last

    @property
    def modal(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name="Behind the scenes")

    def in_panel(self, button: str) -> None:
        self.panel.get_by_role("button", name=button).click()
