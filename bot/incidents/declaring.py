"""Declaring an incident: the row, who it concerns, its first words on the timeline, and all that is owed for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.effects import (
    CreateChannel,
    DrawCard,
    Invite,
    LookUpPerson,
    PinCard,
    ResolveContact,
    SetBookmarks,
    SetTopic,
    owe,
)
from bot.effects.impact import FindAffected
from bot.incidents import groups, on_call, starting, updates
from bot.incidents.desk import Desk
from bot.incidents.entries import enter
from bot.incidents.lineages import upstream_card
from bot.incidents.on_call import as_written
from bot.incidents.telling import announce
from bot.incidents.wording import kept
from playbooks.card import ModelCard, to_json
from playbooks.contacts import Contact
from playbooks.lifecycle import Severity
from storage import catalogue, incidents, participants, people
from storage.models import Incident, Participant
from storage.on_call import WHY


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What somebody says is wrong with which model."""

    model: str
    what: str
    severity: Severity | None = None
    """None: as the policy proposes for the model's tier."""
    failure_mode: str = "unknown"
    private: bool = False
    kind: str = "real"
    opened_from: str | None = None


def declare(desk: Desk, said: Declaration) -> Incident:
    """Open the incident, in this transaction; the worker brings everything about in Slack."""
    card = catalogue.card(desk.tx, said.model) or upstream_card(desk.tx, said.model, now=desk.now)
    severity = said.severity or desk.policy.severity_for(card.tier if card else None)
    incident = incidents.declare(
        desk.tx,
        title=said.what,
        model=card.name if card else said.model,
        model_known=card is not None,
        card=to_json(card) if card else None,
        failure_mode=said.failure_mode,
        severity=severity.value,
        private=said.private,
        kind=said.kind,
        opened_by=desk.by,
        opened_from=said.opened_from,
        declared_at=desk.now,
    )
    enter(
        desk,
        incident,
        "declared",
        kept(f"Opened as {severity.label}: {said.what}"),
        reason=None if said.severity else _why_proposed(severity, card),
    )
    updates.promise(desk, incident, desk.now + updates.pace(desk, incident))
    invited, has_groups = _concern(desk, incident, card)
    drawn = _owe_opening(desk, incident, invited=invited)
    if has_groups:
        groups.offer(desk, incident, needs=drawn)
    return incident


def _why_proposed(severity: Severity, card: ModelCard | None) -> str:
    if card is None or card.tier is None:
        return f"{severity.label} is the policy's proposal for a model whose tier is unknown"
    return f"{severity.label} is the policy's proposal for a tier {card.tier} model"


def _concern(desk: Desk, incident: Incident, card: ModelCard | None) -> tuple[list[str], bool]:
    """Write down everybody it concerns. Returns whom to invite, who is on call first, and whether groups are named."""
    invited = [desk.by] if desk.by else []
    everybody = [_participant(desk, incident, "opener", desk.by, user_id=desk.by)] if desk.by else []
    if desk.by and people.person(desk.tx, desk.by) is None:
        owe(desk.tx, LookUpPerson(user=desk.by))
    named = _on_call(desk, incident, card)
    named += [(why, contact, source, None) for why, contact, source in _named_in(card, private=incident.private)]
    contacts = [contact for _, contact, _, _ in named]
    found = people.who_are(desk.tx, contacts)
    for (why, contact, source, unnamed), (user_id, problem) in zip(named, found, strict=True):
        problem = unnamed or problem  # noqa: PLW2901 -- a schedule is not looked up in Slack
        row = _participant(desk, incident, why, as_written(contact), source=source, user_id=user_id, problem=problem)
        everybody.append(row)
        if user_id is not None and problem is None:
            invited.insert(0, user_id) if why == WHY else invited.append(user_id)
    participants.concern(desk.tx, everybody)
    has_groups = any(contact.kind == "slack-group" for contact in contacts)
    if has_groups or any(row.problem == people.NOT_ASKED_YET for row in everybody):
        _ask_for_the_unasked(desk, contacts)
    return list(dict.fromkeys(invited)), has_groups


def _on_call(desk: Desk, incident: Incident, card: ModelCard | None) -> list[tuple[str, Contact, str, str | None]]:
    """(why, contact, source, why nobody is named yet) of who is on call; schedules are asked once this is committed."""
    if card is None or incident.private:
        return []
    found = list(on_call.named(desk.tx, card, desk.now))
    for one in found:
        if one.has_to_be_asked:
            on_call.ask(desk.tx, one.contact)
    return [(WHY, one.contact, one.source, one.problem) for one in found]


def _participant(
    desk: Desk,
    incident: Incident,
    why: str,
    contact: str,
    *,
    user_id: str | None,
    source: str | None = None,
    problem: str | None = None,
) -> Participant:
    return Participant(
        incident_id=incident.id,
        why=why,
        contact=contact,
        source=source,
        user_id=user_id,
        problem=problem,
        added_at=desk.now,
    )


def _named_in(card: ModelCard | None, *, private: bool) -> Iterator[tuple[str, Contact, str]]:
    """(why, contact, source) of everybody the model card names; owner and backup alone for a private incident."""
    if card is None:
        return
    keys = [("owner", "owner"), ("backup", "owner.backup")]
    if not private:
        keys += [(f"poc:{team}", f"poc.{team}") for team in card.pocs()]
    for why, key in keys:
        fact = card.fact(key)
        for contact in card.contacts(key):
            yield why, contact, fact.source if fact else ""


def _ask_for_the_unasked(desk: Desk, named: list[Contact]) -> None:
    # Only those nobody ever asked Slack about, e.g. right after the first start: `joining.bring_in` invites them later.
    never = datetime.min.replace(tzinfo=UTC)
    for contact in people.take_contacts_to_ask(desk.tx, named, before=never, now=desk.now):
        owe(desk.tx, ResolveContact(contact=contact))


def _owe_opening(desk: Desk, incident: Incident, *, invited: list[str]) -> int:
    # A small tree: everything but the channel and the pin can go side by side, so it is usable in three round trips.
    channel = owe(desk.tx, CreateChannel(incident_id=incident.id))
    card = owe(desk.tx, DrawCard(incident_id=incident.id), needs=channel, first=True)
    if invited:
        owe(desk.tx, Invite(incident_id=incident.id, users=tuple(invited)), needs=channel)
    announce(desk, incident, first=True)
    starting.start(desk, incident, needs=channel)
    owe(desk.tx, PinCard(incident_id=incident.id), needs=card)
    owe(desk.tx, SetTopic(incident_id=incident.id), needs=channel, first=True)
    owe(desk.tx, SetBookmarks(incident_id=incident.id), needs=channel, first=True)
    owe(desk.tx, FindAffected(incident_id=incident.id), needs=channel)
    return card
