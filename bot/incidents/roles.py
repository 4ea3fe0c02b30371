"""Roles: giving them, handing them over, and suggesting it to whoever has commanded for hours."""

from __future__ import annotations

from bot.effects import Invite, Tell, owe
from bot.incidents.desk import Answer, Click, Command, Desk, Feature, FieldErrors, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.people import meet, why_nobody, without_marks
from bot.incidents.reminding import Outcome
from bot.incidents.telling import channel_first, redraw, say
from bot.incidents.wording import entered, kept, name, where
from bot.requests import GiveRole, HandOff
from bot.views import roles as views
from bot.views.ids import Card, Roles
from bot.views.text import person
from playbooks.durations import say_duration
from playbooks.lifecycle import Role, RuleBroken, Status
from storage import participants, reminders, roles
from storage.models import Incident, Reminder
from storage.types import Json


def give(desk: Desk, request: GiveRole, command: Command) -> Answer:
    """Give a role to somebody."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "role")
    text = appoint(desk, incident, request.role, request.user)
    say(desk, incident, text)
    redraw(desk, incident)
    return Answer(text=text)


def appoint(desk: Desk, incident: Incident, role: Role, user: str, *, told: dict[str, str] | None = None) -> str:
    """Give a role of a held incident to somebody, who gets instructions privately. Returns the channel's one line.

    `told` is what was handed over with it. Raises RuleBroken where they cannot hold it.
    """
    if roles.holder(desk.tx, incident.id, role) == user:
        raise RuleBroken(f"{person(user)} is {role.label} already.")
    if problem := why_nobody(desk, user):
        raise RuleBroken(problem)
    before = roles.give(desk.tx, incident_id=incident.id, role=role.value, user_id=user, given_by=desk.by, at=desk.now)
    _bring_in(desk, incident, role, user)
    _instruct(desk, incident, role, user)
    if role is Role.COMMANDER:
        incident.assigned_at = incident.assigned_at or desk.now
        watch_commander(desk, incident)
    text = f"{person(user)} is {role.label} now" + (f", after {person(before.user_id)}" if before else "")
    _note(desk, incident, text, {"role": role.value, "to": user, "from": before and before.user_id}, told)
    return f"{text}." if user == desk.by else f"{text}. {person(desk.by)} asked for it."


def _bring_in(desk: Desk, incident: Incident, role: Role, user: str) -> None:
    participants.add(
        desk.tx,
        incident_id=incident.id,
        why=f"role:{role}",
        contact=user,
        user_id=user,
        added_at=desk.now,
    )
    meet(desk, user)
    owe(desk.tx, Invite(incident_id=incident.id, users=(user,)), needs=channel_first(desk, incident))


def _instruct(desk: Desk, incident: Incident, role: Role, user: str) -> None:
    text, blocks = views.instructions(
        where=where(desk, incident),
        role=role,
        given_by=None if user == desk.by else desk.by,
        text=desk.policy.instructions(role),
    )
    owe(desk.tx, Tell(user=user, text=text, blocks=blocks, incident_id=incident.id))


def _note(desk: Desk, incident: Incident, text: str, data: Json, told: dict[str, str] | None) -> None:
    answers = "; ".join(f"{word}: {kept(answer)}" for word, answer in (told or {}).items())
    enter(desk, incident, "role", text, reason=answers or None, data={**data, "told": told} if told else data)


def lay_down(desk: Desk, incident: Incident, role: Role) -> str | None:
    """Nobody holds the role any more. Returns the channel's one line; None when nobody held it."""
    before = roles.take(desk.tx, incident_id=incident.id, role=role.value, at=desk.now)
    if before is None:
        return None
    if role is Role.COMMANDER:
        reminders.fulfil(desk.tx, _promise(incident), desk.now)
    text = f"{person(before.user_id)} is not {role.label} any more; nobody is"
    _note(desk, incident, text, {"role": role.value, "to": None, "from": before.user_id}, None)
    return f"{text}."


def hand_off(desk: Desk, request: HandOff, command: Command) -> Answer:
    """Ask what the next person needs to know."""
    incident = incident_here(desk, command.channel)
    allow(desk, incident, "role")
    if roles.holder(desk.tx, incident.id, request.role) == request.user:
        raise RuleBroken(f"{person(request.user)} is {request.role.label} already.")
    return _ask_hand_off(desk, incident, request.role, request.user)


