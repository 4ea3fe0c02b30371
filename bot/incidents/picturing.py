"""Where a playbook stands, as a picture in the incident's channel: the walk with the path taken so far."""

from __future__ import annotations

from dataclasses import dataclass

from bot.effects import owe
from bot.effects.pictures import UploadPicture
from bot.incidents.desk import Answer, Desk
from bot.incidents.telling import channel_first
from bot.incidents.walking import facts_of
from bot.views.text import INC, esc
from playbooks.drawing.painting import paint
from playbooks.drawing.picture import Picture
from playbooks.drawing.plan import plan
from playbooks.drawing.taken import opened_for, trace
from playbooks.lifecycle import RuleBroken
from playbooks.placeholders import fill
from playbooks.variables import with_variables
from storage import runs
from storage.models import Incident, Run


@dataclass(frozen=True, kw_only=True)
class Pictured:
    """A run's picture, and the words that go with it."""

    picture: Picture
    name: str
    """The file's."""
    comment: str


def post(desk: Desk, incident: Incident) -> Answer:
    """Post a picture of each playbook being walked, else of the one walked last. Raises RuleBroken without any."""
    chosen = runs.going_on(desk.tx, incident.id) or runs.of_incident(desk.tx, incident.id)[-1:]
    if not chosen:
        raise RuleBroken("No playbook has been started here. `/ml-incident playbook` offers those that fit.")
    needs = channel_first(desk, incident)
    for run in chosen:
        owe(desk.tx, UploadPicture(incident_id=incident.id, run_id=run.id, asked_by=desk.by), needs=needs)
    what = "A picture of the playbook follows" if len(chosen) == 1 else f"Pictures of {len(chosen)} playbooks follow"
    return Answer(text=f"{what} in the channel, with the path taken so far.")


def pictured(desk: Desk, incident: Incident, run_id: int) -> Pictured | None:
    """The run as it stands; None where there is none of this number."""
    run = runs.by_id(desk.tx, run_id)
    if run is None or run.incident_id != incident.id:
        return None
    picture = _painted(desk, incident, run)
    return Pictured(
        picture=picture,
        name=f"playbook-{INC(incident.id, desk.policy)}-{runs.pinned(desk.tx, run).playbook.id}.png",
        comment=f"*{esc(picture.title, 150)}*: {esc(picture.said, 1500)}",
    )


def _painted(desk: Desk, incident: Incident, run: Run) -> Picture:
    walk, known = runs.walk(desk.tx, run), facts_of(desk, incident)
    facts = with_variables(walk, known)
    ended = run.end in {"replaced", "incident-resolved"}
    opened = () if ended else opened_for(walk, known)
    laid_out = plan(walk.pinned, opened=opened, say=lambda text: fill(text, facts))
    return paint(laid_out, taken=trace(walk, known, laid_out, ended=ended))
