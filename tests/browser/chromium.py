"""A real browser for the tests: Debian's Chromium, driven by playwright, without a word to anybody but loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """Where Chromium is. Raises RuntimeError with what to do when there is none: these tests fail, and never skip."""
    named = os.environ.get("ML_INCIDENT_TEST_CHROMIUM")
    if named and not shutil.which(named):
        raise RuntimeError(f"ML_INCIDENT_TEST_CHROMIUM names {named}, which is no program that can be run")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        raise RuntimeError(
            f"the browser tests need Chromium, and none of {', '.join(NAMES)} is on the PATH: install it "
            "(Debian: apt-get install chromium), or name it in ML_INCIDENT_TEST_CHROMIUM"
        )
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


class Complaints:
    """What a page complained about: errors on its console, requests that failed or were refused."""

    def __init__(self, page: Page) -> None:
        self.heard: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(f"{message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends its stream; that is no failure.
        if not (request.url.split("?")[0].endswith("/live") and request.failure == "net::ERR_ABORTED"):
            self.heard.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.heard.append(f"{response.status}: {response.url}")
