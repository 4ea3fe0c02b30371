"""What the app lends to every handler, under the one name `lent`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.forms import Forms
from bot.incidents.desk import Desk, Feature
from storage.transaction import Storage, Transaction


@dataclass(frozen=True, kw_only=True)
class Lent:
    """Made once at start-up and shared between threads."""

    storage: Storage
    feature: Feature
    """Who answers to what."""
    desk_for: Callable[[Transaction, str], Desk]
    """(open transaction, Slack user id or "") → the desk of that person."""
    forms: Forms
