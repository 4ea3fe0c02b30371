"""The real bot as a process: who is on call comes first, slow schedules delay nobody, a crowd comes only when asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ruamel.yaml import YAML

from bot.sandbox.client import SandboxSlack
from bot.sandbox.workspace import COMPANY
from tests.bot_process import BotProcess
from tests.databases import sqlite_url
from tests.processes import start_sandbox

PRIYA, HANA, ERIK, ANA, LEE, KIM = "U07PRINAI", "U12HANKIM", "U15ERIJOH", "U01ANAMOR", "U02LEEOKA", "U03KIMTAN"
CROWD = [f"U9CROWD{number:02}" for number in range(18)]
TOKEN = "pd-secret-token"

MODELS = """\
models:
  search-ranker:
    owner: maya@example.com
    oncall: rota:search
    poc: {ds: slack-group:S01RISKDS, product: slack-group:S03CROWD}
  home-recs:
    owner: diego@example.com
    oncall: pagerduty:PABC123
    poc: {ds: gus@example.com}
  demand-forecaster:
    owner: hana@example.com
    oncall: opsgenie:Nobody set this up
  price-optimizer:
    owner: wei@example.com
    oncall: pagerduty:PSLOW
"""
ROTAS = """\
rotas:
  search: {zone: Asia/Kolkata, starts: 2026-01-05, people: [Priya on nights]}
"""
PEOPLE = f"""\
people:
  Priya on nights: slack:{PRIYA}
