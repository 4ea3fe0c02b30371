"""Who is affected: found out while nobody waits for it, and posted as a picture. A repeat of either is harmless."""

from __future__ import annotations

from bot.effects import Tell, owe
from bot.effects.impact import FindAffected, UploadImpact
from bot.incidents import affected
from bot.incidents.desk import Desk
from bot.incidents.impact import pictured
from bot.incidents.picturing import Pictured
from bot.slack.channel import channel_of, incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.pictures import share_picture


async def find_affected(errand: Errand[FindAffected]) -> Learnt | None:
    """Learns lines for the card, whom to tell why, and who is left out."""
    return await errand.read(lambda desk: affected.found(desk, errand.effect))


async def upload_impact(errand: Errand[UploadImpact]) -> Learnt | None:
    """Learns file_id."""
    found = await errand.read(lambda desk: _found(desk, errand.effect))
    return None if found is None else await share_picture(errand, *found)


def _found(desk: Desk, effect: UploadImpact) -> tuple[str, Pictured] | None:
    incident = incident_of(desk, effect)
    shown = pictured(desk, incident, effect.name)
    return None if shown is None else (channel_of(incident), shown)


def no_picture(desk: Desk, effect: UploadImpact, reason: str) -> None:
    """Whoever asked for it waits for it."""
    text = f"The picture of who is affected could not be posted: {reason}. `/ml-incident impact` says it in words."
    owe(desk.tx, Tell(user=effect.asked_by, text=text, incident_id=effect.incident_id))
