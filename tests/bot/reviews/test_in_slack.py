"""The same through Slack: the real bot walks a playbook, drafts, reminds and posts its digest in the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox.client import SandboxSlack
from bot.sandbox.person import Person
from tests.bot.reviews.markdown_reader import read
from tests.bot_process import BotProcess
from tests.processes import ROOT, start_sandbox

Json = dict[str, Any]
NEVER = ("None", "U01ANAMOR", "U15ERIJOH", "U03KIMTAN", "{", "Traceback")


class Room:
    """The incident's channel."""

    def __init__(self, slack: SandboxSlack, bot: BotProcess) -> None:
        self.slack, self.bot = slack, bot
        self.ana, self.kim, self.erik = slack.person("ana"), slack.person("kim"), slack.person("erik")
        bot.wait_until_people_are_known()
        assert self.erik.command("open fraud-scorer scores are all zero").ok
        self.channel = str(slack.wait_for(self._opened, timeout=15)["name"])
        slack.wait_for(self.step, timeout=10)
        self.kim.join(self.channel)

    def _opened(self) -> Json | None:
        return next((one for one in self.slack.channels() if one["name"].startswith("inc-1-")), None)

    def _with(self, words: str) -> Json | None:
        found = [one for one in self.slack.messages(self.channel) if words in str(one.get("blocks"))]
        return found[-1] if found else None

    def step(self) -> Json | None:
        return self._with("runs.assign") or self._with("runs.offer")

    def review(self) -> Json | None:
        return self._with("reviews.fill") or self._with("Published by")

    def button(self, message: Json, label: str) -> Json:
        parts = [part for block in message["blocks"] for part in block.get("elements", [])]
        return next(part for part in parts if part.get("type") == "button" and part["text"]["text"] == label)

    def press(self, person: Person, label: str, message: Json | None = None, *, deliveries: int | None = None) -> None:
        shown = message or self.slack.wait_for(self.step, timeout=5)
        button = self.button(shown, label)
        reply = person.click(
            self.channel, shown["ts"], button["action_id"], value=button["value"], deliveries=deliveries
        )
        assert reply.ok, reply

    def sees(self, what: Any, timeout: float = 10) -> Any:
        return self.slack.wait_for(what, timeout=timeout)

    def step_says(self, words: str) -> Json:
        found: Json = self.sees(lambda: (step := self.step()) and words in step["text"] and step)
        return found


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """The bot on the sandbox's clock, as in the demo: time can be moved."""
    with start_sandbox(tmp_path) as slack:
        command = [sys.executable, "-m", "bot.demo.process", slack.base_url]
        bot = BotProcess(tmp_path, slack, f"sqlite:///{tmp_path / 'bot.db'}", command=command)
        bot.start()
        try:
            yield Room(slack, bot)
        finally:
            bot.stop()
        served = bot.log.read_text("utf-8").rpartition("stopping")[0].splitlines()
        faults = [line for line in served if "Traceback" in line or " ERROR " in line]
        assert faults == [], bot.log.read_text("utf-8")


