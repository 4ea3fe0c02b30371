"""Whoever is on call is brought in first: at once where that is known, and as soon as a schedule has said so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.effects import ResolveContact
from bot.effects.reaching import AskOnCall
from bot.incidents import on_call, people
from bot.incidents.desk import Desk
from playbooks.card import Fact, ModelCard
from playbooks.rota import read_rotas
from storage import catalogue, participants
from storage import on_call as kept
from storage import people as contacts
from storage.transaction import Storage
from tests.bot.opening.company import (
    ANA,
    ERIK,
    FRAUD,
    JONAS,
    LEE,
    NOW,
    READ,
    at_desk,
    change,
    declared,
    owed,
    type_open,
)

ROTA = """\
rotas:
  risk:
    zone: Europe/Stockholm
    starts: 2026-11-02
    people: [lee@example.com, ana@example.com, "Jonas Weber <jonas@example.com>"]
"""
DUTY = "pagerduty:PABC123"
TOKEN = "PagerDuty does not accept the bot's token. Set PAGERDUTY_TOKEN anew."


def with_on_call(storage: Storage, written: str, *, rotas: str = ROTA) -> None:
    """The model names this as on call."""
    facts = {**FRAUD.facts, "oncall": Fact(written, "models.yaml", READ)}
    with storage.transaction() as tx:
        catalogue.keep(tx, ModelCard("fraud-scorer", facts), now=READ)
        kept.keep_rotas(tx, read_rotas(rotas, "rotas.yaml"))


def learn(storage: Storage, learnt: dict[str, Any], *, contact: str = DUTY, now: datetime = NOW) -> None:
    """A schedule answers."""
    with at_desk(storage, "", now=now) as desk:
        on_call.FEATURE.learnt[AskOnCall](desk, AskOnCall(contact=contact), learnt)


def says(person: str | None, problem: str | None = None) -> dict[str, Any]:
    source = "PagerDuty: Risk primary" if person else ""
    return {"person": person, "source": source, "until": None, "problem": problem}


def duty(storage: Storage, number: int) -> list[tuple[str, str | None, str | None, str | None]]:
    """(contact, source, account, problem) of everybody who is there for being on call."""
    with storage.reading() as tx:
        rows = [row for row in participants.of_incident(tx, number) if row.why == "oncall"]
        return [(row.contact, row.source, row.user_id, row.problem) for row in rows]


def invited(storage: Storage) -> list[list[str]]:
    return [effect.payload["users"] for effect in owed(storage) if effect.kind == "Invite"]


def said(storage: Storage) -> list[str]:
    return [effect.payload["text"] for effect in owed(storage) if effect.kind == "SayInIncident"]


def asked(storage: Storage) -> list[str]:
    return [effect.payload["contact"] for effect in owed(storage) if effect.kind == "AskOnCall"]


def test_whoever_the_rota_names_is_invited_first_and_named_to_the_opener(office: Storage) -> None:
    with_on_call(office, "rota:risk")

    answer = type_open(office, ERIK, "fraud-scorer scores are all zero")

    number = 1
    assert duty(office, number) == [("Jonas Weber <jonas@example.com>", "rota risk", JONAS, None)]
    assert invited(office)[0][:3] == [JONAS, ERIK, ANA]
    assert answer.text.endswith(f"On call now: <@{JONAS}> (rota risk).")
    assert asked(office) == [], "a rota is asked at once, and nobody else"


def test_the_rota_of_the_next_week_names_the_next(office: Storage) -> None:
    with_on_call(office, "rota:risk")
    with at_desk(office, ERIK, now=NOW + timedelta(days=7)) as desk:
        (found,) = on_call.named(desk.tx, _card(desk), desk.now)
    assert found.contact.value == "lee@example.com"


def _card(desk: Desk) -> ModelCard:
    card = catalogue.card(desk.tx, "fraud-scorer")
    assert card is not None
    return card


def test_a_rota_that_nobody_wrote_is_said_with_the_one_that_was_meant_and_heals(office: Storage) -> None:
    with_on_call(office, "rota:risc")
    answer = type_open(office, ERIK, "fraud-scorer scores are all zero")
    why = "is not known: there is no rota “risc”; did you mean “risk”?"
    assert duty(office, 1) == [("rota:risc", "models.yaml", None, why)]
    assert why in answer.text

    with office.transaction() as tx:
        kept.keep_rotas(tx, read_rotas(ROTA.replace("risk:", "risc:"), "rotas.yaml"))
    learn(office, {}, contact="rota:risc")

    assert duty(office, 1)[0][1:] == ("rota risc", JONAS, None)
    assert invited(office)[-1] == [JONAS]


def test_a_schedule_is_asked_right_after_opening_never_during_it(office: Storage) -> None:
    with_on_call(office, DUTY)

    answer = type_open(office, ERIK, "fraud-scorer scores are all zero")

    assert "Whoever is on call in PagerDuty is being asked for now." in answer.text
    assert asked(office) == [DUTY]
    assert duty(office, 1) == [(DUTY, "models.yaml", None, on_call.BEING_ASKED)]

    learn(office, says("Lee Okafor <lee@example.com>"))

    assert duty(office, 1) == [("Lee Okafor <lee@example.com>", "PagerDuty: Risk primary", LEE, None)]
    assert invited(office)[-1] == [LEE]
    assert said(office) == [f"On call now: <@{LEE}> (PagerDuty: Risk primary)."]
    learn(office, says("Lee Okafor <lee@example.com>"))
    assert len(said(office)) == 1, "an answer that says the same again is no news"


def test_a_fresh_answer_is_taken_at_once_and_an_old_one_is_asked_again(office: Storage) -> None:
    with_on_call(office, DUTY)
    learn(office, says("lee@example.com"), now=NOW - timedelta(minutes=4))
    declared(office)
    assert invited(office)[0][0] == LEE
    assert asked(office) == []

    learn(office, says("lee@example.com"), now=NOW - timedelta(minutes=6))
    number = declared(office, model="fraud-scorer")
    assert duty(office, number)[0][0] == DUTY
    assert asked(office) == [DUTY]


def test_where_the_turn_is_over_by_now_the_answer_is_not_fresh(office: Storage) -> None:
    with_on_call(office, DUTY)
    over = {**says("lee@example.com"), "until": (NOW - timedelta(seconds=1)).isoformat()}
    learn(office, over, now=NOW - timedelta(minutes=2))
    declared(office)
    assert asked(office) == [DUTY]


def test_when_the_schedule_cannot_answer_its_last_word_is_used_with_its_age(office: Storage) -> None:
    with_on_call(office, DUTY)
    learn(office, says("lee@example.com"), now=NOW - timedelta(minutes=40))
    number = declared(office)

    learn(office, says(None, TOKEN))

    ((contact, source, user, problem),) = duty(office, number)
    assert (contact, user, problem) == ("lee@example.com", LEE, None)
    assert source == "PagerDuty: Risk primary, as of 40 minutes ago"
    assert invited(office)[-1] == [LEE]
    assert said(office)[-1].endswith(f"That was said 40 minutes ago; since then: {TOKEN}")


def test_when_nobody_was_ever_named_the_channel_hears_why_once(office: Storage) -> None:
    with_on_call(office, DUTY)
    number = declared(office)

    learn(office, says(None, TOKEN))
    learn(office, says(None, TOKEN))

    assert duty(office, number)[0][3] == f"is not known: {TOKEN}"
    assert said(office) == [
        (
            "Who is on call is UNKNOWN. Whoever is on call in PagerDuty is not known: PagerDuty does not accept the "
            "bot's token. Set PAGERDUTY_TOKEN anew."
        )
    ]
    learn(office, says("lee@example.com"), now=NOW + timedelta(minutes=5))
    assert invited(office)[-1] == [LEE], "and who it is once the schedule says so"


def test_a_service_that_was_never_set_up_is_said_on_the_card_alone(office: Storage) -> None:
    with_on_call(office, DUTY)
    number = declared(office)
    unset = "PagerDuty is not asked who is on call. Set PAGERDUTY_TOKEN."
    learn(office, {**says(None, unset), "is_quiet": True})
    assert duty(office, number)[0][3] == f"is not known: {unset}"
    assert said(office) == []


def test_an_answer_of_the_day_before_is_too_old_to_act_on(office: Storage) -> None:
    with_on_call(office, DUTY)
    learn(office, says("lee@example.com"), now=NOW - timedelta(hours=25))
    number = declared(office)
    learn(office, says(None, TOKEN))
    assert duty(office, number)[0][2:] == (None, f"is not known: {TOKEN}")


def test_somebody_on_call_whom_slack_was_never_asked_about_is_looked_up_and_then_invited(office: Storage) -> None:
    with_on_call(office, DUTY)
    number = declared(office)
    learn(office, says("Kim Tanaka <kim@example.com>"))
    assert said(office) == ["On call now: Kim Tanaka (PagerDuty: Risk primary), who is being looked up in Slack."]
    (look,) = [effect for effect in owed(office) if effect.kind == "ResolveContact"]
    assert look.payload["contact"] == "kim@example.com"

    found = {"user_id": "U03KIMTAN", "problem": None, "name": "Kim Tanaka", "email": "kim@example.com"}
    with at_desk(office, "") as desk:
        people.note_contact(desk, ResolveContact(contact="kim@example.com"), found)

    assert duty(office, number)[0][2:] == ("U03KIMTAN", None)
    assert invited(office)[-1] == ["U03KIMTAN"]


def test_somebody_on_call_who_has_left_is_named_with_the_reason(office: Storage) -> None:
    with_on_call(office, DUTY)
    declared(office)
    learn(office, says("sam@example.com"))
    assert said(office) == [
        "On call now: sam@example.com, who could not be brought in: has a Slack account that is deactivated."
    ]


def test_a_person_written_as_on_call_is_simply_invited_first(office: Storage) -> None:
    with_on_call(office, "jonas@example.com")
    number = declared(office)
    assert duty(office, number) == [("jonas@example.com", "models.yaml", JONAS, None)]
    assert invited(office)[0][0] == JONAS


def test_two_schedules_that_name_the_same_person_bring_them_in_once(office: Storage) -> None:
    with_on_call(office, f"{DUTY}, opsgenie:Risk")
    number = declared(office)
    learn(office, says("lee@example.com"))
    learn(office, says("lee@example.com"), contact="opsgenie:Risk")
    assert [row[0] for row in duty(office, number)] == ["lee@example.com"]


def test_a_private_incident_asks_nobody_who_is_on_call(office: Storage) -> None:
    with_on_call(office, f"{DUTY}, rota:risk")
    number = declared(office, private=True)
    assert duty(office, number) == []
    assert asked(office) == []
    assert JONAS not in invited(office)[0]


def test_what_a_schedule_says_cannot_mention_a_channel(office: Storage) -> None:
    with_on_call(office, f"{DUTY}, opsgenie:Risk")
    declared(office)
    learn(office, {**says("lee@example.com"), "source": "<!here>"})
    learn(office, says("<!channel> Kim"), contact="opsgenie:Risk")
    assert len(said(office)) == 2
    assert "<!" not in "".join(said(office))


@pytest.mark.parametrize("written", ["jonas@example.com", "rota:risk", DUTY])
def test_knowing_who_is_on_call_costs_an_opening_a_few_looks_at_the_database(office: Storage, written: str) -> None:
    statements: list[str] = []
    event.listen(office.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    type_open(office, ERIK, "fraud-scorer scores are all zero", trigger="1")
    without = len(statements)
    change(office, 1, status="closed")
    with_on_call(office, written)
    statements.clear()
    type_open(office, ERIK, "fraud-scorer scores are all zero", trigger="2")
    assert len(statements) <= without + 6


def test_the_people_file_names_whom_slack_cannot_know(office: Storage) -> None:
    with_on_call(office, "the night shift")
    with office.transaction() as tx:
        contacts.keep_aliases(tx, {"the night shift": "jonas@example.com"})
        assert contacts.who(tx, "the night shift") == (JONAS, None)
        assert contacts.contacts_of(tx, JONAS) == ["jonas@example.com", "the night shift"]
    declared(office)
    assert invited(office)[0][0] == JONAS
    with office.transaction() as tx:
        contacts.keep_aliases(tx, {})
        assert contacts.who(tx, "the night shift")[0] is None


def test_whoever_the_people_file_means_and_nobody_asked_about_is_looked_up_and_invited(office: Storage) -> None:
    with_on_call(office, "Kim")
    with office.transaction() as tx:
        contacts.keep_aliases(tx, {"Kim": "slack:U03KIMTAN"})
        assert contacts.who(tx, "Kim") == (None, contacts.NOT_ASKED_YET)
    number = declared(office)
    assert next(effect.payload["contact"] for effect in owed(office) if effect.kind == "ResolveContact") == (
        "slack:U03KIMTAN"
    )
    found = {"user_id": "U03KIMTAN", "problem": None, "name": "Kim Tanaka"}
    with at_desk(office, "") as desk:
        people.note_contact(desk, ResolveContact(contact="slack:U03KIMTAN"), found)
    assert duty(office, number)[0][2:] == ("U03KIMTAN", None)
    assert invited(office)[-1] == ["U03KIMTAN"]
