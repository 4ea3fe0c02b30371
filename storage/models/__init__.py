"""The tables, declarative and typed. Slack's ids are opaque strings here; every time is UTC."""

from storage.models.base import Base
from storage.models.calls import Call
from storage.models.catalogue import AliasMove, CatalogueModel, Contact, Place, RegistryCard, RegistrySync, SlackPerson
from storage.models.incidents import FollowUp, Incident, Mark, Participant, RoleHolder, TimelineEntry, Update
from storage.models.owed import Effect, Reminder, Seen
from storage.models.ownership import OwnershipWord, TeamScore
from storage.models.people import ContactAlias, OnCall, RotaRow, SlackGroup
from storage.models.runs import PlaybookText, Review, Run, RunRecord

__all__ = [
    "AliasMove",
    "Base",
    "Call",
    "CatalogueModel",
    "Contact",
    "ContactAlias",
    "Effect",
    "FollowUp",
    "Incident",
    "Mark",
    "OnCall",
    "OwnershipWord",
    "Participant",
    "Place",
    "PlaybookText",
    "RegistryCard",
    "RegistrySync",
    "Reminder",
    "Review",
    "RoleHolder",
    "RotaRow",
    "Run",
    "RunRecord",
    "Seen",
    "SlackGroup",
    "SlackPerson",
    "TeamScore",
    "TimelineEntry",
    "Update",
]
