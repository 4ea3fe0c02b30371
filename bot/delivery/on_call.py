"""Asking a schedule who is on call, in a thread of its own; what it said is written down by the use case."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from bot.effects.reaching import AskOnCall
from bot.oncall import Now, Schedule, not_set_up
from bot.slack.errand import Errand, Learnt
from bot.slack.ways import Way
from playbooks.contacts import parse_contact

_AT_ONCE: Final = 8


def way(schedules: Mapping[str, Schedule]) -> Way:
    """How such an effect is done: whatever comes of it is an answer, and nothing waits for a service that is down."""
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="on-call")

    async def ask(errand: Errand[AskOnCall]) -> Learnt:
        contact = parse_contact(errand.effect.contact)
        if contact.kind == "rota":
            return {}  # the use case looks it up itself
        at = await errand.read(lambda desk: desk.now)
        missing = not_set_up(contact.kind, schedules)
        if missing is not None:
            return {**learnt(missing), "is_quiet": True}
        asked = schedules[contact.kind].on_call
        return learnt(await asyncio.get_running_loop().run_in_executor(threads, asked, contact.value, at))

    return Way(do=ask)


def learnt(said: Now) -> Learnt:
    """What a schedule said, as the use case writes it down."""
    until = said.until.isoformat() if said.until else None
    return {"person": said.person, "source": said.source, "until": until, "problem": said.problem}
