"""Where a run stands: the facts it may ask, the step to show, and the promise to remind of it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.incidents.desk import Desk
from bot.incidents.finding import by_id, card_of
from bot.views.calls import CallShown, subject_of
from bot.views.steps import RunShown
from bot.views.text import INC, esc, person
from playbooks.asking import Undo
from playbooks.fields import POC_TEAMS
from playbooks.lifecycle import Role, Status
from playbooks.placeholders import fill
from playbooks.progress import Current, Walk, closing, current, known_facts, unknown_variables
from playbooks.steps import ActionStep, Walked
from playbooks.variables import with_variables
from playbooks.vocabulary import ANYONE
from playbooks.walk import BESIDE
from storage import calls, participants, people, roles, runs
from storage.models import Call, Incident, Reminder, Run

CHOSEN_BY = "chosen by "
"""What a reason begins with when a person chose; everybody in the channel saw that."""


def still_walked(desk: Desk, reminder: Reminder) -> tuple[Incident, Run] | None:
    """The held incident and run that a reminder is about; None once either is over."""
    if reminder.incident_id is None or not reminder.data:
        return None
    incident = by_id(desk, reminder.incident_id)
    run = runs.by_id(desk.tx, reminder.data["run"])
    if run is None or run.ended_at is not None or not Status(incident.status).is_open:
        return None
    return incident, run


def facts_of(desk: Desk, incident: Incident) -> dict[str, str]:
    """What conditions and placeholders may ask of this incident and its model."""
    commander = roles.holder(desk.tx, incident.id, Role.COMMANDER)
    known = people.person(desk.tx, commander) if commander else None
    return known_facts(
        card_of(incident),
        {
            "id": INC(incident.id, desk.policy),
            "title": incident.title,
            "severity": incident.severity,
            "status": incident.status,
            "failure_mode": "" if incident.failure_mode == "unknown" else incident.failure_mode,
            "channel": incident.channel_name or "",
            "commander": known.name if known else "",
        },
    )


def shown(desk: Desk, incident: Incident, run: Run, *, closing_words: str | None = None) -> RunShown:
    """The run as its message shows it."""
    walk, facts = runs.walk(desk.tx, run), facts_of(desk, incident)
    here = current(walk, facts) if run.ended_at is None else None
    is_open = Status(incident.status).is_open
    call = call_here(desk, run, walk, here) if here else None
    undo = calls.to_undo(desk.tx, run) if is_open else None
    back = way_back(walk, undo, facts)[0] if undo else None
    return RunShown(
        incident_id=incident.id,
        run_id=run.id,
        playbook=walk.pinned.playbook.title,
        version=walk.pinned.playbook.version,
        current=here,
        responsible=responsible(desk, incident, here.step.role) if here else None,
        closing=closing_words,
        because="" if run.chosen_because.startswith(CHOSEN_BY) else run.chosen_because,
        done=len(walk.counted),
        turn=len(walk.records),
        revision=run.revision,
        can_go_back=bool(walk.counted) and is_open and run.end in {None, "finished"},
        can_change=is_open,
        call=_call_shown(desk, incident, call, here.step) if call and here else None,
        needs=tuple(one.ask for one in unknown_variables(walk, here.path, facts).values()) if here else (),
        undo=(undo.id, back) if undo and back else None,
        closing_criteria=tuple((text, record.by if record else None) for text, record in closing(walk))
        if run.end == "finished"
        else (),
    )


def _call_shown(desk: Desk, incident: Incident, call: Call, step: Walked) -> CallShown:
    return CallShown(
        state=call.state,
        revision=call.revision,
        said=call.said,
        asked_at=call.asked_at,
        held_since=call.held_since,
        preview=call.preview,
        before=call.before,
        requested_by=call.requested_by,
        approvers=may_approve(desk, incident, step) if isinstance(step, ActionStep) else "",
    )


def approvers(desk: Desk, incident: Incident, action: ActionStep) -> list[str]:
    """The Slack accounts that hold one of the roles that may approve."""
    held = [account_for(desk, incident, role) for role in action.approval if role != ANYONE]
    return [user for user in dict.fromkeys(held) if user]


def may_approve(desk: Desk, incident: Incident, action: ActionStep) -> str:
    """Who may approve it, in words and mentions."""
    if ANYONE in action.approval:
        return "anybody else in this channel"
    return " or ".join(responsible(desk, incident, role) or role for role in action.approval)


def way_back(walk: Walk, call: Call, facts: Mapping[str, str]) -> tuple[str | None, str]:
    """(what taking the action back does where the bot can do it, how people do it by hand)."""
    action = walk.step(call.step)
    assert isinstance(action, ActionStep)  # noqa: S101 -- only actions are taken back
    words = action.undo if isinstance(action.undo, str) else action.undo.manual
    by_hand = fill(words, with_variables(walk, facts))
    can = action.mlflow is not None or (isinstance(action.undo, Undo) and action.undo.request is not None)
    if not can or call.before is None:
        return None, by_hand
    return f"{subject_of(call.preview or {}) or title_of(walk, call.step, facts)}: back to {call.before}", by_hand


def responsible(desk: Desk, incident: Incident, role: str | None) -> str | None:
    """Whom a step or timer is for: the holder of its role or the team's contact, and what they are."""
    if role is None:
        return None
    user = account_for(desk, incident, role)
    if role.startswith("poc:"):
        team = role.removeprefix("poc:")
        label = f"{esc(POC_TEAMS.get(team, team), 60)} contact"
    else:
        label = Role(role).label
    return f"{person(user)} ({label})" if user else f"{label}, which nobody is so far"


def account_for(desk: Desk, incident: Incident, role: str) -> str | None:
    """The Slack account behind a playbook's role: 'commander' or 'poc:<team>'."""
    if not role.startswith("poc:"):
        return roles.holder(desk.tx, incident.id, role)
    for row in participants.of_incident(desk.tx, incident.id):
        if row.why == role and row.user_id and not row.problem:
            return row.user_id
    return None


def title_of(walk: Walk, path: str, facts: Mapping[str, str]) -> str:
    """A step's title as people read it, whether it is the run's turn or not."""
    return fill(walk.step(path).title, with_variables(walk, facts))


def call_here(desk: Desk, run: Run, walk: Walk, here: Current) -> Call | None:
    """What has been asked of a connection since the run came to this step."""
    return calls.at(desk.tx, run_id=run.id, step=here.path, turn=turn_of(walk))


def turn_of(walk: Walk) -> int:
    """How often the run has moved: what tells one coming to a step from the next."""
    return sum(record.outcome not in BESIDE for record in walk.records)


def say_progress(desk: Desk, incident: Incident) -> str | None:
    """Title and how far, of each playbook being walked: “The first fifteen minutes, 3/9: Is it real?”."""
    going_on = runs.going_on(desk.tx, incident.id)
    if not going_on:
        earlier = runs.of_incident(desk.tx, incident.id)
        return f"{_title(desk, earlier[-1])}, over" if earlier else None
    return "; ".join(_progress(desk, incident, run) for run in going_on)


def _progress(desk: Desk, incident: Incident, run: Run) -> str:
    here = current(runs.walk(desk.tx, run), facts_of(desk, incident))
    return f"{_title(desk, run)}, {here.progress}: {here.title}" if here else f"{_title(desk, run)}, over"


def _title(desk: Desk, run: Run) -> str:
    return runs.pinned(desk.tx, run).playbook.title
