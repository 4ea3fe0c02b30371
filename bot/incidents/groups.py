"""Groups that a model card names: never brought in by accident, offered to whoever opened the incident."""

from __future__ import annotations

from typing import Any, Final

from bot.effects import Invite, LookUpPerson, SayInIncident, owe
from bot.effects.reaching import BringInGroup
from bot.incidents.desk import Answer, Click, Desk, Feature
from bot.incidents.finding import by_id, standing
from bot.incidents.joining import note_once
from bot.incidents.people import note_person
from bot.incidents.telling import channel_first, say
from bot.views.blocks import actions
from bot.views.card import why_title
from bot.views.ids import Groups
from bot.views.text import button, esc, person, section
from playbooks.contacts import parse_contact
from playbooks.lifecycle import RuleBroken, Status
from storage import groups, incidents, participants, people, timeline
from storage.models import Incident, SlackGroup

MOST: Final = 15
"""People of one group that are brought in; more are a crowd, not a response."""


def offer(desk: Desk, incident: Incident, *, needs: int | None = None) -> None:
    """Offer each group that the incident names and Slack knows, once. `needs`: the card, so that it lands below it."""
    named: dict[str, list[str]] = {}
    for row in participants.of_incident(desk.tx, incident.id):
        contact = parse_contact(row.contact)
        if contact.kind == "slack-group":
            named.setdefault(contact.value, []).append(row.why)
    for group_id, reasons in named.items():
        group = groups.group(desk.tx, group_id)
        if group is not None and group.people and not _is_offered(desk, incident, group):
            _offer(desk, incident, group, reasons, needs=needs)


def _offer(desk: Desk, incident: Incident, group: SlackGroup, reasons: list[str], *, needs: int | None) -> None:
    text = f"{_handle(group)} is named for this model ({esc(', '.join(map(why_title, reasons)), 200)})."
    whose = f" {person(incident.opened_by)} or the commander can do it here." if incident.opened_by else ""
    text += f" Groups are not brought in by themselves.{whose}"
    label = f"Bring in @{group.handle[:40]} ({_count(group.people)})"
    shown = [section(text), actions(button(label, Groups.BRING_IN, f"{incident.id}:{group.group_id}"))]
    said = SayInIncident(incident_id=incident.id, text=f"{text} {esc(label, 100)}.", blocks=shown)
    owe(desk.tx, said, needs=needs or channel_first(desk, incident))
    offered = f"Offered to bring in {_handle(group)}, {_count(group.people)}"
    note_once(desk, incident.id, what=_offered(group), text=offered)


def _offered(group: SlackGroup) -> str:
    return f"group-offered:{group.group_id}"


def _is_offered(desk: Desk, incident: Incident, group: SlackGroup) -> bool:
    earlier = timeline.of_incident(desk.tx, incident.id, kinds=["bot"])
    return any((entry.data or {}).get("what") == _offered(group) for entry in earlier)


def _handle(group: SlackGroup) -> str:
    return f"*@{esc(group.handle, 80)}*"  # its name, not a mention


def _count(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def bring_in(desk: Desk, click: Click) -> Answer:
    """The people of a group shall come."""
    number, _, group_id = click.value.partition(":")
    incident = by_id(desk, int(number))
    theirs = standing(desk, incident, desk.by)
    if incident.opened_by and not (theirs.is_opener or theirs.is_commander):
        raise RuleBroken(f"{person(incident.opened_by)}, who opened it, or the commander brings in a whole group.")
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over; nobody is brought in any more.")
    group = groups.group(desk.tx, group_id)
    contact = f"slack-group:{group_id}"
    if group is None or all(row.contact != contact for row in participants.of_incident(desk.tx, incident.id)):
        raise RuleBroken("This incident does not name that group any more.")
    owe(
        desk.tx,
        BringInGroup(incident_id=incident.id, group=group_id, asked_by=desk.by),
        needs=channel_first(desk, incident),
    )
    return Answer(text=f"{person(desk.by)} brings in the people of {_handle(group)}.", replace=True)


def note_group(desk: Desk, contact: str, learnt: dict[str, Any]) -> None:
    """Slack told of a group, which open incidents may wait for."""
    group_id = parse_contact(contact).value
    groups.keep_group(desk.tx, group_id, handle=str(learnt["handle"]), people=int(learnt["people"]), now=desk.now)
    for incident_id in sorted({row.incident_id for row in participants.not_found(desk.tx) if row.contact == contact}):
        incident = incidents.by_id(desk.tx, incident_id, for_change=True)
        if incident is not None:
            offer(desk, incident)


def note_members(desk: Desk, effect: BringInGroup, learnt: dict[str, Any]) -> None:
    """Who is in the group: those who can come are invited, and the channel hears who was left out."""
    incident = incidents.by_id(desk.tx, effect.incident_id, for_change=True)
    group = groups.group(desk.tx, effect.group)
    if incident is None or group is None:
        return
    for account in learnt["people"]:
        note_person(desk, LookUpPerson(user=account["user_id"]), account)
    come = [str(account["user_id"]) for account in learnt["people"]]
    for user in come:
        if not participants.problems_of(desk.tx, incident.id, user_id=user):
            _takes_part(desk, incident, group, user)
    needs = channel_first(desk, incident)
    if come:
        needs = owe(desk.tx, Invite(incident_id=incident.id, users=tuple(come)), needs=needs)
    text = _brought(effect, group, come, learnt)
    owe(desk.tx, SayInIncident(incident_id=incident.id, text=text), needs=needs)
    note_once(desk, incident.id, what=f"group:{group.group_id}", text=f"Brought in {_handle(group)}")


def _takes_part(desk: Desk, incident: Incident, group: SlackGroup, user: str) -> None:
    participants.add(
        desk.tx,
        incident_id=incident.id,
        why=f"group:{group.handle}",
        contact=user,
        source=people.key(f"slack-group:{group.group_id}"),
        user_id=user,
        added_at=desk.now,
    )


def _brought(effect: BringInGroup, group: SlackGroup, come: list[str], learnt: dict[str, Any]) -> str:
    if problem := learnt.get("problem"):
        return f"{_handle(group)} could not be brought in: it {esc(str(problem), 300)}."
    # Only here, after somebody said yes, is the group itself mentioned.
    text = f"<!subteam^{group.group_id}>: {person(effect.asked_by)} has brought in {_count(len(come))}."
    left, unable = learnt.get("left_out") or [], learnt.get("unable") or {}
    if left:
        more = f" and {len(left) - 10} more" if len(left) > 10 else ""
        names = ", ".join(esc(str(name), 80) for name in left[:10])
        text += f" At most {MOST} come at once; left out: {names}{more}. `/invite` brings them in."
    for name, why in list(unable.items())[:10]:
        text += f" {esc(str(name), 80)} {esc(str(why), 200)}."
    return text


def nobody_came(desk: Desk, effect: BringInGroup, reason: str) -> None:
    """The worker gave up: the channel hears why."""
    incident = incidents.by_id(desk.tx, effect.incident_id)
    group = groups.group(desk.tx, effect.group)
    if incident is not None and group is not None:
        say(desk, incident, f"{_handle(group)} could not be brought in: {esc(reason, 300)}.")


FEATURE = Feature(clicks={Groups.BRING_IN: bring_in}, learnt={BringInGroup: note_members})
