"""The demo as somebody at the page drives it: paused, skipped, killed, healed, and never left behind."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.promises.demos import Demo, playing

Json = dict[str, Any]
pytestmark = pytest.mark.timeout(120)


def press(demo: Demo, **form: str) -> Json:
    found: Json = httpx.post(
        f"{demo.slack.base_url}/panel", data=form, headers={"Accept": "application/json"}, timeout=10
    ).json()
    return found


def region(demo: Demo, name: str) -> str:
    """A region of the page, as it is read."""
    page = httpx.get(demo.slack.base_url, timeout=10).text
    start = page.index(f'<section id="{name}"')
    return " ".join(re.sub(r"<[^>]+>", " ", page[start : page.index("</section>", start)]).split())


def wait_until(demo: Demo, name: str, words: str, timeout: float = 30) -> None:
    try:
        demo.slack.wait_for(lambda: words in region(demo, name) or None, timeout=timeout)
    except TimeoutError:
        raise AssertionError(f"“{words}” never came: {region(demo, name)}\n{demo.log.read_text('utf-8')}") from None


def bot_of(demo: Demo) -> psutil.Process:
    return next(one for one in demo.children if "bot.demo.process" in " ".join(one.cmdline()))


def test_the_story_is_paused_and_goes_on_and_is_skipped_to_its_end(tmp_path: Path) -> None:
    began = time.monotonic()
    with playing(tmp_path) as demo:
        wait_until(demo, "story", "1 of 11")
        assert press(demo, what="story", wish="next")["ok"]
        wait_until(demo, "story", "2 of 11")
        assert time.monotonic() - began < 25  # without anybody at the page it waits eight seconds
        press(demo, what="story", wish="pause")
        wait_until(demo, "story", "paused")
        calls = len(demo.slack.calls())
        time.sleep(1.5)
        assert "paused" in region(demo, "story")
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        assert len(demo.slack.calls()) > calls
        assert (tmp_path / "review-INC-1.md").read_text("utf-8").startswith("# INC-1")
        assert "Kill the bot in the middle" in region(demo, "story")
        assert demo.process.poll() is None


def test_the_bot_is_killed_and_started_from_the_page_and_what_it_owed_is_done_once(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        first = bot_of(demo).pid
        demo.slack.hold("conversations.invite")
        demo.slack.person("erik").command("open search-ranker nothing is found")
        assert demo.slack.held(10) is not None
        press(demo, what="backstage", wish="kill_bot")
        wait_until(demo, "switches", "killed")
        assert not psutil.pid_exists(first)
        assert re.search(r"Owed to Slack [1-9]", region(demo, "switches"))
        demo.slack.clear_faults()
        press(demo, what="backstage", wish="start_bot")
        wait_until(demo, "switches", "Bot running Owed to Slack 0", timeout=60)
        assert bot_of(demo).pid != first
        channels = [one for one in demo.slack.channels() if one["name"].startswith("inc-2-")]
        assert len(channels) == 1
        cards = [one for one in demo.slack.messages(channels[0]["name"]) if "*Consumers*" in str(one.get("blocks"))]
        assert len(cards) == 1


def test_the_story_waits_while_the_bot_is_dead_and_goes_on_with_it(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        wait_until(demo, "story", "2 of 11")
        press(demo, what="backstage", wish="kill_bot")
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "waits until the bot is started again", timeout=60)
        press(demo, what="backstage", wish="start_bot")
        wait_until(demo, "story", "Your turn", timeout=90)
        assert "Traceback" not in demo.log.read_text("utf-8")
        assert (tmp_path / "review-INC-1.md").exists()


def test_the_story_that_somebody_spoils_is_handed_over_kindly(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        wait_until(demo, "story", "2 of 11")
        scene = next(one for one in demo.slack.channels() if one["name"].startswith("inc-1-"))
        demo.slack.person("erik").command("resolve it was nothing", channel=scene["name"])
        demo.slack.configure(scopes=["commands"])
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "could not go on", timeout=60)
        assert "Traceback" not in demo.log.read_text("utf-8")


def test_the_registry_is_broken_and_mended_from_the_page(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        press(demo, what="story", wish="skip")
        wait_until(demo, "story", "Your turn", timeout=60)
        press(demo, what="backstage", wish="registry_down")
        wait_until(demo, "switches", "Registry unreadable")
        erik = demo.slack.person("erik")
        demo.slack.wait_for(lambda: "until it is mended" in erik.command("models").text or None, timeout=20)
        assert "INC-2 is open" in erik.command("open fraud-scorer zero again").text
        press(demo, what="backstage", wish="registry_up")
        wait_until(demo, "switches", "Registry readable")


def test_a_demo_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        children = demo.slack.wait_for(lambda: found if len(found := demo.children) >= 2 else None, timeout=20)
        demo.process.send_signal(signal.SIGKILL)
        demo.process.wait(5)
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []
