"""Menus with type-ahead: what was typed so far, and at most a hundred options for it."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt import Ack

from bot.errors import log_with_reference
from bot.handlers.lent import Lent

log = logging.getLogger(__name__)

MOST = 100


def suggest(ack: Ack, body: dict[str, Any], lent: Lent) -> None:
    """Answer one keystroke. Changes nothing, so it waits for nobody; a fault is an empty menu, and logged."""
    try:
        find = lent.feature.suggestions[str(body["action_id"])]
        with lent.storage.reading() as tx:
            options = find(lent.desk_for(tx, str(body["user"]["id"])), str(body.get("value") or ""))
    except Exception:
        log_with_reference(log, "a menu with type-ahead")
        options = []
    ack(options=options[:MOST])
