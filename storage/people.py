"""Whom Slack knows behind the contacts of the catalogue, as last looked up; never while an incident opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from playbooks.contacts import Contact, parse_contact
from storage.models import Contact as ContactRow
from storage.models import SlackPerson
from storage.transaction import Transaction

NOT_ASKED_YET: Final = "has not been looked up in Slack yet"

_PREFIX: Final = {
    "handle": "@",
    "slack-user": "slack:",
    "slack-group": "slack-group:",
    "pagerduty": "pagerduty:",
    "backstage": "backstage:",
}
_OUT_OF_REACH: Final = {
    "slack-group": "is a Slack group, which is not invited by itself; mention it where it is needed",
    "pagerduty": "cannot be invited from here; page them in PagerDuty",
    "backstage": "is written as a Backstage entity; add an e-mail address to the registry",
    "name": "has no e-mail address in the registry",
}


def key(contact: Contact | str) -> str:
    """How a contact is written once, whatever name stands beside the address: ana@example.com, slack:U01ANAMOR."""
    contact = parse_contact(contact) if isinstance(contact, str) else contact
    return _PREFIX.get(contact.kind, "") + contact.value


def can_be_asked(contact: Contact | str) -> bool:
    """Whether Slack could know one account behind it; groups, schedules and plain names it cannot."""
    contact = parse_contact(contact) if isinstance(contact, str) else contact
    return contact.kind not in _OUT_OF_REACH


def who(tx: Transaction, contact: Contact | str) -> tuple[str | None, str | None]:
    """(Slack user id, problem) for a contact as the registry writes it; exactly what the last look-up found.

    A problem is the end of a sentence about the contact ('is not in this Slack workspace'). Somebody with a problem
    cannot be invited, even where the id is known: it is there for those who ask which account was deactivated.
    """
    return who_are(tx, [contact])[0]


def who_are(tx: Transaction, contacts: Sequence[Contact | str]) -> list[tuple[str | None, str | None]]:
    """`who` of several contacts in their order, with one look at the database."""
    parsed = [parse_contact(contact) if isinstance(contact, str) else contact for contact in contacts]
    asked = {key(contact) for contact in parsed if can_be_asked(contact)}
    found = tx.session.execute(_WHO_ARE, {"asked": list(asked)}).all() if asked else []
    rows = {row.contact: row for row in found}
    return [_said_of(contact, rows.get(key(contact))) for contact in parsed]


# Built once, and columns rather than objects: every opening asks it while the person waits.
_WHO_ARE = (
    select(ContactRow.contact, ContactRow.user_id, ContactRow.problem, SlackPerson.deactivated)
    .outerjoin(SlackPerson, SlackPerson.user_id == ContactRow.user_id)
    .where(ContactRow.contact.in_(bindparam("asked", expanding=True)))
)


def _said_of(contact: Contact, found: Row[str, str | None, str | None, bool] | None) -> tuple[str | None, str | None]:
    if contact.kind in _OUT_OF_REACH:
        return None, _OUT_OF_REACH[contact.kind]
    if found is None:
        return None, NOT_ASKED_YET
    if found.deactivated:
        return found.user_id, "has a Slack account that is deactivated"
    return found.user_id, found.problem


def person(tx: Transaction, user_id: str) -> SlackPerson | None:
    """A Slack account as last looked up."""
    return tx.session.get(SlackPerson, user_id)


def keep_person(
    tx: Transaction,
    user_id: str,
    *,
    name: str,
    email: str | None = None,
    time_zone: str | None = None,
    deactivated: bool = False,
    is_bot: bool = False,
    now: datetime,
) -> None:
    """Write down what Slack says of an account."""
    _have(tx, SlackPerson, {"user_id": user_id, "name": name, "deactivated": False, "is_bot": False, "checked_at": now})
    row = tx.session.get_one(SlackPerson, user_id)
    row.name, row.email, row.time_zone = name, email, time_zone
    row.deactivated, row.is_bot, row.checked_at = deactivated, is_bot, now
    tx.session.flush()


def keep_contact(
    tx: Transaction, contact: Contact | str, *, user_id: str | None, problem: str | None, now: datetime
) -> None:
    """Write down whom Slack knows under a contact, or why nobody."""
    _have(tx, ContactRow, {"contact": key(contact), "checked_at": now})
    row = tx.session.get_one(ContactRow, key(contact))
    row.user_id, row.problem, row.checked_at = user_id, problem, now
    tx.session.flush()


def take_contacts_to_ask(
    tx: Transaction, contacts: Iterable[Contact | str], *, before: datetime, now: datetime
) -> list[str]:
    """The contacts that nobody asked Slack about since `before`, noted as asked now, so that they are asked once."""
    wanted = sorted({key(contact) for contact in contacts if can_be_asked(contact)})
    if not wanted:
        return []
    stale = tx.session.scalars(  # the last answer stands until the next one
        update(ContactRow)
        .where(ContactRow.contact.in_(wanted), ContactRow.checked_at <= before)
        .values(checked_at=now)
        .returning(ContactRow.contact)
    ).all()
    rows = [{"contact": contact, "problem": NOT_ASKED_YET, "checked_at": now} for contact in wanted]
    return sorted([*stale, *_have(tx, ContactRow, *rows)])


def take_people_to_ask(tx: Transaction, *, before: datetime, now: datetime, limit: int = 50) -> list[str]:
    """Up to `limit` accounts not looked up since `before` and behind no contact, noted as asked now."""
    behind_a_contact = select(ContactRow.user_id).where(ContactRow.user_id.is_not(None))
    rows = tx.session.scalars(
        select(SlackPerson)
        .where(SlackPerson.checked_at <= before, SlackPerson.user_id.not_in(behind_a_contact))
        .order_by(SlackPerson.user_id)
        .limit(limit)
    ).all()
    for row in rows:
        row.checked_at = now
    tx.session.flush()
    return [row.user_id for row in rows]


def contacts_of(tx: Transaction, user_id: str) -> list[str]:
    """The contacts under which Slack knows this account, e.g. to find the models that are theirs."""
    return sorted(tx.session.scalars(select(ContactRow.contact).where(ContactRow.user_id == user_id)))


def _have(tx: Transaction, table: type[ContactRow | SlackPerson], *rows: dict[str, object]) -> list[str]:
    """Add the rows that are not there yet, and return their keys. Two transactions may do so at once."""
    insert = postgresql.insert if tx.on_postgresql else sqlite.insert
    named = ContactRow.contact if table is ContactRow else SlackPerson.user_id
    added = insert(table).values(list(rows)).on_conflict_do_nothing().returning(named)
    return [str(row[0]) for row in tx.session.execute(added)]
