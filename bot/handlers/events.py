"""What Slack tells of: messages changed, reactions, joins, accounts. Taken in before it is acknowledged."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import BoltContext, BoltResponse

from bot.errors import log_with_reference
from bot.handlers.lent import Lent
from bot.handlers.once import Kept, once
from bot.handlers.wording import REFUSALS
from bot.incidents.desk import Feature, OnEvent
from storage.transaction import Transaction

log = logging.getLogger(__name__)


def take_event(body: dict[str, Any], event: dict[str, Any], context: BoltContext, lent: Lent) -> BoltResponse | None:
    """Take in one event. What fails is answered 500, so that Slack sends it again; Bolt acknowledges the rest."""
    heard = heard_by(lent.feature, event)
    if not heard:
        return None
    by = event.get("user")
    who = by if isinstance(by, str) else str((by or {}).get("id", ""))
    if who and who == context.bot_user_id:
        return None  # what we do ourselves is no news; of that, Bolt lets joining and leaving through

    if _changes_nothing(lent, event, who):
        return None

    def do(tx: Transaction) -> Kept:
        for take in heard:
            try:
                with tx.session.begin_nested():
                    take(lent.desk_for(tx, who), event)
            except REFUSALS as no:  # nobody asked, so nobody is told; the others still hear of it
                log.info("%s was not taken: %s", event["type"], no)
        return {}

    try:
        once(lent.storage, f"event:{body['event_id']}", do)
    except Exception:
        log_with_reference(log, f"the event {event.get('type')}")
        return BoltResponse(status=500)
    return None


def heard_by(feature: Feature, event: dict[str, Any]) -> list[OnEvent]:
    """Who listens to this event: to its type/subtype where it has one, else to its type."""
    return feature.events.get(_kind(event), [])


def _kind(event: dict[str, Any]) -> str:
    kind, subtype = str(event.get("type")), event.get("subtype")
    return f"{kind}/{subtype}" if subtype else kind


def _changes_nothing(lent: Lent, event: dict[str, Any], who: str) -> bool:
    # Most events are talk, and our own edits coming back: they must not queue with what people wait for.
    idle = lent.feature.idle.get(_kind(event))
    if idle is None:
        return False
    try:
        with lent.storage.reading() as tx:
            return idle(lent.desk_for(tx, who), event)
    except Exception:
        log_with_reference(log, f"a look at the event {event.get('type')}")
        return False
