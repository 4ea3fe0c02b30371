"""The last drawing of each message, kept for as long as nothing in it changed."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.sandbox.fields import Json
from bot.sandbox.records import Message

from .eye import Eye
from .messages import draw_message

KEPT = 5000
_IDS = re.compile(r"\b[CG][A-Z0-9]{5,}\b")


@dataclass(frozen=True)
class _Drawing:
    """What a message looked like, and what that was drawn from."""

    blocks: list[Json] | None
    places: tuple[str, ...]
    version: tuple[Any, ...]
    html: Markup


class Drawings:
    """Draws messages; those that look the same as last time are not drawn again."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[tuple[str, str, bool], _Drawing] = OrderedDict()

    def message(self, eye: Eye, one: Message, *, in_thread: bool) -> Markup:
        """The message as this reader sees it now."""
        key = (eye.viewer.id, one.ts, in_thread)
        known = self._drawn.get(key)
        # An edit puts new blocks in place of the old, so that being the same list means being unchanged.
        if known is not None and known.blocks is one.blocks and known.version == _version(eye, one, known.places):
            self._drawn.move_to_end(key)
            return known.html
        places = _places(eye, one)
        html = draw_message(eye, one, in_thread=in_thread)
        self._drawn[key] = _Drawing(one.blocks, places, _version(eye, one, places), html)
        if len(self._drawn) > KEPT:
            self._drawn.popitem(last=False)
        return html


def _version(eye: Eye, one: Message, places: tuple[str, ...]) -> tuple[Any, ...]:
    """Everything beside the blocks that a drawing depends on."""
    ws = eye.stage.ws
    channel = ws.channels[one.channel]
    return (
        one.text,
        one.edited,
        [(name, list(who)) for name, who in one.reactions.items()],
        len(one.replies),
        one.replies[-1:],
        one.ts in channel.pins,
        eye.viewer.id in channel.members,
        repr(eye.chosen(one.ts)),
        [file.content for file_id in one.files if (file := eye.file(file_id))],
        eye.day(ws.now()),
        eye.viewer.tz,
        # A channel may get another name, and the reader may come and go in a private one.
        [(ws.channels[place].name, eye.viewer.id in ws.channels[place].members) for place in places],
    )


def _places(eye: Eye, one: Message) -> tuple[str, ...]:
    """The channels that the message names; some of the ids found may be something else's."""
    found = dict.fromkeys(_IDS.findall(f"{one.text} {one.blocks!r}"))
    return tuple(place for place in found if place in eye.stage.ws.channels)
