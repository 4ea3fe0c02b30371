"""The same through Slack: the real bot as a process, and people who type, click, pin and tick in the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from bot.sandbox.person import Person
from tests.processes import ROOT, end, start_sandbox, wait_for_file

Json = dict[str, Any]


@contextmanager
def serving(tmp_path: Path, slack: SandboxSlack) -> Iterator[None]:
    """`ml-incident serve` over Socket Mode, on a database of its own."""
    ready, log = tmp_path / "bot.ready", tmp_path / "bot.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "ML_INCIDENT_"))}
    environment |= {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "SLACK_API_URL": f"{slack.base_url}/api/",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'incidents.db'}",
        "ML_INCIDENT_PORT": "0",
        "ML_INCIDENT_DIGEST_CHANNEL": "ml-ownership",
        "ML_INCIDENT_REGISTRY_FILE": str(ROOT / "deploy/examples/models.yaml"),
    }
    command = [sys.executable, "-m", "bot.main", "serve", "--ready-file", str(ready)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT, env=environment)
        try:
            wait_for_file(ready, process, log=log)
            yield
        finally:
            end(process)
    faults = [line for line in log.read_text("utf-8").splitlines() if "Traceback" in line or " ERROR " in line]
    assert faults == [], log.read_text("utf-8")


class Team:
    """The people of the company in the channel of one incident."""

    def __init__(self, slack: SandboxSlack) -> None:
        self.slack = slack
        self.erik = slack.person("erik")
        self.ana = slack.person("ana")
        self.kim = slack.person("kim")
        # The web server is ready a moment before the socket is connected and the catalogue is read.
        opening = "open fraud-scorer scores are all zero"
        slack.wait_for(lambda: "INC-1 " in self.erik.command(opening, "general").text, timeout=10)
        self.channel = str(slack.wait_for(self._opened, timeout=15)["name"])
        self.sees(lambda: self.card() is not None)

    def _opened(self) -> Json | None:
        found = [one for one in self.slack.channels() if one["name"].startswith("inc-1-")]
        # The model's owner is looked up first when the bot has only just started, and comes a moment later.
        return found[0] if found and {self.erik.id, self.ana.id} <= set(found[0]["members"]) else None

    def messages(self, channel: str | None = None, **more: str) -> list[Json]:
        return self.slack.messages(channel or self.channel, **more)

    def card(self) -> Json | None:
        return next((one for one in self.messages() if "statuses.severity" in str(one.get("blocks"))), None)

    def announcement(self) -> Json | None:
        return next((one for one in self.messages("ml-incidents") if "INC-1" in one["text"]), None)

    def said(self, words: str, channel: str | None = None, **more: str) -> Json | None:
        return next((one for one in self.messages(channel, **more) if words in one["text"]), None)

    def sees(self, what: Any, timeout: float = 10) -> Any:
        return self.slack.wait_for(what, timeout=timeout)

    def command(self, person: Person, text: str) -> str:
        reply = person.command(text, self.channel)
        assert reply.ok, reply
        return reply.text

    def click_card(self, person: Person, action_id: str) -> None:
        card = self.card()
        assert card is not None
        assert person.click(self.channel, card["ts"], action_id).ok


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with start_sandbox(tmp_path) as slack, serving(tmp_path, slack):
        yield Team(slack)


def in_thread(team: Team, words: str) -> bool:
    announcement = team.announcement()
    return announcement is not None and team.said(words, "ml-incidents", thread_ts=announcement["ts"]) is not None


def reacted(team: Team, ts: str, name: str, **more: str) -> bool:
    message = next(one for one in team.messages(**more) if one["ts"] == ts)
    return any(one["name"] == name for one in message.get("reactions") or [])


def test_an_incident_is_worked_from_severity_to_reopening(team: Team) -> None:
    team.click_card(team.kim, "statuses.severity")
    assert team.kim.fill_and_submit({"statuses.to": "sev2", "statuses.why": "the fallback holds"}).ok
    assert team.kim.view() is None
    team.sees(lambda: team.said("Why: the fallback holds"))
    team.sees(lambda: in_thread(team, "the fallback holds"))
    team.sees(lambda: "SEV2" in str(team.card()))

    team.command(team.erik, f"role commander <@{team.kim.id}|kim>")
    team.sees(lambda: any("You coordinate" in one["text"] for one in team.kim.dms()))
    team.sees(lambda: team.said("is Commander now"))
    team.sees(lambda: "Kim Tanaka" in team.slack.channel(team.channel)["topic"])

    team.click_card(team.kim, "updates.open")
    values = {"updates.impact": "One in five payments is declined", "updates.next-step": "Ana rolls back"}
    assert team.kim.fill_and_submit(values).ok
    team.sees(lambda: in_thread(team, "One in five payments is declined"))
    team.sees(lambda: "One in five payments is declined" in str(team.card()))

    team.command(team.kim, f"handoff commander <@{team.ana.id}|ana>")
    assert team.kim.fill_and_submit({"roles.state": "rolled back", "roles.risks": "the backlog"}).ok
    team.sees(lambda: team.said("the backlog"))

    assert "mitigated" in team.command(team.ana, "mitigate rolled back to 41")
    team.click_card(team.ana, "statuses.resolve")
    assert team.ana.fill_and_submit({"statuses.why": "version 41 serves again"}).ok
    team.sees(lambda: in_thread(team, "version 41 serves again"))
    team.sees(team.slack.files)
    team.command(team.ana, "reopen it is zero again")
    team.sees(lambda: team.said("Reopened by"))
    team.sees(lambda: "statuses.resolve" in str(team.card()))


def test_pins_and_ticks_on_messages_thread_replies_and_the_bots_own(team: Team) -> None:
    team.kim.join(team.channel)
    root = team.ana.say(team.channel, "precision fell at 13:40")
    team.kim.say(team.channel, "a message in between")
    reply = team.kim.say(team.channel, "because the country feature is <empty> & null", thread_ts=root)
    team.erik.react(team.channel, root, "pushpin")
    team.erik.react(team.channel, reply, "pushpin")
    team.ana.react(team.channel, reply, "ballot_box_with_check")
    team.sees(lambda: reacted(team, root, "white_check_mark"))
    team.sees(lambda: reacted(team, reply, "white_check_mark", thread_ts=root))
    team.sees(lambda: reacted(team, reply, "memo", thread_ts=root))
    assert "the country feature is" in team.command(team.ana, "action alert on nulls by 2031-01-31")

    team.command(team.erik, "note the job restarted")
    own = team.sees(lambda: team.said("noted: the job restarted"))
    team.ana.react(team.channel, own["ts"], "pushpin")
    team.sees(lambda: reacted(team, own["ts"], "white_check_mark"))

    team.ana.edit(team.channel, root, "precision fell at 13:50")
    team.erik.unreact(team.channel, reply, "pushpin")
    team.sees(lambda: not reacted(team, reply, "white_check_mark", thread_ts=root))
    team.kim.react("general", team.kim.say("general", "lunch?"), "pushpin")

    team.command(team.ana, "resolve restarted")
    (file,) = team.sees(
        lambda: [one for message in team.slack.messages(team.channel) for one in message.get("files") or []]
    )
    review = team.slack.file_text(file["id"])
    assert "precision fell at 13:50" in review
    assert "precision fell at 13:40" not in review
    assert "lunch" not in review
    assert "a message in between" not in review
    assert "ml-incident" in review
    assert "alert on nulls" in review