def console(room: Room, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.main", *arguments],
        cwd=room.bot.folder,
        env={**room.bot.environment, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def test_two_people_walk_a_playbook_whose_message_is_edited_in_place(room: Room) -> None:
    first = room.step_says("step 1 of")
    hold = room.slack.hold("chat.update")
    room.press(room.ana, "Done", first, deliveries=3)
    room.press(room.kim, "Done", first)  # she still sees the first step
    room.slack.release(hold)
    decision = room.step_says("Is it real?")
    assert decision["ts"] == first["ts"]
    told = room.sees(room.kim.ephemerals)[-1]["text"]
    assert told.startswith(f"<@{room.ana.id}> was faster, and did “Say who leads”")

    room.press(room.kim, "Yes, it is real", decision)
    first_bad = datetime.fromtimestamp(room.slack.clock()["now"] - 1800, UTC)
    assert room.kim.fill_and_submit({"runs.evidence:first-bad": f"{first_bad:%Y-%m-%d %H:%M}"}).ok
    harm = room.step_says("Is somebody being harmed")
    room.press(room.ana, "Assign to me", harm)
    room.sees(lambda: "has it" in str(room.step()))
    room.press(room.kim, "Back")
    room.step_says("Is it real?")
    cards = [one for one in room.slack.messages(room.channel) if one["text"].startswith("SEV")]
    room.sees(lambda: "1/" in str(room._with("statuses.severity")))
    assert len(cards) == 1

    room.press(room.ana, "Skip")
    assert room.ana.fill_and_submit({"runs.reason": "everybody sees it"}).ok
    room.bot.kill()
    room.bot.start()
    room.sees(lambda: "Is it real?" not in str(room.step()))


def test_an_incident_ends_in_a_review_a_nag_and_a_digest(room: Room, tmp_path: Path) -> None:
    assert room.erik.command(f"role commander <@{room.kim.id}>", room.channel).ok
    assert room.kim.command("resolve rolled back to version 41", room.channel).ok
    room.sees(lambda: any("as it stands now" in one["text"] for one in room.slack.messages(room.channel)))
    [file] = room.slack.files()
    text = room.slack.file_text(file["id"])
    assert read(text).html == []
    assert "rolled back to version 41" in text
    for word in NEVER:
        assert word not in text
    message = room.sees(room.review)
    assert "Kim Tanaka" in text
    room.press(room.kim, "Send to review", message)
    room.sees(lambda: "Back to draft" in str(room.review()))
    reply = room.kim.click(room.channel, message["ts"], "reviews.publish", value="1")
    assert reply.ok
    room.sees(lambda: any("somebody has to answer" in one["text"] for one in room.kim.ephemerals()))

    assert "Wrote" in console(room, "review", "export", "INC-1", "-o", str(tmp_path / "out.md"))
    assert (tmp_path / "out.md").read_text("utf-8").startswith("# INC-1: scores are all zero")
    assert console(room, "review", "export", "1").startswith("# INC-1")
    assert "There is no review of INC-9" in console(room, "review", "export", "INC-9", code=1)
    assert "no incident" in console(room, "review", "export", "everything", code=2)
    printed = console(room, "digest", "preview")
    assert "exp-388 (threshold 0.7 for sellers in Italy) was to be cleaned up by 2026-08-31" in printed
    for word in (*NEVER, "<", "&lt;"):
        assert word not in printed

    now = datetime.fromtimestamp(room.slack.clock()["now"], UTC)
    day = now.astimezone(ZoneInfo(room.kim.profile["tz"])) + timedelta(days=12)
    day += timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)
    room.slack.advance((day.replace(hour=10, minute=30) - now).total_seconds())
    nag = room.sees(lambda: next((one for one in room.kim.dms() if "is overdue" in one["text"]), None), timeout=15)
    assert "Your review of INC-1 (scores are all zero) was due" in nag["text"]
    [digest] = room.sees(lambda: [one for one in room.slack.messages("ml-ownership") if "digest" in one["text"]])
    assert "The owner cannot be reached in Slack: 1" in digest["text"]
    lead = room.slack.person("omar")  # the owner of price-optimizer has left
    room.sees(lambda: any("Your models this week" in one["text"] for one in lead.dms()))


def test_a_broken_review_template_stops_the_start_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("incident_prefix: INC\n", "utf-8")
    (tmp_path / "review.md.j2").write_text("# {{ review.number }}\n{{ review.nonsense }}\n", "utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "ML_INCIDENT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "bot.main", "serve"],
        cwd=tmp_path,
        env={
            **environment,
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": "http://127.0.0.1:9/api/",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            "ML_INCIDENT_POLICY": str(tmp_path / "policy.yaml"),
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert f"{tmp_path / 'review.md.j2'}:2: the review template cannot be filled in" in done.stderr
    assert "Traceback" not in done.stderr
