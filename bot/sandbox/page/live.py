"""Keeps open pages live: a stream of server-sent events for each, with what changed since the last."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from bot.sandbox.changes import Changes
from bot.sandbox.fields import Json, NotAllowed
from bot.sandbox.stage import Stage

from .eye import Eye
from .look import Look, elsewhere, look_at
from .shell import Regions, Shell

GATHERED_S = 0.03
"""What changes within this time after a change is told together with it."""
LOOKED_AGAIN_S = 5.0
MESSAGES = ("m-", "t-")


class Live:
    """The streams of all open pages."""

    def __init__(self, stage: Stage, shell: Shell, changes: Changes) -> None:
        self.pages = 0
        self._stage = stage
        self._shell = shell
        self._changes = changes

    async def stream(self, query: dict[str, str]) -> AsyncIterator[str]:
        """Events for one page until it goes away or the sandbox ends; the first tells everything."""
        self.pages += 1
        told: Regions = {}
        number = self._changes.number
        try:
            while not self._changes.over:
                try:
                    look = look_at(self._stage, query)
                except NotAllowed as problem:
                    yield _event({"gone": str(problem), "go": elsewhere(self._stage, query, said=str(problem))})
                    return
                patch, told = self._patch(look, told)
                yield _event(patch) if patch else ": still here\n\n"
                number = await self._changes.after(number, timeout_s=LOOKED_AGAIN_S)
                await asyncio.sleep(GATHERED_S)
        finally:
            self.pages -= 1

    def _patch(self, look: Look, told: Regions) -> tuple[Json, Regions]:
        regions, orders = self._shell.regions(look)
        changed = {name: html for name, html in regions.items() if told.get(name) != html}
        if not changed and len(regions) == len(told):
            return {}, regions
        heard = self._heard(look, orders, told) if told else ""
        return {"set": changed, "order": orders, "heard": heard}, regions

    def _heard(self, look: Look, orders: dict[str, list[str]], told: Regions) -> str:
        """What others said since the page was told last, for people who listen to it."""
        newest = max((_ts(name) for name in told if name.startswith(MESSAGES)), default="")
        new = sorted({_ts(name) for names in orders.values() for name in names if name.startswith(MESSAGES)})
        mine = {one.ts: one for one in self._stage.ws.ephemerals if one.ephemeral_to == look.user.id}
        eye, lines = Eye(self._stage, look.user), []
        for ts in new:
            one = look.channel.messages.get(ts) or mine.get(ts)
            # What comes back into sight is old, however new it is to this page.
            if one is not None and ts > newest and one.user != look.user.id:
                words = eye.heard(one.text) or "a message"
                lines.append(f"{eye.name(one.user)}: {words[:200]}")
        return ". ".join(lines)


def _ts(name: str) -> str:
    """The timestamp in a message's id."""
    return name[2:].replace("-", ".")


def _event(patch: Json) -> str:
    return f"data: {json.dumps(patch)}\n\n"
