"""`who` names the person on call now, until when, and where that was read; it asks nobody while somebody waits."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.incidents import catalogue as asking
from bot.incidents.desk import Answer, Command, Desk
from bot.requests import Models, Who
from bot.sandbox.blockkit import faults_in_blocks
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from playbooks.rota import read_rotas
from storage import catalogue, on_call, people
from storage.models import Effect
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
JONAS, LEE = "U14JONWEB", "U02LEEOKA"
ROTA = """\
rotas:
  risk:
    zone: Europe/Stockholm
    starts: 2026-11-02
    people: [lee@example.com, ana@example.com, "Jonas Weber <jonas@example.com>"]
    overrides: [{from: 2026-11-20T18:00, until: 2026-11-21T08:00, person: lee@example.com}]
"""
DUTY = "pagerduty:PABC123"


def model(storage: Storage, on_calls: str) -> None:
    with storage.transaction() as tx:
        catalogue.keep(tx, ModelCard("m", {"oncall": Fact(on_calls, "models.yaml", NOON)}), now=NOON)
        on_call.keep_rotas(tx, read_rotas(ROTA, "rotas.yaml"))
        for name, user in {"jonas": JONAS, "lee": LEE}.items():
            people.keep_contact(tx, f"{name}@example.com", user_id=user, problem=None, now=NOON)


def says(storage: Storage, person: str | None, *, problem: str | None = None, at: datetime = NOON) -> None:
    until = NOON + timedelta(hours=6) if person else None
    with storage.transaction() as tx:
        on_call.keep_answer(
            tx, DUTY, person=person, source="PagerDuty: Risk <primary>", until=until, problem=problem, now=at
        )


def line(storage: Storage, *, now: datetime = NOON) -> str:
    """What `who` says of who is on call; the same as text and in blocks."""
    with storage.transaction() as tx:
        desk = Desk(tx=tx, now=now, by="U15ERIJOH", policy=load_policy(), library=shipped_library())
        answer: Answer = asking.FEATURE.commands[Who](
            desk, Who(model="m"), Command(channel="C1", trigger_id="1.1", text="")
        )
        assert tx.session.query(Effect).count() == 0, "nobody is asked for it"
    assert faults_in_blocks(answer.blocks or []) == []
    said: str
    (said,) = re.findall(r"^\*On call now\* (.*?)  _models.yaml, .*_$", answer.text, re.MULTILINE)
    assert said in str(answer.blocks)
    return said


def test_a_rota_names_the_person_until_the_handover_or_the_next_swap(storage: Storage) -> None:
    model(storage, "rota:risk")
    assert line(storage) == (
        f"<@{JONAS}> until <!date^1795194000^{{date_short_pretty}} {{time}}|2026-11-20 17:00 UTC> (rota risk)"
    )
    assert line(storage, now=NOON + timedelta(hours=6)).startswith(f"<@{LEE}> until <!date^")
    assert "|2026-11-21 07:00 UTC>" in line(storage, now=NOON + timedelta(hours=6))
    assert "|2026-11-23 08:00 UTC>" in line(storage, now=NOON + timedelta(days=1))


def test_a_schedule_that_was_asked_is_shown_with_the_age_of_its_answer(storage: Storage) -> None:
    model(storage, DUTY)
    says(storage, "Lee Okafor <lee@example.com>")
    said = line(storage, now=NOON + timedelta(minutes=7))
    assert said.startswith(f"<@{LEE}> until <!date^")
    assert said.endswith("|2026-11-20 18:00 UTC> (PagerDuty: Risk &lt;primary&gt;, said 7 minutes ago)")

    says(
        storage, None, problem="PagerDuty did not answer within 3 <seconds>.", at=NOON + timedelta(minutes=40)
    )  # its last word stays
    said = line(storage, now=NOON + timedelta(minutes=45))
    assert said.startswith(f"<@{LEE}> until ")
    assert said.endswith("said 45 minutes ago, since then: PagerDuty did not answer within 3 &lt;seconds&gt;)")


@pytest.mark.parametrize(
    ("on_calls", "unknown"),
    [
        (DUTY, "whoever is on call in PagerDuty is not known: it has not been asked for yet, which happens within"),
        ("rota:rsik", "whoever is on call in the rota rsik is not known: there is no rota “rsik”; did you mean “risk”"),
    ],
)
def test_whom_no_schedule_has_named_yet_is_unknown_with_the_reason(
    storage: Storage, on_calls: str, unknown: str
) -> None:
    model(storage, on_calls)
    assert line(storage).startswith(f"UNKNOWN: {unknown}")


def test_an_answer_whose_turn_is_over_names_nobody(storage: Storage) -> None:
    model(storage, DUTY)
    says(storage, "lee@example.com")
    assert line(storage, now=NOON + timedelta(hours=6)).startswith("UNKNOWN: whoever is on call in PagerDuty")
    says(storage, None, problem="PagerDuty does not accept the bot's token. Set PAGERDUTY_TOKEN anew.")
    assert line(storage, now=NOON + timedelta(hours=6)) == (
        "UNKNOWN: whoever is on call in PagerDuty is not known: PagerDuty does not accept the bot's token. "
        "Set PAGERDUTY_TOKEN anew"
    )


def test_somebody_written_as_on_call_is_named_and_so_is_why_slack_does_not_know_them(storage: Storage) -> None:
    model(storage, "jonas@example.com, gone@example.com, rota:risk")
    with storage.transaction() as tx:
        people.keep_contact(tx, "gone@example.com", user_id=None, problem="is not in this Slack workspace", now=NOON)
    said = line(storage)
    assert said.startswith(f"<@{JONAS}>; gone@example.com (is not in this Slack workspace); <@{JONAS}> until <!date^")


def test_models_mine_lists_those_for_which_one_is_on_call_now(storage: Storage) -> None:
    model(storage, "rota:risk")
    with storage.transaction() as tx:
        facts = {"oncall": Fact(DUTY, "x", NOON), "owner": Fact("rota:risk", "x", NOON)}
        catalogue.keep(tx, ModelCard("asked", facts), now=NOON)
    says(storage, "Jonas Weber <jonas@example.com>")

    def mine(by: str, *, now: datetime = NOON) -> str:
        with storage.transaction() as tx:
            desk = Desk(tx=tx, now=now, by=by, policy=load_policy(), library=shipped_library())
            command = Command(channel="C1", trigger_id="1.1", text="")
            return asking.FEATURE.commands[Models](desk, Models(mine=True), command).text

    assert re.findall(r"`(\w+)`\n.* you: (.*)", mine(JONAS)) == [("asked", "On call now"), ("m", "On call now")]
    assert "No model names you" in mine(LEE)
    assert re.findall(r"`(\w+)`\n.* you: (.*)", mine(LEE, now=NOON + timedelta(hours=6))) == [("m", "On call now")]
    assert "No model names you" in mine(JONAS, now=NOON + timedelta(hours=6)), "the turn that was told is over"
