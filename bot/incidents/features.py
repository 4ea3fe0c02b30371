"""Every feature, merged into the tables that the handlers and the worker look things up in."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from bot.incidents.desk import Feature

_MODULES: tuple[str, ...] = (
    "opening",
    "joining",
    "cards",
    "lists",
    "help",
    "statuses",
    "roles",
    "timeline",
    "updates",
    "follow_ups",
    "runs",
    "catalogue",
    "readiness",
    "impact",
    "owning",
    "owner_tags",
    "proposed",
    "digest_preview",
    "reviews",
    "people",
    "leaving",
    "groups",
    "on_call",
)


@cache
def feature() -> Feature:
    """All features as one. Raises ValueError when two answer to the same thing."""
    whole = Feature()
    for name in _MODULES:
        part: Feature = import_module(f"bot.incidents.{name}").FEATURE
        for table in ("commands", "clicks", "submissions", "idle", "suggestions", "drawings", "learnt"):
            ours, theirs = getattr(whole, table), getattr(part, table)
            if twice := ours.keys() & theirs.keys():
                raise ValueError(f"bot.incidents.{name}: {twice} is answered by another feature too")
            ours.update(theirs)
        for event, handlers in part.events.items():
            whole.events.setdefault(event, []).extend(handlers)
    return whole
