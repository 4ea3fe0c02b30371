"""What is pressed on the demo's page does as it says there: paused stands still, and running answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.promises.demos import Demo, playing
from tests.promises.test_demo_on_the_page import press, region, wait_until

pytestmark = pytest.mark.timeout(150)
RESTARTS = 6
"""The bot is up before Slack can reach it, by less than a second; so often, somebody typing at once falls into it."""


@contextmanager
def page_open(demo: Demo) -> Iterator[None]:
    """Somebody has the page open, as a browser holds it."""
    with httpx.Client(timeout=None) as http, http.stream("GET", f"{demo.slack.base_url}/live") as live:
        reading = threading.Thread(target=lambda: _drain(live), daemon=True)
        reading.start()
        demo.slack.wait_for(lambda: demo.slack.watchers() or None)
        yield


def _drain(live: httpx.Response) -> None:
    try:
        for _ in live.iter_raw():
            pass
    except (httpx.HTTPError, httpx.StreamError, OSError, ValueError):
        return  # the page was closed


def test_a_story_that_was_skipping_stands_still_when_it_says_paused(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        wait_until(demo, "story", "1 of 11")
        press(demo, what="story", wish="skip")
        press(demo, what="story", wish="pause")
        wait_until(demo, "story", "paused")
        time.sleep(2)  # what it was in the middle of
        held = region(demo, "story")
        time.sleep(4)
        assert region(demo, "story") == held
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        assert "could not go on" not in region(demo, "story")


def test_a_bot_that_is_shown_as_running_again_can_be_reached_at_once(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        erik = demo.slack.person("erik")
        for _ in range(RESTARTS):
            press(demo, what="backstage", wish="kill_bot")
            wait_until(demo, "switches", "Bot killed")
            press(demo, what="backstage", wish="start_bot")
            wait_until(demo, "switches", "Bot running")
            assert erik.command("who fraud-scorer").error == ""


def test_a_bot_that_finds_no_slack_is_not_starting_for_ever(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        press(demo, what="backstage", wish="kill_bot")
        wait_until(demo, "switches", "Bot killed")
        press(demo, what="fault", name="down", on="1")
        press(demo, what="backstage", wish="start_bot")
        wait_until(demo, "switches", "Bot running")  # and can be killed again


def test_the_incident_opens_by_itself_once_somebody_looks(tmp_path: Path) -> None:
    with playing(tmp_path) as demo, page_open(demo):
        demo.slack.wait_for(
            lambda: [one for one in demo.slack.channels() if one["name"].startswith("inc-1-")] or None, timeout=30
        )
