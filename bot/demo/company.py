"""A workspace for a rehearsal: the people and the channels that the operator's own model cards and settings name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML

from bot.demo.cast import YOU, Cast, choose_cast
from bot.sandbox.channels import check_channel_name
from bot.sandbox.client import Json
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.workspace import COMPANY
from playbooks.card import ModelCard

_ID = re.compile(r"[CG][A-Z0-9]{7,}")
_LINK = re.compile(r"https?://\S+/archives/([CG][A-Z0-9]{7,})\S*")
LONGEST_CHANNEL = 80


def write_company(cards: Sequence[ModelCard], *, places: Mapping[str, str], zone: str, into: Path) -> Path:
    """A company file (JSON is YAML) with you, everybody whom the cards name, and all channels.

    `places`: where the bot speaks, by what a channel is called of which only the id is known. `zone` is yours.
    """
    bot: Json = YAML(typ="safe", pure=True).load(COMPANY.read_text("utf-8"))["bot"]
    cast = choose_cast(cards, zone=zone, taken={bot["user_id"], bot["name"]})
    company = {
        "team": {"id": "T00REHEARS", "name": "Rehearsal", "url": "https://rehearsal.example.com/"},
        "bot": bot,
        "people": cast.people,
        "usergroups": cast.groups,
        "channels": _channels(cards, cast, places),
    }
    into.write_text(json.dumps(company), "utf-8")
    return into


def channel_of(place: str, *, called: str) -> tuple[str | None, str] | None:
    """(id, name) of a channel as settings and cards write it; None for what can be no channel's name."""
    text = place.strip()
    if (link := _LINK.fullmatch(text)) or _ID.fullmatch(text):
        return link[1] if link else text, channel_name(called) or "somewhere"
    if not text.startswith("#") and (" " in text or "://" in text):
        return None  # a sentence about where to go, or a link to elsewhere
    name = channel_name(text.removeprefix("#"))
    return (None, name) if name else None


def channel_name(text: str) -> str | None:
    """A channel's name as near to these words as Slack takes it."""
    name = re.sub(r"[^\w-]+", "-", text.lower()).strip("-_")[:LONGEST_CHANNEL]
    try:
        check_channel_name(name)
    except SlackRefusal:
        return None
    return name


def _channels(cards: Sequence[ModelCard], cast: Cast, places: Mapping[str, str]) -> Json:
    """#general; where the bot speaks, with everybody; and those of the cards, with whoever is on the card."""
    found: dict[str, Json] = {
        "C01GENERAL": {"name": "general", "members": "everyone", "bot": True, "general": True, "purpose": "Everybody."}
    }
    for called, place in places.items():
        _open(found, channel_of(place, called=called), members="everyone", purpose=f"The bot's {called}.")
    for (channel_id, name), theirs in _of_cards(cards):
        members = [YOU, *(user_id for user_id in cast.of(theirs) if user_id != YOU)]
        purpose = f"The team of {theirs[0].title}" + (f" and {len(theirs) - 1} more" if len(theirs) > 1 else "")
        _open(found, (channel_id, name), members=members, purpose=purpose)
    return found


def _of_cards(cards: Sequence[ModelCard]) -> Iterator[tuple[tuple[str | None, str], list[ModelCard]]]:
    """Each channel that cards name, with the cards that name it."""
    by_channel: dict[tuple[str | None, str], list[ModelCard]] = {}
    for card in cards:
        for place in card.items("channel"):
            if (channel := channel_of(place, called=f"team-{card.name}")) is not None:
                by_channel.setdefault(channel, []).append(card)
    yield from by_channel.items()


def _open(
    found: dict[str, Json], channel: tuple[str | None, str] | None, *, members: str | list[str], purpose: str
) -> None:
    if channel is None:
        return
    channel_id, name = channel
    names = {one["name"] for one in found.values()}
    if channel_id in found or (channel_id is None and name in names):
        return
    free = next(one for n in range(1, len(names) + 2) if (one := f"{name}-{n}" if n > 1 else name) not in names)
    ours = members == "everyone"
    key = channel_id or f"C{len(found) + 1:04}REHEARS"
    found[key] = {"name": free, "members": members, "bot": ours, "purpose": purpose}
