"""Carrying out one effect: its doer is found and run, and whatever happens becomes an outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.delivery.ledger import Done, Finished
from bot.effects import Effect, read
from bot.slack.errand import Errand, Surroundings
from bot.slack.outcomes import Later, Never, Refused, meaning
from bot.slack.ways import Way
from storage.outages import out_of_reach
from storage.outbox import Claimed

log = logging.getLogger(__name__)

FAULTY_ATTEMPTS = 20
"""A fault of ours may be mended by an upgrade, but rarely within a day."""


async def carry_out(
    claimed: Claimed, ways: Mapping[type[Effect], Way], around: Surroundings, *, patience_s: float
) -> Finished:
    """Do it within `patience_s` seconds. Raises nothing, and ends early with Later when it is cancelled."""
    try:
        effect = read(claimed.kind, claimed.payload)
        way = ways[type(effect)]
    except (KeyError, TypeError):
        unknown = Later("this version of the bot does not know this kind of effect", delay=60.0)
        return Finished(claimed, None, unknown)
    return Finished(claimed, effect, await _outcome(way, Errand(effect, claimed, around), patience_s))


async def _outcome(way: Way, errand: Errand[Effect], patience_s: float) -> Done | Later | Never:
    try:
        async with asyncio.timeout(patience_s):
            return Done(await way.do(errand))
    except (Later, Never) as ended:
        return ended
    except Refused as no:
        return meaning(no)
    except TimeoutError:
        return Later("it took too long")
    except asyncio.CancelledError:
        return Later("the bot was stopped", delay=0.0)
    except Exception as fault:
        return _put_off(errand, fault)


def _put_off(errand: Errand[Effect], fault: Exception) -> Later:
    if out_of_reach(fault):
        return Later("the database could not be read")
    log.exception("doing %s #%d failed on a fault of ours", errand.claimed.kind, errand.claimed.id)
    reason = f"a fault of the bot's own ({type(fault).__name__}); its log has the details"
    return Later(reason, most_attempts=FAULTY_ATTEMPTS)
