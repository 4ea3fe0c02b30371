"""The demo's stage without its story, and a browser that notices every complaint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.stage import Stage
from bot.sandbox.client import SandboxSlack
from tests.browser.chromium import Complaints, chromium
from tests.browser.people import Somebody
from tests.browser.stages import staged
from tests.processes import start_sandbox
from tests.sandbox.boltbot import BoltBot, over_socket

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


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    """A workspace alone, without the bot."""
    with start_sandbox(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
def bot(slack: SandboxSlack) -> Iterator[BoltBot]:
    """A small app in it."""
    with over_socket(slack) as connected:
        yield connected
