"""Who is on call: named where an incident opens as far as that is known at once, asked right after it where not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.effects import DrawCard, Invite, ResolveContact, owe
from bot.effects.reaching import AskOnCall
from bot.incidents.desk import Desk, Feature
from bot.incidents.finding import card_of
from bot.incidents.telling import channel_first, say
from bot.views.text import ago, esc, person
from playbooks.card import ModelCard
from playbooks.contacts import Contact, parse_contact
from playbooks.rota import no_such_rota
from playbooks.rota import on_call as turn_at
from storage import incidents, on_call, participants, people
from storage.models import Incident, OnCall, Participant
from storage.transaction import Transaction

FRESH: Final = timedelta(minutes=5)
"""How long a schedule's answer is taken without asking again."""
STALE: Final = timedelta(hours=24)
"""How long it is better than nothing, shown with its age."""
BEING_ASKED: Final = "is being asked for now"
KEY: Final = "oncall"


@dataclass(frozen=True, kw_only=True)
class Named:
    """Somebody on call, or the schedule behind which nobody is known yet."""

    contact: Contact
    source: str
    problem: str | None = None
    """Why the schedule has named nobody so far."""
    until: datetime | None = None
    """When the next one takes over, where the schedule knows it."""
    answered_at: datetime | None = None
    """When a schedule over HTTP said so."""
    since_then: str | None = None
    """Why it could not be asked again after that."""

    @property
    def has_to_be_asked(self) -> bool:
        return self.problem == BEING_ASKED


def named(tx: Transaction, card: ModelCard, now: datetime) -> Iterator[Named]:
    """Who is on call for a model, as far as the database knows; the network is never asked here."""
    fact = card.fact(KEY)
    for contact in card.contacts(KEY):
        yield _behind(tx, contact, fact.source if fact else "", now)


def known(tx: Transaction, contacts: Sequence[Contact], now: datetime) -> list[Named]:
    """Who is on call by what was read and said last, for whoever wants to know; nobody is asked for it."""
    return [_kept(tx, one, now) if one.is_schedule else Named(contact=one, source="") for one in contacts]


def held_by(tx: Transaction, contacts: Collection[str], now: datetime) -> set[str]:
    """The schedules, as cards write them, in which somebody who is called one of these has the turn now."""
    rotas = on_call.rotas(tx).items()
    held = {f"rota:{name}" for name, rota in rotas if people.key(turn_at(rota, now).person) in contacts}
    said = (row for row in on_call.answers(tx) if row.person is not None and _holds(row, now, STALE))
    return held | {row.contact for row in said if people.key(row.person or "") in contacts}


def _kept(tx: Transaction, contact: Contact, now: datetime) -> Named:
    if contact.kind == "rota":
        return _behind(tx, contact, "", now)
    said = on_call.answer(tx, people.key(contact))
    if said is not None and said.person is not None and _holds(said, now, STALE):
        return Named(
            contact=parse_contact(said.person),
            source=said.source or "",
            until=said.until,
            answered_at=said.answered_at,
            since_then=said.problem,
        )
    if said is not None and said.problem is not None:
        return Named(contact=contact, source="", problem=f"is not known: {said.problem}")
    why = "has not been asked for yet" if said is None else "has changed since it was asked for"
    return Named(contact=contact, source="", problem=f"is not known: it {why}, which happens within minutes.")


def _behind(tx: Transaction, contact: Contact, source: str, now: datetime) -> Named:
    if contact.kind == "rota":
        rota = on_call.rota(tx, contact.value)
        if rota is None:
            why = f"is not known: {no_such_rota(contact.value, on_call.rota_names(tx))}"
            return Named(contact=contact, source=source, problem=why)
        turn = turn_at(rota, now)
        return Named(contact=parse_contact(turn.person), source=f"rota {contact.value}", until=turn.until)
    if contact.is_schedule:
        known = on_call.answer(tx, people.key(contact))
        if known is not None and known.person is not None and _holds(known, now, FRESH):
            return Named(contact=parse_contact(known.person), source=known.source or source)
        return Named(contact=contact, source=source, problem=BEING_ASKED)
    return Named(contact=contact, source=source)


def _holds(known: OnCall, now: datetime, age: timedelta) -> bool:
    answered = known.answered_at is not None and known.answered_at > now - age
    return answered and (known.until is None or known.until > now)


def ask(tx: Transaction, contact: Contact | str) -> None:
    """Have a schedule asked who is on call."""
    owe(tx, AskOnCall(contact=people.key(contact)))


