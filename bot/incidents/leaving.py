"""Slack says that an account changed: who was deactivated is known to have left at once, and not a day later."""

from __future__ import annotations

from typing import Any

from bot.effects import LookUpPerson, owe
from bot.incidents.desk import Desk, Feature
from storage import people


def note_change(desk: Desk, event: dict[str, Any]) -> None:
    """Look at the account once more; what came of it is told to whoever has to know."""
    if not is_no_news(desk, event):
        owe(desk.tx, LookUpPerson(user=_account(event)["id"]))


def is_no_news(desk: Desk, event: dict[str, Any]) -> bool:
    """Somebody whom no model and no incident names, or a change of anything but whether they are there."""
    account = _account(event)
    known = people.person(desk.tx, str(account.get("id")))
    return known is None or known.deactivated == bool(account.get("deleted"))


def _account(event: dict[str, Any]) -> dict[str, Any]:
    found = event.get("user")
    return found if isinstance(found, dict) else {}


FEATURE = Feature(events={"user_change": [note_change]}, idle={"user_change": is_no_news})
