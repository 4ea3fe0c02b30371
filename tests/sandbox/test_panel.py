"""The side panel: time that passes, faults that last, wishes that reach whoever runs the bot, and explanations."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.sandbox.client import SandboxSlack
from tests.processes import start_sandbox

Json = dict[str, Any]
RULES = [
    {"on": "act", "what": "say", "text": "secret", "says": "a secret was said", "docs": "docs/a.md#b"},
    {"on": "act", "what": "say", "says": "something was said", "code": "bot/x.py"},
    {"on": "call", "method": "chat.postMessage", "channel": "^payments$", "says": "posted to payments"},
    {"on": "call", "method": "chat.postMessage", "args": {"text": "^x"}, "says": "posted an x"},
    {"on": "time", "says": "time passed"},
    {"on": "fault", "name": "down", "what": "on", "says": "Slack is down"},
    {"on": "bot", "what": "stopped", "says": "the bot was killed"},
    {"on": "registry", "what": "down", "says": "no registry"},
]


@pytest.fixture
def guided(tmp_path: Path) -> Iterator[SandboxSlack]:
    """A sandbox with a guide."""
    doc = tmp_path / "a.md"
    doc.write_text("# A\n\n## B\n", "utf-8")
    commands = [{"usage": "/ml-incident open", "says": "opens"}]
    guide = {"zone": "Asia/Tokyo", "commands": commands, "explained": RULES, "sources": {"docs/a.md": str(doc)}}
    path = tmp_path / "guide.json"
    path.write_text(json.dumps(guide), "utf-8")
    with start_sandbox(tmp_path, guide=str(path)) as slack:
        yield slack


def press(slack: SandboxSlack, **form: str) -> Json:
    """Press something in the panel, as the page's script does."""
    found: Json = httpx.post(f"{slack.base_url}/panel", data=form, headers={"Accept": "application/json"}).json()
    return found


def page(slack: SandboxSlack, who: str = "ana") -> str:
    return httpx.get(slack.base_url, params={"as": who}).text


def happened(slack: SandboxSlack) -> str:
    text = page(slack)
    return text[text.index('<section id="happened"') :]


def test_time_passes_by_the_buttons(guided: SandboxSlack) -> None:
    for seconds in ("900", "3600", "86400"):
        before = guided.clock()["offset"]
        assert press(guided, what="advance", seconds=seconds)["ok"]
        assert guided.clock()["offset"] - before == float(seconds)


def test_monday_at_nine_is_that_of_the_guides_zone_and_always_ahead(guided: SandboxSlack) -> None:
    last = guided.clock()["now"]
    for _ in range(2):
        press(guided, what="advance", until="monday")
        now = guided.clock()["now"]
        there = datetime.fromtimestamp(now, ZoneInfo("Asia/Tokyo"))
        assert (there.weekday(), there.hour, there.minute) == (0, 9, 0)
        assert now > last
        last = now
    assert "Next Monday 09:00 (Asia/Tokyo)" in page(guided)


@pytest.mark.parametrize("seconds", ["-5", "0", "nan", "1e99", "soon"])
def test_time_never_passes_backwards_or_by_nonsense(guided: SandboxSlack, seconds: str) -> None:
    answer = press(guided, what="advance", seconds=seconds)
    assert not answer["ok"]
    assert answer["said"]
    assert guided.clock()["offset"] == 0


def test_a_fault_lasts_until_it_is_switched_off(guided: SandboxSlack) -> None:
    def call() -> int:
        return httpx.get(f"{guided.api_url}auth.test", headers={"Authorization": "Bearer xoxb-sandbox"}).status_code

    press(guided, what="fault", name="down", on="1")
    assert [call() for _ in range(3)] == [502, 502, 502]
    assert 'aria-pressed="true" title="Every call is answered with 502."' in page(guided)
    press(guided, what="fault", name="down", on="0")
    assert call() == 200
    press(guided, what="fault", name="limited", on="1")
    assert call() == 429
    guided.clear_faults()
    assert call() == 200
    press(guided, what="fault", name="lost", on="1")
    with pytest.raises(httpx.RemoteProtocolError):
        call()
    assert "no fault that lasts is called odd" in press(guided, what="fault", name="odd", on="1")["said"]


