"""Who is affected by a model or an upstream: asked anywhere, before anything is open, and drawn for a channel."""

from __future__ import annotations

from bot.effects import owe
from bot.effects.impact import FindAffected, UploadImpact
from bot.incidents import affected, together
from bot.incidents.desk import Answer, Click, Command, Desk, Feature
from bot.incidents.finding import by_id
from bot.incidents.lineages import owners, whole
from bot.incidents.picturing import Pictured
from bot.incidents.telling import channel_first
from bot.incidents.wording import words
from bot.requests import Impact as Asked
from bot.views import impact as views
from bot.views.ids import Impact
from bot.views.text import INC, esc, one_line
from playbooks.lifecycle import RuleBroken
from playbooks.lineage_picture import paint
from playbooks.lineage_plan import plan
from storage import incidents
from storage.models import Incident

_AROUND = " `'\"“”„«»"
"""What people write around a name."""
_LONGEST_NAME = 250

impact_lines = affected.impact_lines


def ask(desk: Desk, request: Asked, command: Command) -> Answer:
    """`impact`: of the model or upstream that is named, else of this channel's incident."""
    here = incidents.by_channel(desk.tx, command.channel)
    if request.name is None and here is None:
        raise RuleBroken(
            "Whose? Type `/ml-incident impact <model or upstream>`, such as `table:dw.items`; "
            "without a name it works in an incident's channel."
        )
    name = here.model if request.name is None and here is not None else words(desk, request.name or "", _LONGEST_NAME)
    return _show(desk, name, here)


def show_clicked(desk: Desk, click: Click) -> Answer:
    """The same for what was offered."""
    return _show(desk, click.value, incidents.by_channel(desk.tx, click.channel) if click.channel else None)


def _show(desk: Desk, name: str, here: Incident | None) -> Answer:
    name = name.strip(_AROUND) or name
    lineage = whole(desk.tx)
    node = lineage.find(name)
    if node is None:
        text, blocks = views.unknown(name, lineage.closest(name))
        return Answer(text=text, blocks=blocks)
    picture = None
    if here is not None and len(node.spelled) <= _LONGEST_NAME:
        picture = f"{here.id}:{node.spelled}"
    found = lineage.affected(node)
    told = views.Told(affected=found, owners=owners(desk.tx, views.in_words(found)), models=lineage.models)
    text, blocks = views.impact(told, picture=picture)
    return Answer(text=text, blocks=blocks)


def post_picture(desk: Desk, click: Click) -> Answer:
    """Have the picture posted in the incident's channel."""
    number, _, name = click.value.partition(":")
    incident = by_id(desk, int(number))
    wanted = UploadImpact(incident_id=incident.id, name=name, asked_by=desk.by)
    owe(desk.tx, wanted, needs=channel_first(desk, incident))
    return Answer(text="A picture of who is affected follows in the channel.")


def pictured(desk: Desk, incident: Incident, name: str) -> Pictured | None:
    """The picture as the catalogue now stands; None where it knows nothing of this name any more."""
    lineage = whole(desk.tx)
    node = lineage.find(name)
    if node is None:
        return None
    found = lineage.affected(node)
    said = views.picture_words(found)
    drawn = [place.node for column in plan(lineage, found, said=said).columns for place in column.places if place.node]
    known = owners(desk.tx, drawn)
    picture = paint(plan(lineage, found, owner_of=lambda one: known.get(one.name), said=said))
    return Pictured(
        picture=picture,
        name=f"impact-{INC(incident.id, desk.policy)}.png",
        comment=f"*{esc(one_line(picture.title, 150), 250)}*: {esc(said, 1500)}",
    )


FEATURE = Feature(
    commands={Asked: ask},
    clicks={Impact.SHOW: show_clicked, Impact.PICTURE: post_picture, Impact.TOGETHER: together.join_with},
    learnt={FindAffected: affected.note},
)
