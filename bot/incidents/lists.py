"""Lists of incidents, the search, and the tray of actions; a private incident only for its members."""

from __future__ import annotations

from bot.incidents.desk import Answer, Click, Command, Desk, Feature
from bot.incidents.finding import brief, briefs, by_id, incident_here
from bot.incidents.wording import words
from bot.requests import ListIncidents, Search, Tray
from bot.views.ids import Lists
from bot.views.lists import MOST_SHOWN, listing, tray
from bot.views.text import esc
from storage import incidents
from storage.models import Incident


def list_incidents(desk: Desk, request: ListIncidents, command: Command) -> Answer:
    """The open incidents; with all, the ended ones too."""
    del command
    return _listed(desk, everything=request.everything)


def _listed(desk: Desk, *, everything: bool) -> Answer:
    found = incidents.listed(desk.tx, user=desk.by, everything=everything, limit=MOST_SHOWN + 1)
    empty = "There has been no incident yet." if everything else "No incident is open."
    return _answer(desk, "All incidents" if everything else "Open incidents", found, empty)


def search(desk: Desk, request: Search, command: Command) -> Answer:
    """Incidents, past and present, that hold every word."""
    del command
    said = words(desk, request.words, 200)
    found = incidents.search(desk.tx, said, user=desk.by, limit=MOST_SHOWN + 1)
    return _answer(desk, f"Incidents with “{said}”", found, f"No incident that you may see holds “{esc(said, 200)}”.")


def _answer(desk: Desk, title: str, found: list[Incident], empty: str) -> Answer:
    shown = briefs(desk, found[:MOST_SHOWN])
    text, blocks = listing(title, shown, desk.policy, more=len(found) > MOST_SHOWN, empty=empty)
    return Answer(text=text, blocks=blocks)


def show_tray(desk: Desk, request: Tray, command: Command) -> Answer:
    """What makes sense now, as buttons; elsewhere the person's open incidents."""
    del request
    incident = incident_here(desk, command.channel, for_change=False)
    text, blocks = tray(brief(incident), desk.policy, here=True)
    return Answer(text=text, blocks=blocks)


def click_tray(desk: Desk, click: Click) -> Answer:
    """The tray of the incident that was chosen elsewhere."""
    incident = by_id(desk, int(click.value), for_change=False)
    text, blocks = tray(briefs(desk, [incident])[0], desk.policy, here=click.channel == incident.channel_id)
    return Answer(text=text, blocks=blocks)


def click_open_ones(desk: Desk, click: Click) -> Answer:
    """The open incidents, by a button."""
    del click
    return _listed(desk, everything=False)


FEATURE = Feature(
    commands={ListIncidents: list_incidents, Search: search, Tray: show_tray},
    clicks={Lists.TRAY: click_tray, Lists.OPEN_ONES: click_open_ones},
)