def test_the_bots_switches_are_there_only_while_somebody_reports(guided: SandboxSlack) -> None:
    assert "Kill the bot" not in page(guided)
    assert "it runs the bot itself" in press(guided, what="backstage", wish="kill_bot")["said"]
    guided.backstage({"bot": "running", "owed": 7, "gave_up": 0, "registry": "up", "breakable": True})
    shown = page(guided)
    assert "Kill the bot" in shown
    assert '<dd id="owed" class="warn">7</dd>' in shown


def test_a_wish_reaches_whoever_reports_at_once(guided: SandboxSlack) -> None:
    report = {"bot": "running", "owed": 0, "gave_up": 0, "registry": "up"}
    guided.backstage(report)
    taken: list[str] = []
    waiting = threading.Thread(target=lambda: taken.extend(guided.backstage(report)))
    waiting.start()
    assert press(guided, what="backstage", wish="kill_bot")["ok"]
    waiting.join(5)
    assert taken + guided.backstage(report) == ["kill_bot"]
    assert "nobody can fly here" in press(guided, what="story", wish="fly")["said"]


def test_a_story_is_told_with_its_place_and_ends_with_things_to_try(guided: SandboxSlack) -> None:
    assert '<section id="story"' in page(guided)
    guided.backstage({"bot": "running", "owed": 0, "gave_up": 0, "registry": "up"})
    scene = {"n": 2, "of": 9, "title": "Open", "said": "One line", "as": "erik", "channel": "general"}
    guided.tell_story({**scene, "state": "playing"})
    shown = page(guided)
    assert 'data-follow="/?as=erik&amp;channel=general"' in shown
    assert "2 of 9" in shown
    assert ">Pause<" in shown
    guided.tell_story({**scene, "state": "paused"})
    assert ">Play<" in page(guided)
    tries = [
        {"title": "Try this", "said": "And see", "as": "erik", "channel": "general", "text": "/ml-incident open x"}
    ]
    guided.tell_story({**scene, "state": "over", "tries": tries})
    assert 'href="/?as=erik&amp;channel=general&amp;text=%2Fml-incident+open+x"' in page(guided)
    assert "/ml-incident open x</textarea>" in httpx.get(
        guided.base_url, params={"as": "erik", "text": "/ml-incident open x"}
    ).text  # fmt: skip


def test_what_happens_is_explained_once_with_where_it_lives(guided: SandboxSlack) -> None:
    ana = guided.person("ana")
    ana.say("general", "a secret word")
    ana.say("general", "plain words")
    ana.say("general", "more words")
    shown = happened(guided)
    assert shown.index("something was said") < shown.index("a secret was said")
    assert shown.count("something was said") == 1
    assert "×2" in shown
    assert '<a href="/source/docs/a.md#b"' in shown
    assert "<span>bot/x.py</span>" in shown  # not among the files that can be read here
    assert '<h2 id="b">' in httpx.get(f"{guided.base_url}/source/docs/a.md").text
    assert httpx.get(f"{guided.base_url}/source/bot/x.py").status_code == 404


def test_calls_time_faults_and_reports_are_explained(guided: SandboxSlack) -> None:
    token = {"Authorization": "Bearer xoxb-sandbox"}
    for channel, text in (("C01GENERAL", "y"), ("C01GENERAL", "xy"), ("C04PAYMENT", "y")):
        guided.person("ana").join(channel)
        httpx.post(f"{guided.api_url}chat.postMessage", data={"channel": channel, "text": text}, headers=token)
    press(guided, what="advance", seconds="900")
    press(guided, what="fault", name="down", on="1")
    guided.backstage({"bot": "running", "registry": "up"})
    guided.backstage({"bot": "stopped", "registry": "down"})
    shown = happened(guided)
    for says in ("posted an x", "time passed", "Slack is down", "the bot was killed", "no registry"):
        assert says in shown, says
    assert shown.count("posted") == 1  # the bot is not in #payments, and what was refused did not happen


def test_a_guide_completes_commands(guided: SandboxSlack) -> None:
    assert '"usage": "/ml-incident open"' in page(guided)


def test_a_form_without_a_script_goes_back_to_where_it_was_pressed_and_nowhere_else(guided: SandboxSlack) -> None:
    for back, then in (("/?as=lee", "/?as=lee"), ("https://evil.example.com/", "/"), ("//evil.example.com/?", "/")):
        answer = httpx.post(f"{guided.base_url}/panel", data={"what": "advance", "seconds": "900", "back": back})
        assert answer.status_code == 303
        assert answer.headers["location"] == then
