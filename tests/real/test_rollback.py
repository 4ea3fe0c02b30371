"""One bad rollout from opening to resolving, with buttons alone: a real MLflow, the whole bot, two pairs of eyes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.client import SandboxSlack
from bot.sandbox.person import Person
from tests.bot.connections.service import Asked, Service, Told, serve
from tests.bot_process import BotProcess
from tests.processes import start_sandbox
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Json = dict[str, Any]
CONNECTIONS = """
connections:
  mlflow: {{kind: mlflow, methods: [GET, POST]}}
  serving: {{kind: serving, base_url: {serving}, version: {{path: "/models/{{model.name}}", pointer: /version}}}}
"""


class Endpoint:
    """What answers customers: it has loaded a version, whatever the registry says."""

    def __init__(self) -> None:
        self.version = "2"

    def __call__(self, asked: Asked) -> Told:
        return Told({"model": asked.target.rpartition("/")[2], "version": self.version})


PEOPLE = {"ana@example.com", "kim@example.com", "erik@example.com"}


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def serving(endpoint: Endpoint) -> Iterator[Service]:
    with serve(endpoint) as running:
        yield running


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[MlflowServer]:
    """Version 2 was promoted a while ago; version 1 was the last good one, version 3 is blocked."""
    with mlflow_server(tmp_path) as server:
        people = {"owner": "ana@example.com", "poc.dsp": "kim@example.com", "poc.product": "erik@example.com"}
        server.register("fraud-scorer", tier="1", mode="online", team="Risk", **people)
        first, second = server.add_version("fraud-scorer"), server.add_version("fraud-scorer")
        server.point("fraud-scorer", "champion", second)
        server.point("fraud-scorer", "rollback", first)
        yield server


class Room:
    """The incident's channel, and whoever presses its buttons."""

    def __init__(self, slack: SandboxSlack, bot: BotProcess) -> None:
        self.slack, self.bot = slack, bot
        self.ana, self.kim, self.erik = (slack.person(name) for name in ("ana", "kim", "erik"))

    def open(self) -> None:
        self.erik.command("open")
        self.slack.wait_for(self.erik.view, timeout=10)
        what = "Scores are all alike since the release"
        filled = {"opening.model": "fraud-scorer", "opening.what": what, "opening.failure-mode": "bad-rollout"}
        assert self.erik.fill_and_submit(filled).ok
        found = lambda: next((one for one in self.slack.channels() if one["name"].startswith("inc-1-")), None)  # noqa: E731
        self.channel = str(self.slack.wait_for(found, timeout=15)["name"])
        self.slack.wait_for(lambda: self.step() and self._card(), timeout=15)
        for person in (self.ana, self.kim, self.erik):
            person.join(self.channel)

    def _newest(self, *ids: str) -> Json | None:
        for message in reversed(self.slack.messages(self.channel)):
            if any(part.get("action_id") in ids for part in buttons(message)):
                return message
        return None

    def step(self) -> Json | None:
        return self._newest("runs.offer")

    def _card(self) -> Json | None:
        return self._newest("statuses.severity", "statuses.reopen")

    def says(self, words: str) -> Json:
        """The step's message, once these words stand in it."""
        try:
            return self.slack.wait_for(lambda: ((one := self.step()) and words in str(one) and one) or None, timeout=15)
        except Exception as late:
            raise AssertionError(f"no “{words}” in: {(self.step() or {}).get('text')} {self.step()}") from late

    def press(self, who: Person, label: str, **form: str) -> None:
        """Press a button of the step, and send the form that it opens; fields by the last word of their ids."""
        before = self.slack.wait_for(lambda: self._with(label), timeout=15)
        self._press(who, before, label, form)
        try:
            self.slack.wait_for(lambda: self.step() != before or None, timeout=15)
        except TimeoutError:
            heard = [one["text"] for one in who.ephemerals()[-2:]]
            raise AssertionError(f"“{label}” changed nothing; told: {heard}; view: {who.view()}") from None

    def _with(self, label: str) -> Json | None:
        shown = self.step()
        return shown if shown and label in [part["text"]["text"] for part in buttons(shown)] else None

    def refused(self, who: Person, label: str) -> str:
        """What somebody is told whose press changes nothing."""
        count, shown = len(who.ephemerals()), self.slack.wait_for(lambda: self._with(label), timeout=15)
        self._press(who, shown, label, {})
        heard = self.slack.wait_for(lambda: who.ephemerals()[count:] or None, timeout=10)
        return str(heard[-1]["text"])

    def card(self, who: Person, label: str, **form: str) -> None:
        self._press(who, self.slack.wait_for(self._card), label, form)

    def _press(self, who: Person, message: Json, label: str, form: dict[str, str]) -> None:
        button = next(part for part in buttons(message) if part["text"]["text"] == label)
        assert who.click(self.channel, message["ts"], button["action_id"], value=button["value"]).ok
        if not form:
            assert who.view() is None, f"“{label}” asks: {who.view()}"
            return
        self.slack.wait_for(who.view, timeout=10)
        view = who.view()
        assert view is not None
        inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
        filled = {block: form[name] for block in inputs for name in form if block.split(":")[-1].split(".")[-1] == name}
        assert len(filled) == len(form), (inputs, form)
        reply = who.fill_and_submit(filled)
        assert not reply.body, reply.body

    def review(self) -> str:
        uploaded = self.slack.wait_for(lambda: self.slack.files() or None, timeout=20)
        return self.slack.file_text(uploaded[-1]["id"])


