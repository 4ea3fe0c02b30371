"""Coming into an incident's channel: by a button, by invitation, by oneself; and what Slack said about it."""

from __future__ import annotations

from typing import Any

from bot.effects import CreateChannel, DrawCard, Invite, LookUpPerson, owe
from bot.incidents.desk import Answer, Click, Desk, Feature
from bot.incidents.finding import briefs, by_id
from bot.incidents.telling import channel_first, say
from bot.views.ids import Joining
from bot.views.lists import headline, no_channel
from bot.views.text import channel, esc, person
from playbooks.lifecycle import Role
from storage import incidents, participants, people, roles, timeline
from storage.models import Incident


def join(desk: Desk, click: Click) -> Answer:
    """Bring whoever clicked into the channel."""
    incident = by_id(desk, int(click.value))
    _takes_part(desk, incident, desk.by)
    owe(desk.tx, Invite(incident_id=incident.id, users=(desk.by,)), needs=channel_first(desk, incident))
    (about,) = briefs(desk, [incident])
    where = channel(incident.channel_id, "its channel as soon as it is there")
    text = f"You are being added to {where}: {headline(about, desk.policy)}. {no_channel(about)}".strip()
    return Answer(text=text, replace=click.in_modal)


def _takes_part(desk: Desk, incident: Incident, user: str) -> None:
    participants.add(
        desk.tx, incident_id=incident.id, why=participants.JOINED, contact=user, user_id=user, added_at=desk.now
    )
    if people.person(desk.tx, user) is None:
        owe(desk.tx, LookUpPerson(user=user))


def note_joined(desk: Desk, event: dict[str, Any]) -> None:
    """Somebody is in the channel now: on the timeline once, however often they come and go."""
    incident = incidents.by_channel(desk.tx, str(event.get("channel", "")), for_change=True)
    user = event.get("user")
    if incident is None or not isinstance(user, str) or not user:
        return
    account = people.person(desk.tx, user)
    if account is not None and account.is_bot:
        return
    known = participants.problems_of(desk.tx, incident.id, user_id=user)
    if not known:
        _takes_part(desk, incident, user)
    if any(known) and participants.set_problem(desk.tx, incident.id, user_id=user, problem=None):
        owe(desk.tx, DrawCard(incident_id=incident.id))
    by_hand = event.get("inviter")
    _note_joined(desk, incident.id, user, inviter=by_hand if isinstance(by_hand, str) else None)


def _note_joined(desk: Desk, incident_id: int, user: str, *, inviter: str | None = None) -> None:
    if timeline.holds(desk.tx, incident_id, kind="joined", author=user):
        return
    timeline.add(
        desk.tx,
        incident_id=incident_id,
        at=desk.now,
        recorded_at=desk.now,
        kind="joined",
        author=user,
        text="Joined the channel",
        data={"inviter": inviter} if inviter else None,
    )


def _is_expected(desk: Desk, event: dict[str, Any]) -> bool:
    """A join in a channel of no incident, or of somebody invited, whom `note_invited` writes down with the others."""
    incident = incidents.by_channel(desk.tx, str(event.get("channel", "")))
    if incident is None:
        return True
    known = participants.problems_of(desk.tx, incident.id, user_id=str(event.get("user")))
    return bool(known) and not any(known)


def note_left(desk: Desk, event: dict[str, Any]) -> None:
    """Somebody has left: who had only joined may no longer know of a private incident."""
    incident = incidents.by_channel(desk.tx, str(event.get("channel", "")), for_change=True)
    if incident is not None and isinstance(event.get("user"), str):
        participants.forget_joined(desk.tx, incident.id, user_id=event["user"])


def note_channel(desk: Desk, effect: CreateChannel, learnt: dict[str, Any]) -> None:
    """The channel is there."""
    note_once(
        desk,
        effect.incident_id,
        what="channel",
        text=f"Created the channel #{esc(str(learnt.get('channel_name', '')), 100)}",
    )


def note_invited(desk: Desk, effect: Invite, learnt: dict[str, Any]) -> None:
    """Who came and who could not is on the timeline once; the card names the latter too. Learnt: user id → why not."""
    problems: dict[str, str | None] = learnt.get("problems") or {}
    for user, problem in problems.items():
        if problem is None:
            _note_joined(desk, effect.incident_id, user)
        else:
            text = f"Could not bring in {person(user)}: {esc(problem, 300)}"
            note_once(desk, effect.incident_id, what=f"not-invited:{user}", text=text)
            _ask_for_another(desk, effect.incident_id, user, problem)


def _ask_for_another(desk: Desk, incident_id: int, user: str, problem: str) -> None:
    # Somebody was just given this role and everybody counts on them: the card alone would not be read.
    held = roles.held_by(desk.tx, incident_id, user)
    incident = incidents.by_id(desk.tx, incident_id) if held else None
    if incident is None:
        return
    labels = " and ".join(Role(role).label for role in sorted(held))
    usage = f"/ml-incident role {min(held)} @person"
    say(desk, incident, f"{person(user)} {esc(problem, 300)}. Who is {labels} instead? `{usage}`")


def bring_in(desk: Desk, contact: str) -> None:
    """Slack knows more of a contact now: invite whoever was named by it in an incident that is open."""
    user_id, problem = people.who(desk.tx, contact)
    for row in participants.not_found(desk.tx):
        if people.key(contact) not in {people.key(row.contact), people.meant_by(desk.tx, row.contact)}:
            continue
        incident = incidents.by_id(desk.tx, row.incident_id, for_change=True)
        if incident is None or (row.problem == problem and user_id is None):
            continue
        row.user_id, row.problem = user_id, problem
        desk.tx.session.flush()
        needs = channel_first(desk, incident)
        if user_id is not None and problem is None:
            owe(desk.tx, Invite(incident_id=incident.id, users=(user_id,)), needs=needs)
        owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)


def note_once(desk: Desk, incident_id: int, *, what: str, text: str) -> None:
    """What the bot did, on the timeline once. `text` is in Slack's own form, as the timeline keeps it."""
    earlier = timeline.of_incident(desk.tx, incident_id, kinds=["bot"])
    if any((entry.data or {}).get("what") == what for entry in earlier):
        return
    timeline.add(
        desk.tx,
        incident_id=incident_id,
        at=desk.now,
        recorded_at=desk.now,
        kind="bot",
        author=None,
        text=text,
        data={"what": what},
    )


FEATURE = Feature(
    clicks={Joining.JOIN: join},
    idle={"member_joined_channel": _is_expected},
    events={"member_joined_channel": [note_joined], "member_left_channel": [note_left]},
)
