"""Whom Slack knows behind the contacts of the catalogue, as last looked up; never while an incident opens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CompoundSelect, Row, bindparam, delete, insert, null, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from playbooks.contacts import Contact, parse_contact
from playbooks.people import contact_key
from storage.models import Contact as ContactRow
from storage.models import ContactAlias, SlackPerson
from storage.transaction import Transaction

NOT_ASKED_YET: Final = "has not been looked up in Slack yet"

_SCHEDULE: Final = "is asked for when an incident opens, where it is the model's oncall"
_OUT_OF_REACH: Final = {
    "slack-group": "is a Slack group, which is brought in only when whoever opened the incident says so",
    "pagerduty": _SCHEDULE,
    "opsgenie": _SCHEDULE,
    "rota": _SCHEDULE,
    "backstage": "is written as a Backstage entity; add an e-mail address to the registry or to the people file",
    "name": "has no e-mail address in the registry, and does not stand in the people file",
}
_ASKED: Final = frozenset({"email", "handle", "slack-user", "slack-group"})
key = contact_key


def can_be_asked(contact: Contact | str) -> bool:
    """Whether Slack could know the account or group behind it; schedules and plain names it cannot."""
    contact = parse_contact(contact) if isinstance(contact, str) else contact
    return contact.kind in _ASKED


def who(tx: Transaction, contact: Contact | str) -> tuple[str | None, str | None]:
    """(Slack user id, problem) for a contact as the registry writes it; exactly what the last look-up found.

    A problem is the end of a sentence about the contact ('is not in this Slack workspace'). Somebody with a problem
    cannot be invited, even where the id is known: it is there for those who ask which account was deactivated.
    """
    return who_are(tx, [contact])[0]


def who_are(tx: Transaction, contacts: Sequence[Contact | str]) -> list[tuple[str | None, str | None]]:
    """`who` of several contacts in their order, with one look at the database."""
    parsed = [parse_contact(contact) if isinstance(contact, str) else contact for contact in contacts]
    asked = {key(contact) for contact in parsed if not contact.is_schedule}
    found = tx.session.execute(_WHO_ARE, {"asked": list(asked)}).all() if asked else []
    rows = {row.asked: row for row in sorted(found, key=lambda row: row.means is not None)}  # the people file wins
    return [_said_of(contact, rows.get(key(contact))) for contact in parsed]


# Built once, and columns rather than objects: every opening asks it while the person waits.
_WHO_ARE: Final[CompoundSelect[Any]] = union_all(
    select(
        ContactRow.contact.label("asked"),
        null().label("means"),
        ContactRow.contact.label("there"),
        ContactRow.user_id,
        ContactRow.problem,
        SlackPerson.deactivated,
    )
    .outerjoin(SlackPerson, SlackPerson.user_id == ContactRow.user_id)
    .where(ContactRow.contact.in_(bindparam("asked", expanding=True))),
    select(
        ContactAlias.contact,
        ContactAlias.means,
        ContactRow.contact,
        ContactRow.user_id,
        ContactRow.problem,
        SlackPerson.deactivated,
    )
    .outerjoin(ContactRow, ContactRow.contact == ContactAlias.means)
    .outerjoin(SlackPerson, SlackPerson.user_id == ContactRow.user_id)
    .where(ContactAlias.contact.in_(bindparam("asked", expanding=True))),
)


def _said_of(contact: Contact, found: Row[Any] | None) -> tuple[str | None, str | None]:
    if found is not None and found.means is not None:
        if found.there is None:
            return None, NOT_ASKED_YET
    elif contact.kind == "slack-group" and found is not None and found.problem not in {None, NOT_ASKED_YET}:
        return None, found.problem
    elif contact.kind in _OUT_OF_REACH:
        return None, _OUT_OF_REACH[contact.kind]
    elif found is None:
        return None, NOT_ASKED_YET
    if found.deactivated:
        return found.user_id, "has a Slack account that is deactivated"
    return found.user_id, found.problem


def keep_aliases(tx: Transaction, means: Mapping[str, str]) -> None:
    """Keep what the people file says, in place of what it said before: contact → contact, as `key` writes them."""
    if means == aliases(tx):
        return
    tx.session.execute(delete(ContactAlias))
    if means:
        tx.session.execute(insert(ContactAlias), [{"contact": one, "means": other} for one, other in means.items()])


def aliases(tx: Transaction) -> dict[str, str]:
    """What the people file said when it was last read."""
    return {row.contact: row.means for row in tx.session.execute(select(ContactAlias.contact, ContactAlias.means))}


def meant_by(tx: Transaction, contact: Contact | str) -> str:
    """The contact that Slack is asked about: another where the people file says so. As `key` writes it."""
    written = key(contact)
    return tx.session.scalar(select(ContactAlias.means).where(ContactAlias.contact == written)) or written


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
    named = {key(contact) for contact in contacts}
    said = tx.session.execute(_MEANS, {"named": list(named)}).all() if named else []
    means = {row.contact: row.means for row in said}
    wanted = sorted({one for one in (means.get(name, name) for name in named) if can_be_asked(one)})
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


_MEANS = select(ContactAlias.contact, ContactAlias.means).where(
    ContactAlias.contact.in_(bindparam("named", expanding=True))
)


def take_people_to_ask(tx: Transaction, *, before: datetime, now: datetime, limit: int = 50) -> list[str]:
    """Up to `limit` accounts not looked up since `before`, nor found behind a contact since, noted as asked now.

    A contact that no card names any more is asked about no more, such as that of whoever was made owner in Slack alone.
    """
    behind_a_contact = select(ContactRow.user_id).where(ContactRow.user_id.is_not(None), ContactRow.checked_at > before)
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
    known = select(ContactRow.contact).where(ContactRow.user_id == user_id)
    other = select(ContactAlias.contact).where(ContactAlias.means.in_(known))
    return sorted({*tx.session.scalars(known), *tx.session.scalars(other)})


def _have(tx: Transaction, table: type[ContactRow | SlackPerson], *rows: dict[str, object]) -> list[str]:
    """Add the rows that are not there yet, and return their keys. Two transactions may do so at once."""
    adding = postgresql.insert if tx.on_postgresql else sqlite.insert
    named = ContactRow.contact if table is ContactRow else SlackPerson.user_id
    added = adding(table).values(list(rows)).on_conflict_do_nothing().returning(named)
    return [str(row[0]) for row in tx.session.execute(added)]
