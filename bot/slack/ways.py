"""Which doer does which effect, what is written down once it is done, and whose limit it waits for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot import effects
from bot.effects import Effect
from bot.effects.impact import FindAffected, UploadImpact
from bot.effects.pictures import UploadPicture
from bot.effects.reaching import BringInGroup
from bot.incidents import groups
from bot.incidents.desk import Desk
from bot.slack import channel, drawing, files, impact, marks, people, pictures, saying
from bot.slack.errand import Doer, Write


@dataclass(frozen=True, kw_only=True)
class Way:
    """How one kind of effect is done."""

    do: Doer
    method: str | None = None
    """While Slack's limit for it is reached, effects of this kind are not claimed."""
    write: Write | None = None
    gave_up: Callable[[Desk, Any, str], None] | None = None
    """(desk, effect, the reason for people) → what somebody has to be told when it will never be done."""


def all_ways() -> dict[type[Effect], Way]:
    """One way for each effect there is."""
    return {
        effects.CreateChannel: Way(
            do=channel.create,
            method="conversations.create",
            write=channel.write_channel,
            gave_up=channel.tell_opener,
        ),
        effects.SetTopic: Way(do=channel.set_topic, method="conversations.setTopic"),
        effects.SetBookmarks: Way(do=channel.set_bookmarks, method="bookmarks.add"),
        effects.DrawCard: Way(do=drawing.draw_card, write=drawing.write_card),
        effects.DrawAnnouncement: Way(do=drawing.draw_announcement, write=drawing.write_announcement),
        effects.DrawStep: Way(do=drawing.draw_step, write=drawing.write_step),
        effects.DrawReview: Way(do=drawing.draw_review, write=drawing.write_review),
        effects.PinCard: Way(do=drawing.pin_card, method="pins.add"),
        effects.Invite: Way(
            do=people.invite,
            method="conversations.invite",
            write=people.write_invited,
            gave_up=people.nobody_invited,
        ),
        effects.LookUpPerson: Way(do=people.look_up, method="users.info"),
        effects.ResolveContact: Way(do=people.ContactFinder().resolve, method="users.lookupByEmail"),
        effects.SayInIncident: Way(do=saying.say_in_incident, method="chat.postMessage"),
        effects.SayToStakeholders: Way(do=saying.say_to_stakeholders, method="chat.postMessage"),
        effects.SayInDigestChannel: Way(do=saying.say_in_digest_channel, method="chat.postMessage"),
        effects.Tell: Way(do=saying.tell, method="chat.postMessage", write=saying.write_direct),
        effects.Answer: Way(do=saying.answer),
        effects.AddReaction: Way(do=marks.add_reaction, method="reactions.add"),
        effects.RemoveReaction: Way(do=marks.remove_reaction, method="reactions.remove"),
        effects.CaptureMessage: Way(do=marks.capture, method="conversations.replies"),
        effects.UploadReview: Way(do=files.upload, write=files.write_file),
        BringInGroup: Way(do=people.open_group, method="usergroups.users.list", gave_up=groups.nobody_came),
        UploadPicture: Way(do=pictures.upload_picture, gave_up=pictures.no_picture),
        UploadImpact: Way(do=impact.upload_impact, gave_up=impact.no_picture),
        FindAffected: Way(do=impact.find_affected),
    }
