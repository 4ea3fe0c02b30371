"""How quick the page is with 200 channels and 5,000 messages: `python -m tests.bench.page`. Needs Chromium."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bot.sandbox.client import SandboxSlack
from tests.browser.chromium import chromium
from tests.browser.test_page import crowded
from tests.processes import start_sandbox

MESSAGES, NEWS = 5000, 30


def main() -> None:
    """Fill a workspace, open its page, and time the first paint and new messages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with start_sandbox(folder, company=str(crowded(folder))) as slack:
            lee = slack.person("lee")
            for number in range(MESSAGES):
                lee.say("general", f"message {number} about *fraud-scorer*")
            _measure(slack)


def _measure(slack: SandboxSlack) -> None:
    with chromium() as browser:
        page = browser.new_page()
        paints, shown = [], []
        for _ in range(5):
            page.goto(f"{slack.base_url}/?as=ana&channel=general")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page.wait_for_function("performance.getEntriesByType('resource').some((one) => one.name.includes('/live'))")
        for number in range(NEWS):
            began = time.perf_counter()
            slack.person("lee").say("general", f"news number {number}")
            page.get_by_text(f"news number {number}", exact=True).wait_for(timeout=5000)
            shown.append((time.perf_counter() - began) * 1000)
    print(f"first paint: median {statistics.median(paints):.0f} ms, slowest {max(paints):.0f} ms (bound 1000 ms)")
    print(f"a new message shown: median {statistics.median(shown):.0f} ms, slowest {max(shown):.0f} ms (bound 200 ms)")


if __name__ == "__main__":
    main()
