"""Rotas as last read, and what schedules last said of who is on call; nothing here asks anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from playbooks.contacts import Contact, parse_contacts
from playbooks.lifecycle import OPEN_STATUSES
from playbooks.people import contact_key
from playbooks.rota import Rota, from_json, to_json
from storage.models import CatalogueModel, Incident, OnCall, Participant, RotaRow
from storage.transaction import Transaction
from storage.upserts import upsert

WHY = "oncall"
"""Why somebody takes part who is on call."""


def keep_rotas(tx: Transaction, rotas: Mapping[str, Rota]) -> None:
    """Keep the rotas of the file, in place of those that it held before."""
    bodies = {name: to_json(rota) for name, rota in rotas.items()}
    if bodies == {row.name: row.body for row in tx.session.scalars(select(RotaRow))}:
        return
    tx.session.execute(delete(RotaRow))
    if bodies:
        tx.session.execute(insert(RotaRow), [{"name": name, "body": body} for name, body in bodies.items()])


def rota(tx: Transaction, name: str) -> Rota | None:
    """A rota by its name."""
    body = tx.session.scalar(select(RotaRow.body).where(RotaRow.name == name))
    return None if body is None else from_json(body)


def rotas(tx: Transaction) -> dict[str, Rota]:
    """Every rota by its name."""
    return {row.name: from_json(row.body) for row in tx.session.scalars(select(RotaRow).order_by(RotaRow.name))}


_SAID = CatalogueModel.card["facts"]["oncall"]["value"].as_string()
_LISTED = (CatalogueModel.missing_since.is_(None), _SAID.is_not(None))


def contacts_named(tx: Transaction) -> list[Contact]:
    """Whom the models that a registry lists name as on call, each once."""
    found: dict[str, Contact] = {}
    for text in tx.session.scalars(select(_SAID).where(*_LISTED).distinct()):
        for contact in _read(text):
            found.setdefault(contact_key(contact), contact)
    return [found[one] for one in sorted(found)]


def named_by(tx: Transaction) -> Iterator[tuple[str, str, str, Contact]]:
    """(model, registry, source in words, contact) of everybody whom a listed model names as on call."""
    fact = CatalogueModel.card["facts"]["oncall"]
    asked = select(CatalogueModel.name, fact["registry"].as_string(), fact["source"].as_string(), _SAID)
    for model, registry, source, text in tx.session.execute(asked.where(*_LISTED).order_by(CatalogueModel.name)):
        for contact in _read(text):
            yield model, registry or "", source, contact


def _read(text: str) -> tuple[Contact, ...]:
    listed = json.loads(text) if text.startswith("[") else [text]
    return parse_contacts(", ".join(map(str, listed)))


def rota_names(tx: Transaction) -> list[str]:
    """Every rota there is."""
    return sorted(tx.session.scalars(select(RotaRow.name)))


def answer(tx: Transaction, contact: str) -> OnCall | None:
    """What the schedule behind this contact last said."""
    return tx.session.get(OnCall, contact)


def answers(tx: Transaction) -> list[OnCall]:
    """What every schedule last said."""
    return list(tx.session.scalars(select(OnCall).order_by(OnCall.contact)))


def contacts_answered(tx: Transaction) -> set[str]:
    """The schedules that were asked at some time, whatever came of it."""
    return set(tx.session.scalars(select(OnCall.contact)))


def keep_answer(
    tx: Transaction,
    contact: str,
    *,
    person: str | None,
    source: str | None,
    until: datetime | None,
    problem: str | None,
    now: datetime,
) -> None:
    """Write down what a schedule said. A problem leaves the last person there, with the age of that answer."""
    said: dict[str, object] = {"contact": contact, "asked_at": now, "problem": problem}
    if problem is None:
        said |= {"person": person, "source": source, "until": until, "answered_at": now}
    upsert(tx, OnCall, [said])  # two replicas may ask for the first time at once
    tx.session.get(OnCall, contact, populate_existing=True)


def waiting(tx: Transaction, contact: str | None = None) -> list[Participant]:
    """Rows of open incidents for which nobody on call was found so far; of one schedule, where it is given."""
    chosen = (
        select(Participant)
        .join(Incident, Incident.id == Participant.incident_id)
        .where(
            Participant.why == WHY,
            Participant.user_id.is_(None),
            Incident.status.in_([status.value for status in OPEN_STATUSES]),
        )
        .order_by(Participant.id)
    )
    return list(tx.session.scalars(chosen if contact is None else chosen.where(Participant.contact == contact)))
