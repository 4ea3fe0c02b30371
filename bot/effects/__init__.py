"""What we may owe the outside, as plain frozen data; `owe` writes one to the outbox."""

from bot.effects.calling import CallConnection
from bot.effects.effect import Blocks, Effect, owe, read
from bot.effects.learning import CaptureMessage, DrawReview, LookUpPerson, ResolveContact, UploadReview
from bot.effects.opening import (
    CreateChannel,
    DrawAnnouncement,
    DrawCard,
    DrawStep,
    Invite,
    PinCard,
    SetBookmarks,
    SetTopic,
)
from bot.effects.speaking import (
    AddReaction,
    Answer,
    RemoveReaction,
    SayInDigestChannel,
    SayInIncident,
    SayToStakeholders,
    Tell,
)

__all__ = [
    "AddReaction",
    "Answer",
    "Blocks",
    "CallConnection",
    "CaptureMessage",
    "CreateChannel",
    "DrawAnnouncement",
    "DrawCard",
    "DrawReview",
    "DrawStep",
    "Effect",
    "Invite",
    "LookUpPerson",
    "PinCard",
    "RemoveReaction",
    "ResolveContact",
    "SayInDigestChannel",
    "SayInIncident",
    "SayToStakeholders",
    "SetBookmarks",
    "SetTopic",
    "Tell",
    "UploadReview",
    "owe",
    "read",
]
