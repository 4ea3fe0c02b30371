"""The side panel: time that passes, faults that last, wishes that reach whoever runs the bot, and explanations."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.sandbox.client import SandboxSlack
from tests.processes import ROOT, start_sandbox

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


def test_somebody_leaves_and_is_offered_no_more(guided: SandboxSlack) -> None:
    def offered() -> str:
        return page(guided).partition('id="leaver"')[2].partition("</select>")[0]

    assert "Ana Moreau" not in offered(), "whoever the reader acts as stays"
    lee = guided.person("lee").id
    assert lee in offered()
    assert press(guided, what="leave", who=lee)["ok"]
    assert [one["id"] for one in guided.people() if one["deleted"] and one["id"] == lee] == [lee]
    assert lee not in offered()
    assert "deactivated" in press(guided, what="leave", who=lee)["said"]
    assert "nobody" in press(guided, what="leave", who="U404")["said"]


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


def test_monday_at_nine_is_nine_also_after_the_clocks_have_changed(tmp_path: Path) -> None:
    zone = ZoneInfo("Europe/Berlin")
    path = tmp_path / "guide.json"
    path.write_text(json.dumps({"zone": "Europe/Berlin"}), "utf-8")
    with start_sandbox(tmp_path, guide=str(path)) as slack:
        for month in (3, 10):  # the Friday before the last Sunday: summer time begins or ends until Monday
            now = slack.clock()["now"]
            year = next(y for y in range(2024, 2200) if _friday(y, month, zone) > now)
            slack.advance(_friday(year, month, zone) - now)
            press(slack, what="advance", until="monday")
            there = datetime.fromtimestamp(slack.clock()["now"], zone)
            assert (there.weekday(), there.hour, there.minute) == (0, 9, 0)


def _friday(year: int, month: int, zone: ZoneInfo) -> float:
    """Noon of the Friday before the last Sunday of a month of 31 days."""
    last = datetime(year, month, 31, 12, tzinfo=zone)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    return (sunday - timedelta(days=2)).timestamp()


def test_a_call_that_got_no_answer_does_not_silence_what_happens_later(guided: SandboxSlack) -> None:
    token = {"Authorization": "Bearer xoxb-sandbox"}
    post = {"channel": "C01GENERAL", "text": "x"}
    guided.fault("chat.postMessage", "drop_before")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{guided.api_url}chat.postMessage", data=post, headers=token)
    httpx.post(f"{guided.api_url}chat.postMessage", data=post, headers=token)
    assert "posted an x" in happened(guided)


def test_time_that_a_story_lets_pass_is_explained_too(guided: SandboxSlack) -> None:
    assert "time passed" not in happened(guided)
    guided.advance(900)
    assert "time passed" in happened(guided)


def test_a_bot_that_is_reached_by_signed_requests_is_connected(tmp_path: Path) -> None:
    with start_sandbox(tmp_path) as slack:
        assert "No bot is connected." in page(slack)
        slack.configure(events_url="http://127.0.0.1:9/slack/events")
        assert "No bot is connected." not in page(slack)


def test_what_cannot_be_pressed_is_said_in_words_for_people_without_a_script_too(guided: SandboxSlack) -> None:
    assert "could not convert" not in press(guided, what="advance", seconds="soon")["said"]
    answer = httpx.post(f"{guided.base_url}/panel", data={"what": "advance", "seconds": "-1", "back": "/"})
    assert "forwards" in httpx.get(guided.base_url + answer.headers["location"]).text


def test_a_guide_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    broken, list_ = tmp_path / "broken.json", tmp_path / "list.json"
    broken.write_text("{", "utf-8")
    list_.write_text("[]", "utf-8")
    for path in (tmp_path / "none.json", broken, list_):
        command = [sys.executable, "-m", "bot.sandbox.server", "--port", "0", "--guide", str(path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
        assert ended.returncode == 2
        assert f"error: the guide {path} " in ended.stderr
        assert "Traceback" not in ended.stderr


def test_a_button_whose_words_change_keeps_its_id_so_that_the_keyboard_stays_on_it(guided: SandboxSlack) -> None:
    guided.backstage({"bot": "running", "owed": 0, "gave_up": 0, "registry": "up", "breakable": True})
    scene = {"n": 1, "of": 9, "title": "Open", "said": "One line"}
    for name, on, registry, state in (("Down", "0", "up", "playing"), ("Down: on", "1", "down", "paused")):
        press(guided, what="fault", name="down", on=on)
        guided.backstage({"bot": "running", "owed": 0, "gave_up": 0, "registry": registry, "breakable": True})
        guided.tell_story({**scene, "state": state})
        words = dict(re.findall(r'<button class="[^"]*" id="([^"]+)"[^>]*>([^<]*)</button>', page(guided)))
        assert words["switch-down"] == name
        assert words["registry"] == ("Make models.yaml unreadable" if registry == "up" else "Mend models.yaml")
        assert words["story-pace"] == ("Pause" if state == "playing" else "Play")


def test_a_command_that_there_is_not_is_refused_at_once(guided: SandboxSlack) -> None:
    form = {"as": "ana", "channel": "general", "what": "say", "text": "/ml-inciden open"}
    answer = httpx.post(f"{guided.base_url}/act", data=form, headers={"Accept": "application/json"}, timeout=2).json()
    assert answer["said"] == "/ml-inciden is no command here; there is /ml-incident."
