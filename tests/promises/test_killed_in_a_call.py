"""An action that two people agreed on is done once and told once, at whatever instant the bot is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.client import Json, SandboxSlack
from bot.sandbox.person import Person
from tests.bot.connections.service import Asked, Service, Told, serve
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

PLAYBOOK = """\
schema: ml-incident.playbook/v1
id: flag
title: Turn it off
version: "1"
owner: "@me"
review_by: 2099-01-01
applies_to: {failure_modes: [config-migration]}
steps:
  - id: turn
    kind: action
    title: Turn the flag off
    http: {connection: flags, method: PUT, path: /flag, body: {on: "no"}}
    before: {path: /flag, pointer: /on}
    approval: [anyone]
    reversible: at-once
    manual: By hand.
    undo: {manual: By hand, request: {method: PUT, path: /flag, body: {on: "{before}"}}}
  - {id: then, title: Look whether it helped, do: Look}
  - {id: end, kind: end, title: End}
"""


class Flag:
    """A flag whose answers can be held back; `changes` counts how often it really changed."""

    def __init__(self) -> None:
        self.on = "yes"
        self.changes = 0
        self.hold = ""
        self.held, self.go_on = threading.Event(), threading.Event()

    def __call__(self, asked: Asked) -> Told | None:
        if asked.method == "PUT" and self.hold:
            when, self.hold = self.hold, ""
            if when == "after":
                self._change(asked)
            self.held.set()
            self.go_on.wait(30)
            return None  # nobody is there any more to be answered
        if asked.method == "PUT":
            self._change(asked)
        return Told({"on": self.on})

    def _change(self, asked: Asked) -> None:
        self.changes += self.on != asked.json["on"]
        self.on = asked.json["on"]


@pytest.fixture
def flag() -> Iterator[Flag]:
    made = Flag()
    yield made
    made.go_on.set()


@pytest.fixture
def service(flag: Flag) -> Iterator[Service]:
    with serve(flag) as running:
        yield running


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[SandboxSlack]:
    with start_sandbox(tmp_path) as started:
        yield started


@pytest.fixture
def bot(tmp_path: Path, slack: SandboxSlack, service: Service) -> Iterator[BotProcess]:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "flag.yaml").write_text(PLAYBOOK, "utf-8")
    (tmp_path / "connections.yaml").write_text(
        f"connections: {{flags: {{kind: http, base_url: {service.url}, methods: [GET, PUT]}}}}", "utf-8"
    )
    made = BotProcess(
        tmp_path,
        slack,
        sqlite_url(tmp_path),
        ML_INCIDENT_PLAYBOOKS=str(tmp_path / "own"),
        ML_INCIDENT_CONNECTIONS=str(tmp_path / "connections.yaml"),
    )
    made.start()
    yield made
    made.stop()


class Room:
    """The incident's channel."""

    def __init__(self, slack: SandboxSlack, playbook: str = "flag") -> None:
        self.slack = slack
        self.erik, self.kim = slack.person("erik"), slack.person("kim")
        assert self.erik.command("open fraud-scorer the flag is wrong").ok
        self.channel = str(slack.wait_for(self._opened, timeout=15)["name"])
        slack.wait_for(lambda: self._saying("Say who leads"), timeout=15)
        assert self.erik.command(f"playbook {playbook}", channel=self.channel).ok
        self.kim.join(self.channel)

    def _opened(self) -> Json | None:
        return next((one for one in self.slack.channels() if one["name"].startswith("inc-1-")), None)

    def _saying(self, words: str) -> Json | None:
        return next((one for one in self.slack.messages(self.channel) if words in str(one)), None)

    def press(self, who: Person, label: str) -> None:
        message, button = self.slack.wait_for(lambda: self._button(label), timeout=15)
        assert who.click(self.channel, message["ts"], button["action_id"], value=button["value"]).ok

    def _button(self, label: str) -> tuple[Json, Json] | None:
        for message in self.slack.messages(self.channel):
            for block in message.get("blocks") or []:
                for part in block.get("elements", []):
                    if part.get("type") == "button" and part["text"]["text"] == label:
                        return message, part
        return None

    def sees(self, words: str) -> Json:
        return self.slack.wait_for(lambda: self._saying(words), timeout=30)

    def told(self, words: str) -> int:
        """How many messages of the channel say this."""
        return sum(words in str(one.get("text")) for one in self.slack.messages(self.channel))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_bot_is_killed_while_it_sends_what_was_approved(
    when: str, bot: BotProcess, slack: SandboxSlack, flag: Flag
) -> None:
    room = Room(slack)
    room.press(room.erik, "Ask for approval")
    flag.hold = when
    room.press(room.kim, "Approve")
    assert flag.held.wait(20)
    bot.kill()
    flag.go_on.set()
    bot.start()
    room.sees("Look whether it helped")
    assert (flag.on, flag.changes) == ("no", 1)
    room.sees("approved by Kim Tanaka")
    assert room.told("approved by Kim Tanaka") == 1
    flag.held.clear()
    flag.go_on.clear()
    flag.hold = when
    room.press(room.kim, "Undo")
    assert flag.held.wait(20)
    bot.kill()
    flag.go_on.set()
    bot.start()
    room.sees("Taken back by Kim Tanaka")
    assert (flag.on, flag.changes, room.told("Taken back by")) == ("yes", 2, 1)


RESTART = """\
schema: ml-incident.playbook/v1
id: restart
title: Restart it
version: "1"
owner: "@me"
review_by: 2099-01-01
steps:
  - id: restart
    kind: action
    title: Restart the server
    http: {connection: flags, method: POST, path: /restart}
    approval: [anyone]
    reversible: never
    manual: By hand.
    undo: It cannot be taken back.
  - {id: end, kind: end, title: End}
"""


@pytest.mark.timeout(120)
def test_what_cannot_be_sent_twice_without_harm_is_not_sent_again_and_people_are_told_to_look(
    tmp_path: Path, bot: BotProcess, slack: SandboxSlack, service: Service
) -> None:
    held, go_on = threading.Event(), threading.Event()

    def restart(asked: Asked) -> Told | None:
        if asked.method == "POST":
            held.set()
            go_on.wait(30)
            return None
        return Told({})

    service.answer = restart
    bot.kill()
    (tmp_path / "own" / "restart.yaml").write_text(RESTART, "utf-8")
    connections = tmp_path / "connections.yaml"
    connections.write_text(connections.read_text("utf-8").replace("[GET, PUT]", "[GET, POST]"), "utf-8")
    bot.start()
    room = Room(slack, playbook="restart")
    room.press(room.erik, "Ask for approval")
    room.press(room.kim, "Approve")
    assert held.wait(20)
    bot.kill()
    go_on.set()
    bot.start()
    room.sees("nobody knows whether it took effect")
    assert len(service.writes) == 1
