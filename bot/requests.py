"""What can be asked with /ml-incident, as plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from playbooks.due_words import DueDay
from playbooks.lifecycle import Role, Severity, Status


@dataclass(frozen=True, kw_only=True)
class Open:
    """Open an incident; without a model or without words, ask in a modal."""

    model: str | None = None
    what: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListIncidents:
    """The open incidents, or all of them."""

    everything: bool = False


@dataclass(frozen=True, kw_only=True)
class Search:
    """Past and present incidents that hold these words."""

    words: str


@dataclass(frozen=True, kw_only=True)
class Who:
    """Everything the catalogue knows of one model."""

    model: str


@dataclass(frozen=True, kw_only=True)
class Models:
    """The models of the catalogue, or those that concern the asker."""

    mine: bool = False


@dataclass(frozen=True, kw_only=True)
class Impact:
    """Who is affected by a model or an upstream; without a name, by the model of this channel's incident."""

    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Playbooks:
    """The playbooks there are, or one of them."""

    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """The reviews that are not published yet, or the asker's."""

    mine: bool = False


@dataclass(frozen=True, kw_only=True)
class Digest:
    """This week's ownership digest, for the asker alone: of the channel, their own, or what somebody else would get."""

    mine: bool = False
    user: str | None = None


@dataclass(frozen=True, kw_only=True)
class Help:
    """What can be typed."""


@dataclass(frozen=True, kw_only=True)
class Tray:
    """The actions that make sense here and now, as buttons."""


@dataclass(frozen=True, kw_only=True)
class SetStatus:
    """Move the incident to another status."""

    status: Status
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class SetSeverity:
    """Change how severe the incident is."""

    severity: Severity
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resolve:
    """The incident is over; asks what ended it when that is not said."""

    ended_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reopen:
    """It is not over after all."""

    why: str


@dataclass(frozen=True, kw_only=True)
class GiveRole:
    """Give a role to somebody."""

    role: Role
    user: str


@dataclass(frozen=True, kw_only=True)
class HandOff:
    """Give a role to the next person, with what they need to know."""

    role: Role
    user: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """Put words onto the timeline."""

    text: str


@dataclass(frozen=True, kw_only=True)
class SendUpdate:
    """Tell stakeholders; without words, ask in a modal."""

    text: str | None = None


@dataclass(frozen=True, kw_only=True)
class StartPlaybook:
    """Start or change the playbook; without a name, offer those that fit."""

    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Whether a model is ready for production, before anything breaks; without one, how teams document theirs."""

    model: str | None = None
    """What was typed, the whole of it."""
    team: str | None = None
    """What followed the word team, unless a model is called like the whole."""


@dataclass(frozen=True, kw_only=True)
class ShowStep:
    """Where the playbook stands; `picture` has it drawn for the channel."""

    picture: bool = False


@dataclass(frozen=True, kw_only=True)
class AddFollowUp:
    """Something to do that outlives the incident."""

    text: str
    owner: str | None = None
    due: DueDay | None = None


@dataclass(frozen=True, kw_only=True)
class ShowReview:
    """The review's draft, and what is missing in it."""


Request = (
    Open
    | ListIncidents
    | Search
    | Who
    | Ready
    | Models
    | Impact
    | Playbooks
    | Reviews
    | Digest
    | Help
    | Tray
    | SetStatus
    | SetSeverity
    | Resolve
    | Reopen
    | GiveRole
    | HandOff
    | Note
    | SendUpdate
    | StartPlaybook
    | ShowStep
    | AddFollowUp
    | ShowReview
)