def in_words(desk: Desk, incident: Incident) -> str:
    """Who is on call for a new incident, for the person who opened it; empty where its model names nobody."""
    if incident.private or card_of(incident).fact(KEY) is None:
        return ""
    rows = [row for row in participants.of_incident(desk.tx, incident.id) if row.why == on_call.WHY]
    return " ".join(_said_of(row) for row in rows[:3])


def _said_of(row: Participant) -> str:
    label = esc(parse_contact(row.contact).label, 100)
    if row.problem == BEING_ASKED:
        return f"{label[:1].upper()}{label[1:]} {BEING_ASKED}."
    if row.user_id is not None and row.problem is None:
        return f"On call now: {person(row.user_id)} ({esc(row.source or '', 150)})."
    if row.problem == people.NOT_ASKED_YET:
        return f"On call now: {label} ({esc(row.source or '', 150)}), who is being looked up in Slack."
    return f"On call now: {label}, who could not be brought in: {esc(row.problem or '', 300)}."


def note_answer(desk: Desk, effect: AskOnCall, learnt: dict[str, Any]) -> None:
    """A schedule has answered, or could not; whoever waits for it in an open incident is told. Nothing for a rota.

    Where the service was never set up (`is_quiet`) the card alone says so: nobody in the channel can change that.
    """
    if learnt:
        keep(desk.tx, effect.contact, learnt, desk.now)
    for row in on_call.waiting(desk.tx, effect.contact):
        incident = incidents.by_id(desk.tx, row.incident_id, for_change=True)
        if incident is not None:
            _settle(desk, incident, row, is_quiet=bool(learnt.get("is_quiet")))


def keep(tx: Transaction, contact: str, learnt: dict[str, Any], now: datetime) -> None:
    """Write down what a schedule said: person, source, until (ISO time or None) and problem."""
    until = learnt.get("until")
    on_call.keep_answer(
        tx,
        contact,
        person=learnt.get("person"),
        source=learnt.get("source"),
        until=datetime.fromisoformat(until) if until else None,
        problem=learnt.get("problem"),
        now=now,
    )


def _settle(desk: Desk, incident: Incident, row: Participant, *, is_quiet: bool) -> None:
    contact = parse_contact(row.contact)
    found = _behind(desk.tx, contact, row.source or "", desk.now)
    known = on_call.answer(desk.tx, people.key(contact))
    said = ""
    if found.problem is not None and known is not None and known.problem is not None:
        if known.person is not None and known.answered_at is not None and _holds(known, desk.now, STALE):
            age = ago(known.answered_at, desk.now)
            found = Named(contact=parse_contact(known.person), source=f"{known.source}, as of {age}")
            said = f" That was said {age}; since then: {esc(known.problem, 300)}"
        else:
            found = Named(contact=contact, source=row.source or "", problem=f"is not known: {known.problem}")
    if found.problem is None:
        _bring_in(desk, incident, row, found, said)
    elif found.problem not in {row.problem, BEING_ASKED}:
        row.problem = found.problem
        desk.tx.session.flush()
        if not is_quiet:
            say(desk, incident, f"Who is on call is UNKNOWN. {_sentence(found)}")
        owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel_first(desk, incident))


def _sentence(found: Named) -> str:
    label = esc(found.contact.label, 100)
    return f"{label[:1].upper()}{label[1:]} {esc(found.problem or '', 400).rstrip('.')}."


def _bring_in(desk: Desk, incident: Incident, row: Participant, found: Named, said: str) -> None:
    user_id, problem = people.who(desk.tx, found.contact)
    written = as_written(found.contact)
    desk.tx.session.delete(row)  # another may say the same already, and no two rows do
    desk.tx.session.flush()
    twin = participants.add(
        desk.tx,
        incident_id=incident.id,
        why=on_call.WHY,
        contact=written,
        source=found.source,
        user_id=user_id,
        problem=problem,
        added_at=desk.now,
    )
    if problem == people.NOT_ASKED_YET:
        for one in people.take_contacts_to_ask(desk.tx, [found.contact], before=desk.now, now=desk.now):
            owe(desk.tx, ResolveContact(contact=one))
    needs = channel_first(desk, incident)
    if user_id is not None and problem is None:
        owe(desk.tx, Invite(incident_id=incident.id, users=(user_id,)), needs=needs)
    say(desk, incident, _said_of(twin) + said)
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)


def as_written(contact: Contact) -> str:
    """The contact on one line, with the name that the registry gives it."""
    if contact.kind == "email" and contact.label != contact.value:
        return f"{contact.label} <{contact.value}>"
    return people.key(contact)


FEATURE = Feature(learnt={AskOnCall: note_answer})