def _ask_hand_off(desk: Desk, incident: Incident, role: Role, to: str | None) -> Answer:
    form = views.hand_off_form(incident=incident.id, name=name(desk, incident), role=role, to=to)
    return Answer(text="What does the next person need to know?", modal=form)


def _on_hand_off(desk: Desk, click: Click) -> Answer:
    incident_id, role = click.value.split(":")
    incident = by_id(desk, int(incident_id))
    allow(desk, incident, "role")
    return _ask_hand_off(desk, incident, Role(role), None)


def _sent_hand_off(desk: Desk, sent: Submission) -> FieldErrors | None:
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "role")
    role, user = Role(sent.metadata["role"]), sent.values.get(Roles.TO)
    if not user:
        return FieldErrors(errors={Roles.TO: "Choose who takes it over."})
    answers = {word: entered(sent.values.get(block), 1500) for block, word, _ in views.QUESTIONS}
    told = {word: answer for word, answer in answers.items() if answer}
    before = roles.holder(desk.tx, incident.id, role)
    try:
        appoint(desk, incident, role, user, told=told)
    except RuleBroken as broken:
        return FieldErrors(errors={Roles.TO: without_marks(str(broken))})
    text, blocks = views.hand_off(role=role, before=before, to=user, told=told)
    say(desk, incident, text, blocks)
    redraw(desk, incident)
    return None


def _on_open(desk: Desk, click: Click) -> Answer:
    incident = by_id(desk, int(click.value))
    allow(desk, incident, "role")
    holders = {role: row.user_id for role, row in roles.holders(desk.tx, incident.id).items()}
    form = views.roles_form(incident=incident.id, name=name(desk, incident), holders=holders)
    return Answer(text="Who does what?", modal=form)


def _sent_roles(desk: Desk, sent: Submission) -> FieldErrors | None:
    """Only what this person changed counts: somebody else may have given roles while the form was open."""
    incident = by_id(desk, sent.metadata["incident"])
    allow(desk, incident, "role")
    shown: dict[str, str] = sent.metadata["shown"]
    errors, lines = {}, []
    for role in Role:
        block = f"{Roles.HOLDER}:{role}"
        wanted, present = sent.values.get(block), roles.holder(desk.tx, incident.id, role)
        if wanted == shown.get(role.value) or wanted == present:
            continue
        if present != shown.get(role.value):
            errors[block] = "Somebody changed this meanwhile. Close this form and open it again."
        elif wanted and (problem := why_nobody(desk, wanted)):
            errors[block] = without_marks(problem)
        else:
            lines.append((role, wanted))
    if errors:
        return FieldErrors(errors=errors)
    said = [appoint(desk, incident, role, user) if user else lay_down(desk, incident, role) for role, user in lines]
    if spoken := "\n".join(line for line in said if line):
        say(desk, incident, spoken)
        redraw(desk, incident)
    return None


def _promise(incident: Incident) -> str:
    return f"long-command:{incident.id}"


def watch_commander(desk: Desk, incident: Incident) -> None:
    """Promise to suggest a hand-over to the present commander, some hours from now."""
    commander = roles.holder(desk.tx, incident.id, Role.COMMANDER)
    if commander is None:
        return
    reminders.promise(
        desk.tx,
        key=_promise(incident),
        kind="long-command",
        next_due_at=desk.now + desk.policy.suggest_handover_after,
        incident_id=incident.id,
        data={"commander": commander},
    )


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """Suggest a hand-over, privately, and again after as many hours."""
    incident = by_id(desk, reminder.incident_id or 0)
    held = roles.holders(desk.tx, incident.id).get(Role.COMMANDER)
    if held is None or not Status(incident.status).is_open:
        return Outcome(next_due_at=None, said=False)
    text, blocks = views.suggest_hand_off(
        incident=incident.id, where=where(desk, incident), lasted=say_duration(desk.now - held.since)
    )
    owe(desk.tx, Tell(user=held.user_id, text=text, blocks=blocks, incident_id=incident.id))
    return Outcome(next_due_at=desk.now + desk.policy.suggest_handover_after)


FEATURE = Feature(
    commands={GiveRole: give, HandOff: hand_off},
    clicks={Card.ROLES: _on_open, Roles.HAND_OFF: _on_hand_off},
    submissions={Roles.FORM: _sent_roles, Roles.HAND_OFF_FORM: _sent_hand_off},
)
