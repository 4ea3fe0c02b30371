"""A playbook's picture in the channel. A repeat is harmless as for every file; see `bot.slack.files`."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.effects import Tell, owe
from bot.effects.pictures import UploadPicture
from bot.incidents.desk import Desk
from bot.incidents.picturing import Pictured, pictured
from bot.pictures.fonts import lacking
from bot.pictures.png import png
from bot.slack.channel import channel_of, incident_of
from bot.slack.errand import Errand, Learnt
from bot.slack.files import File, share

LONGEST_ALT_TEXT = 1000
_NO_LETTERS = "Empty boxes in it are letters for which the bot's machine has no font."


async def upload_picture(errand: Errand[UploadPicture]) -> Learnt | None:
    """Learns file_id. Painting takes about a second of a thread, with no transaction open."""
    found = await errand.read(lambda desk: _found(desk, errand.effect))
    if found is None:
        return None
    return await share_picture(errand, *found)


async def share_picture(errand: Errand[Any], channel: str, shown: Pictured) -> Learnt:
    """Bring a picture into a channel, with words for those who do not see it."""
    content = await asyncio.to_thread(png, shown.picture)
    alt_text = f"{shown.picture.title}. {shown.picture.said}"
    return await share(
        errand,
        File(
            channel=channel,
            name=shown.name,
            title=shown.picture.title,
            comment=beside(shown),
            content=content,
            alt_text=alt_text if len(alt_text) <= LONGEST_ALT_TEXT else f"{alt_text[: LONGEST_ALT_TEXT - 1]}…",
        ),
    )


def beside(shown: Pictured) -> str:
    """The message of a picture, with a word on letters that could not be drawn: the names stand in the message."""
    return f"{shown.comment}\n_{_NO_LETTERS}_" if lacking(shown.picture) else shown.comment


def _found(desk: Desk, effect: UploadPicture) -> tuple[str, Pictured] | None:
    incident = incident_of(desk, effect)
    shown = pictured(desk, incident, effect.run_id)
    return None if shown is None else (channel_of(incident), shown)


def no_picture(desk: Desk, effect: UploadPicture, reason: str) -> None:
    """Whoever asked for it waits for it."""
    text = (
        f"The picture of the playbook could not be posted: {reason}. `/ml-incident step` says where it stands in words."
    )
    owe(desk.tx, Tell(user=effect.asked_by, text=text, incident_id=effect.incident_id))
