"""Writing to MLflow's tags whose a model is: what stands there is read first, and what nobody spoke of stays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from bot.effects.writing import WriteOwner
from bot.incidents import owner_tags as deciding
from bot.registries.owner_tags import Gone, NotTaken, OwnerTags
from bot.registries.protocol import RegistryDown
from bot.slack.errand import Errand, Learnt
from bot.slack.outcomes import Later, Never
from bot.slack.ways import Way

log = logging.getLogger(__name__)
T = TypeVar("T")

_AT_ONCE: Final = 4
_PATIENCE: Final = 3000
"""Attempts, five minutes apart in the end: about ten days."""


def way(tags: OwnerTags | None) -> Way:
    """How such an effect is done. `tags` is None where the operator does not allow it."""
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="owner-tags")
    turns = asyncio.Semaphore(_AT_ONCE)

    async def write(errand: Errand[WriteOwner]) -> Learnt | None:
        if turns.locked():  # a server that does not answer must not fill the worker, which has people to tell things
            raise Later("other models are written to MLflow first", delay=5.0, untouched=True)
        async with turns:
            try:
                return await _write(errand, tags, threads)
            except Gone as gone:  # trying it again by hand would not help either
                log.warning("%s", gone)
                return {"word": None, "gone": str(gone)}

    return Way(do=write, gave_up=deciding.gave_up)


async def _write(errand: Errand[WriteOwner], tags: OwnerTags | None, threads: ThreadPoolExecutor) -> Learnt | None:
    model = errand.effect.model
    wanted = await errand.read(lambda desk: deciding.wanted(desk, model))
    if wanted is None:
        return None
    if tags is None:
        log.info("the owner of %s is not written to MLflow: ML_INCIDENT_MLFLOW_WRITE_OWNERS was turned off", model)
        return None
    found = await _ask(threads, lambda: tags.read(model))
    to_write = await errand.read(lambda desk: deciding.decide(desk, wanted, found.owner, found.reviewed_at))
    if to_write.foreign is not None:
        log.warning("the tag %s of %s says %s; left as it is", tags.owner, model, to_write.foreign)
        return {"word": wanted.word, "foreign": to_write.foreign, "tag": tags.owner, "owner": wanted.owner}
    # The owner first: were it refused, a new date beside the owner of before would say what nobody said.
    for tag, value in ((tags.owner, to_write.owner), (tags.reviewed_at, to_write.reviewed_at)):
        if value is not None:
            await _ask(threads, lambda tag=tag, value=value: tags.set(model, tag, value))  # type: ignore[misc]
            log.info("set the tag %s of %s in MLflow", tag, model)
    return {"word": wanted.word, "foreign": None}


async def _ask(threads: ThreadPoolExecutor, ask: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, ask)
    except Gone:
        raise
    except NotTaken as no:
        raise Never(str(no)) from None
    except RegistryDown as down:
        raise Later(str(down), most_attempts=_PATIENCE) from None
