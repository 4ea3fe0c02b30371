"""The demo's stage without its story, and a browser that notices every complaint."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.hands import Stagehand
from bot.demo.pace import Pace
from bot.demo.play import demo_production
from bot.demo.stage import Stage, running
from tests.browser.chromium import Complaints, chromium
from tests.browser.people import Somebody

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A workspace and a bot of this test's own, with somebody who kills and starts it as the page wishes."""
    with running(demo_production(0)) as set_up, Stagehand(set_up, Pace(slowly=False)):
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
