"""What Slack tells of accounts and contacts, written down, and what follows for incidents that are open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.effects import LookUpPerson, ResolveContact
from bot.incidents.desk import Desk
from bot.incidents.people import FEATURE, SOMEBODY, meet, name_of
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import incidents, participants, people
from storage.models import Effect, Participant
from storage.transaction import Storage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ANA = {"name": "Ana Moreau", "email": "ana@example.com", "time_zone": "Europe/Paris", "deactivated": False}


@contextmanager
def at_desk(storage: Storage, *, now: datetime = NOON) -> Iterator[Desk]:
    with storage.transaction() as tx:
        yield Desk(tx=tx, now=now, by="", policy=load_policy(), library=shipped_library())


def learn(storage: Storage, effect: Any, learnt: dict[str, Any], *, now: datetime = NOON) -> None:
    with at_desk(storage, now=now) as desk:
        FEATURE.learnt[type(effect)](desk, effect, learnt)


def found(contact: str, user: str = "U01ANAMOR", **changed: Any) -> dict[str, Any]:
    person = {**ANA, "user_id": user, "is_bot": False, **changed}
    return {"contact": contact, "user_id": user, "problem": None, "person": person}


def owed(storage: Storage) -> list[tuple[str, Any]]:
    with storage.reading() as tx:
        return [(row.kind, row.payload) for row in tx.session.scalars(select(Effect).order_by(Effect.id))]


def test_a_found_contact_is_known_with_name_and_time_zone(storage: Storage) -> None:
    learn(storage, ResolveContact(contact="ana@example.com"), found("ana@example.com"))

    with storage.reading() as tx:
        assert people.who(tx, "Ana <ana@example.com>") == ("U01ANAMOR", None)
        assert name_of(tx, "U01ANAMOR") == "Ana Moreau"
        known = people.person(tx, "U01ANAMOR")
        assert known is not None
        assert (known.time_zone, known.checked_at) == ("Europe/Paris", NOON)


def test_somebody_whom_nobody_looked_up_has_no_raw_id_for_a_name(storage: Storage) -> None:
    with storage.reading() as tx:
        assert name_of(tx, "U99UNKNOWN") == SOMEBODY


def test_a_contact_that_slack_does_not_know_says_so(storage: Storage) -> None:
    effect = ResolveContact(contact="nobody@example.com")
    learn(storage, effect, {"user_id": None, "problem": "has no active Slack account under this e-mail address"})

    with storage.reading() as tx:
        assert people.who(tx, "nobody@example.com") == (None, "has no active Slack account under this e-mail address")


def test_an_app_is_nobody_to_invite(storage: Storage) -> None:
    learn(storage, ResolveContact(contact="bot@example.com"), found("bot@example.com", "U0BOT", is_bot=True))

    with storage.reading() as tx:
        assert people.who(tx, "bot@example.com") == ("U0BOT", "is an app, not a person")


def test_an_owner_whose_account_was_deactivated_is_found_out_by_id_since_no_address_leads_there(
    storage: Storage,
) -> None:
    effect = ResolveContact(contact="sam@example.com")
    learn(storage, effect, found("sam@example.com", "U19SAMDOY", name="Sam Doyle"))
    gone = {"user_id": None, "problem": "has no active Slack account under this e-mail address"}
    learn(storage, effect, gone, now=NOON + timedelta(days=1))

    with storage.reading() as tx:
        assert people.who(tx, "sam@example.com") == ("U19SAMDOY", gone["problem"])
    assert owed(storage) == [("LookUpPerson", {"user": "U19SAMDOY"})]

    left = {"found": True, "user_id": "U19SAMDOY", "name": "Sam Doyle", "deactivated": True}
    learn(storage, LookUpPerson(user="U19SAMDOY"), left, now=NOON + timedelta(days=1))

    with storage.reading() as tx:
        assert people.who(tx, "sam@example.com") == ("U19SAMDOY", "has a Slack account that is deactivated")


def test_an_account_that_slack_does_not_know_leaves_the_last_answer(storage: Storage) -> None:
    learn(storage, LookUpPerson(user="U01ANAMOR"), {"found": True, "user_id": "U01ANAMOR", **ANA})
    learn(storage, LookUpPerson(user="U01ANAMOR"), {"found": False, "user_id": "U01ANAMOR", "problem": "not found"})

    with storage.reading() as tx:
        assert name_of(tx, "U01ANAMOR") == "Ana Moreau"


def test_whoever_is_found_after_the_incident_opened_is_invited_then(storage: Storage) -> None:
    with at_desk(storage) as desk:
        incident = incidents.declare(
            desk.tx, title="zeros", model="m", model_known=True, card=None, failure_mode="unknown", severity="sev2",
            private=False, kind="real", opened_by="U15ERIJOH", opened_from=None, declared_at=NOON,
        )  # fmt: skip
        problem = people.NOT_ASKED_YET
        participants.add(
            desk.tx,
            incident_id=incident.id,
            why="owner",
            contact="Ana <ana@example.com>",
            problem=problem,
            added_at=NOON,
        )
    learn(storage, ResolveContact(contact="ana@example.com"), found("ana@example.com"))

    with storage.reading() as tx:
        (row,) = tx.session.scalars(select(Participant))
        assert (row.user_id, row.problem) == ("U01ANAMOR", None)
    assert ("Invite", {"incident_id": incident.id, "users": ["U01ANAMOR"]}) in owed(storage)


def test_an_account_is_looked_up_when_it_is_met_and_again_after_a_day(storage: Storage) -> None:
    with at_desk(storage) as desk:
        meet(desk, "U01ANAMOR")
    assert owed(storage) == [("LookUpPerson", {"user": "U01ANAMOR"})]
    learn(storage, LookUpPerson(user="U02LEEOKA"), {"found": True, **ANA})
    with at_desk(storage) as desk:
        meet(desk, "U02LEEOKA")
    assert len(owed(storage)) == 1
    with at_desk(storage, now=NOON + timedelta(days=1)) as desk:
        meet(desk, "U02LEEOKA")
    assert owed(storage)[-1] == ("LookUpPerson", {"user": "U02LEEOKA"})