def buttons(message: Json) -> list[Json]:
    return [
        part
        for block in message.get("blocks") or []
        for part in [*block.get("elements", []), block.get("accessory") or {}]
        if part.get("type") == "button"
    ]


@pytest.fixture
def room(tmp_path: Path, registry: MlflowServer, serving: Service) -> Iterator[Room]:
    (tmp_path / "connections.yaml").write_text(CONNECTIONS.format(serving=serving.url), "utf-8")
    with start_sandbox(tmp_path) as slack:
        bot = BotProcess(
            tmp_path,
            slack,
            f"sqlite:///{tmp_path / 'bot.db'}",
            # Nobody presses this fast: without Slack's limits, as in the demo.
            command=[sys.executable, "-m", "bot.demo.process", slack.base_url],
            ML_INCIDENT_REGISTRIES="mlflow",
            MLFLOW_TRACKING_URI=registry.uri,
            ML_INCIDENT_CONNECTIONS=str(tmp_path / "connections.yaml"),
        )
        bot.start()
        try:
            bot.wait_until_models_are_read(within_s=20)
            slack.wait_for(lambda: _people_asked_for(slack) >= PEOPLE, timeout=20)
            yield Room(slack, bot)
        finally:
            bot.stop()
        log = bot.log.read_text("utf-8")
        assert "Traceback" not in log, log
        assert " ERROR " not in log, log


def _people_asked_for(slack: SandboxSlack) -> set[str]:
    return {call["args"]["email"] for call in slack.calls() if call["method"] == "users.lookupByEmail"}


def ago(room: Room, minutes: int) -> str:
    now = datetime.fromtimestamp(room.slack.clock()["now"], UTC)
    return f"{now - timedelta(minutes=minutes):%Y-%m-%d %H:%M}"


def alias(registry: MlflowServer) -> str:
    """The version that the serving alias points at."""
    rows = registry.model("fraud-scorer")["aliases"]
    return next(str(row["version"]) for row in rows if row["alias"] == "champion")


