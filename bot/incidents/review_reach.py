"""Whom an incident reached beside its own model, told for its review."""

from __future__ import annotations

from bot.incidents.affected import reach
from bot.incidents.desk import Desk
from bot.incidents.people import name_of
from bot.incidents.together import hurt_too
from bot.views.markdown import literal
from bot.views.text import when_plain
from storage.models import Incident


def reached(desk: Desk, incident: Incident) -> list[str]:
    """What cards said was affected when it was opened, and what people said of other models since; Markdown."""
    found = [f"{title} when it was opened: {literal(names)}" for title, names in reach(desk, incident)]
    return found + [
        f"{literal(one.title)} was hurt, too: {literal(one.what)} — {literal(name_of(desk.tx, one.by))}, "
        f"{when_plain(one.at)}"
        for one in hurt_too(desk.tx, incident)
    ]
