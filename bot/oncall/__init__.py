"""Schedules that know who is on call, each by the word in front of its references: pagerduty:PABC123.

A rota needs no schedule here: it is read into the database and looked up at once, where an incident opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.oncall.protocol import Now, Schedule

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["Now", "Schedule", "name_of", "not_set_up", "open_schedules"]

_SETTINGS = {"pagerduty": ("PagerDuty", "PAGERDUTY_TOKEN"), "opsgenie": ("Opsgenie", "OPSGENIE_API_KEY")}


def open_schedules(settings: Settings) -> dict[str, Schedule]:
    """The schedules for which the settings hold a token. Asks nobody yet."""
    from bot.oncall.opsgenie import Opsgenie
    from bot.oncall.pagerduty import PagerDuty

    schedules: dict[str, Schedule] = {}
    if settings.pagerduty_token is not None:
        token = settings.pagerduty_token.get_secret_value().strip()
        schedules["pagerduty"] = PagerDuty(token=token, url=settings.pagerduty_url)
    if settings.opsgenie_api_key is not None:
        key = settings.opsgenie_api_key.get_secret_value().strip()
        schedules["opsgenie"] = Opsgenie(key=key, url=settings.opsgenie_url)
    return schedules


def name_of(kind: str) -> str:
    """What people call the service behind such references."""
    return _SETTINGS.get(kind, (kind, ""))[0]


def not_set_up(kind: str, schedules: Mapping[str, Schedule]) -> Now | None:
    """What to say where there is no schedule of this kind; None where there is."""
    if kind in schedules:
        return None
    name, setting = _SETTINGS.get(kind, (kind, "its token"))
    return Now(problem=f"{name} is not asked who is on call. Set {setting}.", is_down=True)