def test_a_bad_rollout_is_walked_from_opening_to_resolving_with_buttons_alone(
    room: Room, registry: MlflowServer, endpoint: Endpoint
) -> None:
    ana, kim, erik = room.ana, room.kim, room.erik
    room.open()
    room.card(erik, "Assign roles", commander=ana.id, **{"ml-lead": erik.id})
    first_bad, last_bad = ago(room, 90), ago(room, 2)

    # The first fifteen minutes, inside the playbook for a rollout.
    room.press(kim, "Done", share="2 gets 95 %, 1 gets 5 %")
    room.says("Say who leads")
    room.press(ana, "Done")
    room.press(erik, "Yes, it is real", **{"second-signal": "Every score is 0.1", "first-bad": first_bad})
    room.press(ana, "No")
    room.press(erik, "Done", changes="Version 2 was promoted at noon")
    room.press(kim, "Done", paused="The nightly retrain")
    room.press(erik, "Done", **{"evidence-kept": "200 requests in the incident folder", "version-seen": "2"})
    room.press(erik, "Good: the model or serving is bad", replay="100 requests on 1: fine")
    room.press(erik, "Done", impact="All card payments in Europe")

    # Which version, and can it run?
    room.says("Name the version to go back to")
    room.press(kim, "Done", last_good="1")
    room.press(kim, "Done")
    room.press(erik, "Only the new version", comparison="1 is fine, 2 is not")
    room.press(erik, "No, only the model")
    room.press(ana, "Yes: roll back")
    room.press(erik, "Done", kept="The incident folder")

    # Asked for, refused, asked for again, approved; the registry is really changed, once.
    room.says("Now *2*, then *1*")
    room.press(kim, "Ask for approval")
    assert "somebody else has to approve" in room.refused(kim, "Approve")
    room.press(ana, "Refuse", reason="Wait for the batch at ten")
    room.says("Wait for the batch at ten")
    assert alias(registry) == "2"
    room.press(kim, "Ask for approval")
    room.press(ana, "Approve")
    room.says("Make serving load it")
    assert alias(registry) == "1"

    # The registry says 1, the endpoint still answers with 2.
    room.press(kim, "Done")
    room.says("It is 2, and should be 1")
    room.press(erik, "It does not hold")
    room.press(erik, "It was the wrong way: undo it")
    room.press(kim, "Undo")
    room.slack.wait_for(lambda: alias(registry) == "2" or None, timeout=15)
    room.press(ana, "Done")

    # A second time, and now it is loaded.
    room.press(ana, "Yes: roll back")
    room.press(erik, "Done", kept="The incident folder, again")
    room.says("Now *2*, then *1*")
    room.press(erik, "Ask for approval")
    room.press(ana, "Approve")
    room.says("Make serving load it")
    assert alias(registry) == "1"
    endpoint.version = "1"
    room.press(kim, "Done")
    room.says("Send the requests that failed")
    room.press(erik, "Done", **{"bad-until": last_bad})
    room.press(ana, "Yes")

    # What it caused.
    room.press(erik, "Done", **{"ended-by": "Rolled back to version 1"})
    counted = {"bad-from": first_bad, "sure": "likely", "count": "48211", "how": "From the request log"}
    room.press(erik, "Done", **counted)
    room.press(erik, "Done", acted="310 payments declined", slices="Europe", users="290")
    room.press(erik, "No, we looked", **{"reached-training": "no", "elsewhere": "None"})
    room.press(erik, "Done", recompute="Done by Kim", backfill="Not needed", contact="Done")
    room.press(erik, "Done", experiments="exp-12 is discarded")
    room.press(kim, "Done", leftovers="The nightly retrain is on again")
    room.says("Watch it for a day before you resolve")
    room.says("The bad version is marked as blocked")
    room.card(ana, "Resolve", why="Rolled back to version 1, the endpoint confirms it")

    review = room.review()
    for said in (
        "48211",
        "From the request log",
        "310 payments declined",
        "likely",
        first_bad,
        last_bad,
        "2 gets 95 %",
    ):
        assert said in review, f"{said}\n{review}"
    for said in ("Wait for the batch at ten", "Taken back by", "2 → 1", "Only the new version", "No, we looked"):
        assert said in review, f"{said}\n{review}"