"""


class PagerDuty(BaseHTTPRequestHandler):
    """GET /oncalls, as documented; one schedule answers too late."""

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        if asked.get("schedule_ids[]") == ["PSLOW"]:
            time.sleep(5)
        user = {"id": "P1", "type": "user", "summary": "Hana Kim", "name": "Hana Kim", "email": "hana@example.com"}
        shift = {"user": user, "schedule": {"summary": "Recs"}, "escalation_level": 1, "start": None, "end": None}
        is_let_in = self.headers["Authorization"] == f"Token token={TOKEN}"
        body = json.dumps({"oncalls": [shift]} if is_let_in else {"error": {"code": 2006}}).encode()
        self.send_response(200 if is_let_in else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # the bot did not wait for the late one
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass
class Office:
    slack: SandboxSlack
    bot: BotProcess

    def channel(self, part: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            names = [one["name"] for one in self.slack.channels() if part in one["name"]]
            return self.slack.channel(names[0]) if names else None

        return self.slack.wait_for(found, timeout=15)

    def said(self, channel: str) -> str:
        return "\n".join(str(message["text"]) for message in self.slack.messages(channel))

    def hears(self, channel: str, text: str) -> None:
        self.slack.wait_for(lambda: text in self.said(channel) or None, timeout=20)


def company(folder: Path) -> Path:
    """The shipped company, two guests, and a group that is a crowd."""
    yaml = YAML(typ="safe", pure=True)
    plan = yaml.load(COMPANY.read_text("utf-8"))
    for number, user in enumerate(CROWD):
        email = f"crowd{number}@example.com"
        plan["people"][user] = {"name": f"crowd{number}", "real_name": f"Crowd {number}", "email": email, "tz": "UTC"}
    plan["people"]["U9GUESTMANY"] = {
        "name": "gus", "real_name": "Gus Guest", "email": "gus@example.com", "tz": "UTC", "guest": "many",
    }  # fmt: skip
    plan["people"]["U9GUESTONE0"] = {
        "name": "una", "real_name": "Una Guest", "email": "una@example.com", "tz": "UTC", "guest": "one",
    }  # fmt: skip
    users = ["U9GUESTMANY", "U9GUESTONE0", "U19SAMDOY", *CROWD]
    plan["usergroups"]["S03CROWD"] = {"handle": "everybody-search", "name": "Everybody", "users": users}
    path = folder / "company.yaml"
    path.write_text(json.dumps(plan), "utf-8")
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("oncall")
    server = ThreadingHTTPServer(("127.0.0.1", 0), PagerDuty)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, text in {"models.yaml": MODELS, "rotas.yaml": ROTAS, "people.yaml": PEOPLE}.items():
        (folder / name).write_text(text, "utf-8")
    with start_sandbox(folder, company=str(company(folder))) as slack:
        bot = BotProcess(
            folder,
            slack,
            sqlite_url(folder),
            ML_INCIDENT_REGISTRY_FILE=str(folder / "models.yaml"),
            ML_INCIDENT_ROTAS=str(folder / "rotas.yaml"),
            ML_INCIDENT_PEOPLE=str(folder / "people.yaml"),
            PAGERDUTY_TOKEN=TOKEN,
            PAGERDUTY_API_URL=f"http://127.0.0.1:{server.server_port}",
        )
        bot.start()
        try:
            slack.wait_for(lambda: _are_known(slack) or None, timeout=20)
            time.sleep(0.5)  # and written down
            yield Office(slack, bot)
        finally:
            bot.stop()
            server.shutdown()
            log = bot.log.read_text("utf-8")
            assert "Traceback" not in log
            assert TOKEN not in log


def _are_known(slack: SandboxSlack) -> bool:
    calls = [(call["method"], call["args"]) for call in slack.calls()]
    looked_up = [args.get("email") for method, args in calls if method == "users.lookupByEmail"]
    methods = {method for method, _ in calls}
    return len(looked_up) >= 3 and ("users.info", {"user": PRIYA}) in calls and "usergroups.list" in methods


def test_the_rota_names_who_comes_first_and_groups_come_only_when_the_opener_says_so(office: Office) -> None:
    slack = office.slack
    reply = slack.person("erik").command("open search-ranker results are empty")
    assert reply.ok
    assert "On call now: " in reply.text
    assert "(rota search)" in reply.text
    channel = office.channel("search-ranker")["id"]
    slack.wait_for(lambda: {PRIYA, ERIK} <= set(slack.channel(channel)["members"]) or None, timeout=15)
    (invite,) = [call for call in slack.calls() if call["method"] == "conversations.invite"]
    assert invite["args"]["users"].split(",")[0] == PRIYA

    office.hears(channel, "*@risk-ds* is named")
    office.hears(channel, "*@everybody-search* is named")
    assert not {ANA, LEE, KIM, *CROWD} & set(slack.channel(channel)["members"])
    assert "<!subteam" not in office.said(channel)
    offers = {
        message["blocks"][1]["elements"][0]["text"]["text"]: message["ts"]
        for message in slack.messages(channel)
        if "is named for this model" in message["text"]
    }
    assert set(offers) == {"Bring in @risk-ds (3 people)", "Bring in @everybody-search (21 people)"}

    maya = slack.person("maya")
    maya.click(channel, offers["Bring in @risk-ds (3 people)"], "groups.bring-in")
    slack.wait_for(lambda: "brings in a whole group" in str(maya.ephemerals()) or None, timeout=10)
    assert not {ANA, LEE, KIM} & set(slack.channel(channel)["members"])

    slack.person("erik").click(channel, offers["Bring in @risk-ds (3 people)"], "groups.bring-in")
    slack.wait_for(lambda: {ANA, LEE, KIM} <= set(slack.channel(channel)["members"]) or None, timeout=15)
    office.hears(channel, "<!subteam^S01RISKDS>: ")

    slack.person("erik").click(channel, offers["Bring in @everybody-search (21 people)"], "groups.bring-in")
    office.hears(channel, "<!subteam^S03CROWD>: ")
    there = set(slack.channel(channel)["members"])
    assert set(CROWD[:15]) <= there
    assert not {*CROWD[15:], "U9GUESTMANY", "U9GUESTONE0", "U19SAMDOY"} & there
    said = office.said(channel)
    assert "At most 15 come at once; left out: Crowd 15, Crowd 16, Crowd 17." in said
    assert "Gus Guest is a guest in Slack; invite them by hand if they may read this." in said
    assert "Una Guest is a guest of one channel in Slack, and can join no other." in said


def test_who_names_whom_pagerduty_said_soon_after_the_card_was_read_and_answers_at_once(office: Office) -> None:
    erik = office.slack.person("erik")
    said = office.slack.wait_for(
        lambda: next((one for one in [erik.command("who home-recs").text] if "Hana Kim" in one), None), timeout=20
    )
    assert "*On call now* @Hana Kim (PagerDuty: Recs, said " in said
    assert " until " not in said.partition("_models.yaml")[0], "this schedule does not tell until when"
    began = time.monotonic()
    assert (
        "*On call now* UNKNOWN: whoever is on call in PagerDuty is not known: "
        in erik.command("who price-optimizer").text
    )
    assert time.monotonic() - began < 2, "the schedule that answers late is not asked while somebody waits"


def test_pagerduty_is_asked_and_whoever_it_names_is_brought_in(office: Office) -> None:
    slack = office.slack
    assert slack.person("erik").command("open home-recs shelves are empty").ok
    channel = office.channel("home-recs")["id"]
    slack.wait_for(lambda: HANA in slack.channel(channel)["members"] or None, timeout=20)
    why = "gus@example.com, POC Data science, is a guest in Slack; invite them by hand"
    slack.wait_for(lambda: why in str(slack.messages(channel)) or None, timeout=10)
    assert "U9GUESTMANY" not in slack.channel(channel)["members"]


def test_a_schedule_that_does_not_answer_holds_up_nobody(office: Office) -> None:
    slack = office.slack
    began = time.monotonic()
    reply = slack.person("erik").command("open price-optimizer prices are zero")
    assert reply.ok
    assert time.monotonic() - began < 2
    assert "is being asked for now" in reply.text
    channel = office.channel("price-optimizer")["id"]
    slack.wait_for(lambda: "U20WEIZHA" in slack.channel(channel)["members"] or None, timeout=10)
    office.hears(channel, "Who is on call is UNKNOWN.")
    assert "PagerDuty did not answer within 3 seconds." in office.said(channel)


def test_a_service_without_a_token_disturbs_nobody(office: Office) -> None:
    slack = office.slack
    assert slack.person("erik").command("open demand-forecaster forecasts are flat").ok
    channel = office.channel("demand-forecaster")["id"]
    slack.wait_for(lambda: HANA in slack.channel(channel)["members"] or None, timeout=10)
    time.sleep(1)
    assert "on call" not in office.said(channel)
