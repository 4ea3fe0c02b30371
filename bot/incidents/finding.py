"""Finding the incident somebody means, and whether they may see it and do what they ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.effects import CreateChannel
from bot.incidents.desk import Answer, Desk
from bot.views.lists import Brief, wrong_place
from playbooks.card import ModelCard, from_json
from playbooks.lifecycle import Role, RuleBroken, Severity, Status
from playbooks.permissions import Standing, check_permission
from storage import deliveries, incidents, participants, roles
from storage.models import Incident

_MOST_OFFERED = 10


class NotHere(RuleBroken):
    """This channel belongs to no incident; `answer` offers those of the person instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def incident_here(desk: Desk, channel: str, *, for_change: bool = True) -> Incident:
    """The incident whose channel this is. Raises NotHere."""
    incident = incidents.by_channel(desk.tx, channel, for_change=for_change)
    if incident is not None:
        return incident
    theirs = incidents.of_person(desk.tx, desk.by, limit=_MOST_OFFERED)
    text, blocks = wrong_place(briefs(desk, theirs), desk.policy)
    raise NotHere(Answer(text=text, blocks=blocks))


def by_id(desk: Desk, incident_id: int, *, for_change: bool = True) -> Incident:
    """The incident with this number, held until the transaction ends unless it is only read.

    Raises RuleBroken when there is none, or when it is private and not theirs: they cannot tell which.
    """
    incident = incidents.by_id(desk.tx, incident_id, for_change=for_change)
    if incident is None or (desk.by and not visible(desk, incident, desk.by)):
        raise RuleBroken("There is no such incident any more. `/ml-incident list` shows the open ones.")
    return incident


def visible(desk: Desk, incident: Incident, user: str) -> bool:
    """Whether this person may know of the incident."""
    return not incident.private or incidents.is_visible(desk.tx, incident.id, user=user)


def allow(desk: Desk, incident: Incident, action: str) -> None:
    """Raise RuleBroken naming who may, unless the policy lets this person do it ('resolve', 'review-publish')."""
    check_permission(desk.policy, action, standing(desk, incident, desk.by))


def standing(desk: Desk, incident: Incident, user: str) -> Standing:
    """What this person is to the incident."""
    held = roles.held_by(desk.tx, incident.id, user)
    reasons = {row.why for row in participants.of_incident(desk.tx, incident.id) if row.user_id == user}
    return Standing(
        is_commander=Role.COMMANDER.value in held,
        holds_a_role=bool(held),
        is_owner=bool(reasons & {"owner", "backup"}),
        is_opener=incident.opened_by == user,
    )


def card_of(incident: Incident) -> ModelCard:
    """The model card as it was at declaration; empty where nothing was known, so that each fact reads UNKNOWN."""
    return from_json(incident.card) if incident.card else ModelCard(incident.model)


def briefs(desk: Desk, found: Sequence[Incident]) -> list[Brief]:
    """What names these incidents for whoever looks for them: with why there is no channel, where that gave up."""
    creating = {CreateChannel(incident_id=one.id).key: one.id for one in found if one.channel_id is None}
    why = {creating[key]: error for key, error in deliveries.given_up(desk.tx, creating).items()}
    return [replace(brief(one), no_channel=why.get(one.id)) for one in found]


def brief(incident: Incident) -> Brief:
    """What names the incident wherever it is mentioned."""
    return Brief(
        number=incident.id,
        title=incident.title,
        model=card_of(incident).title,
        severity=Severity(incident.severity),
        status=Status(incident.status),
        kind=incident.kind,
        private=incident.private,
        channel_id=incident.channel_id,
        opened_by=incident.opened_by,
        declared_at=incident.declared_at,
    )
