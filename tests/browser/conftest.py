"""The demo's stage without its story, and a browser that notices every complaint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.stage import Stage
from tests.browser.chromium import Complaints, chromium
from tests.browser.people import Somebody
from tests.browser.stages import staged

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A workspace and a bot of this test's own."""
    with staged() as set_up:
        yield set_up


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A desktop's window. The test fails for an error on the console, or a request that failed."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    complaints = Complaints(opened)
    yield opened
    context.close()
    assert complaints.heard == []


@pytest.fixture
def erik(stage: Stage, page: Page) -> Somebody:
    """Erik, on call, in #general."""
    return Somebody(page, stage.slack.base_url, "erik").go("general")
