"""A small company for these tests: models in the catalogue, people whom Slack knows, and a desk to work at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.incidents import joining, lists, opening
from bot.incidents.desk import Answer, Click, Command, Desk, FieldErrors, Submission
from bot.requests import Open
from bot.views.ids import Opening
from playbooks.card import Fact, ModelCard
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import catalogue, people
from storage.models import Effect, Incident
from storage.transaction import Storage, Transaction

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
READ = NOW - timedelta(minutes=14)

ANA, LEE, PAT, JONAS, SAM, ERIK, LUCIA = (
    "U01ANAMOR",
    "U02LEEOKA",
    "U04PATRIV",
    "U06JONWEB",
    "U19SAMDOY",
    "U15ERIJOH",
    "U16LUCFER",
)
PEOPLE = {"ana": ANA, "lee": LEE, "pat": PAT, "jonas": JONAS, "sam": SAM, "erik": ERIK}


def _card(name: str, **facts: str) -> ModelCard:
    spelled = {key.replace("__", "."): value for key, value in facts.items()}
    return ModelCard(name, {key: Fact(value, "models.yaml", READ) for key, value in spelled.items()})


FRAUD = _card(
    "fraud-scorer",
    plain_name="Fraud score",
    purpose="Stops stolen cards at the checkout",
    tier="0",
    mode="online",
    owner="ana@example.com",
    owner__backup="Lee Okafor <lee@example.com>",
    poc__product="pat@example.com",
    poc__dsp="jonas@example.com",
    poc__legal="nobody@example.com",
    serving="14",
    rollback="13",
    consumers="checkout, order-review",
    dashboard="https://grafana.example.com/d/fraud",
    runbook="wiki/fraud",
)
PRICES = _card("price-optimizer", plain_name="Price optimiser", tier="1", owner="sam@example.com", poc__product="pat")
BLANKS = _card("delivery eta", tier="2")
LONGER = _card("delivery eta v2", tier="3")


def fill(storage: Storage) -> None:
    """Put the company into the database, as syncs and look-ups would."""
    with storage.transaction() as tx:
        for card in (FRAUD, PRICES, BLANKS, LONGER):
            catalogue.keep(tx, card, now=READ)
        for local, user in PEOPLE.items():
            name = local.capitalize()
            people.keep_person(tx, user, name=name, deactivated=local == "sam", now=READ)
            people.keep_contact(tx, f"{local}@example.com", user_id=user, problem=None, now=READ)
        problem = "is not in this Slack workspace"
        people.keep_contact(tx, "nobody@example.com", user_id=None, problem=problem, now=READ)


def desk(tx: Transaction, by: str, *, now: datetime = NOW) -> Desk:
    """The desk of one person."""
    return Desk(tx=tx, now=now, by=by, policy=load_policy(), library=shipped_library())


@contextmanager
def at_desk(storage: Storage, by: str, *, now: datetime = NOW) -> Iterator[Desk]:
    """The desk of one person, committed at the end."""
    with storage.transaction() as tx:
        yield desk(tx, by, now=now)


def type_open(storage: Storage, by: str, text: str, *, trigger: str = "1.1") -> Answer:
    """Type `/ml-incident open <text>`."""
    model, _, what = text.partition(" ")
    command = Command(channel="C01GENERAL", trigger_id=trigger, text=f"open {text}")
    with at_desk(storage, by) as sitting:
        return opening.open_incident(sitting, Open(model=model or None, what=what or None), command)


def send_form(
    storage: Storage, by: str, form: dict[str, Any], metadata: dict[str, Any] | None = None, **values: Any
) -> Answer | FieldErrors | None:
    """Send the form that was opened, with these values by the last word of their block ids."""
    filled = {f"opening.{key.replace('_', '-')}": value for key, value in values.items()}
    carried = metadata if metadata is not None else json.loads(form["private_metadata"])
    sent = Submission(callback_id=form["callback_id"], metadata=carried, values=filled)
    with at_desk(storage, by) as sitting:
        return opening.FEATURE.submissions[form["callback_id"]](sitting, sent)


def click(storage: Storage, by: str, action_id: str, value: str, *, in_modal: bool = False) -> Answer | None:
    """Click a button that carries this value."""
    clicked = Click(
        action_id=action_id, value=value, channel="C01GENERAL", message_ts=None, trigger_id="9.9", in_modal=in_modal
    )
    with at_desk(storage, by) as sitting:
        answers = {**opening.FEATURE.clicks, **joining.FEATURE.clicks, **lists.FEATURE.clicks}
        return answers[action_id](sitting, clicked)


def declared(storage: Storage, by: str = ERIK, **said: Any) -> int:
    """An incident, opened; returns its number."""
    given = {"model": "fraud-scorer", "what": "scores are all zero", **said}
    with at_desk(storage, by) as sitting:
        return opening.declare(sitting, opening.Declaration(**given)).id


def incident(storage: Storage, number: int) -> Incident:
    """The incident as stored."""
    with storage.transaction() as tx:
        return tx.session.get_one(Incident, number)


def change(storage: Storage, number: int, **values: Any) -> None:
    """Change columns of an incident, as other features would."""
    with storage.transaction() as tx:
        one = tx.session.get_one(Incident, number)
        for column, value in values.items():
            setattr(one, column, value)


def incidents_stored(storage: Storage) -> list[Incident]:
    """All of them."""
    with storage.transaction() as tx:
        return list(tx.session.scalars(select(Incident).order_by(Incident.id)))


def owed(storage: Storage) -> list[Effect]:
    """Every effect, in the order in which it was owed."""
    with storage.transaction() as tx:
        return list(tx.session.scalars(select(Effect).order_by(Effect.id)))


def said(answer: Answer | FieldErrors | None) -> str:
    """Everything a person could read in an answer."""
    assert isinstance(answer, Answer)
    return f"{answer.text} {json.dumps([answer.blocks, answer.modal], ensure_ascii=False)}"


def button_value(answer: Answer, action_id: str = Opening.SEPARATE) -> str:
    """What the button with this id carries."""
    elements = [element for block in answer.blocks or [] for element in block.get("elements", [])]
    return next(str(element["value"]) for element in elements if element.get("action_id") == action_id)
