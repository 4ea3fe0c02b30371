"""Where a run stands: the facts it may ask, the step to show, and the promise to remind of it."""

from __future__ import annotations

from bot.incidents.desk import Desk
from bot.incidents.finding import card_of
from bot.views.steps import RunShown
from bot.views.text import INC, esc, person
from playbooks.fields import POC_TEAMS
from playbooks.lifecycle import Role, Status
from playbooks.progress import Walk, current, known_facts
from storage import participants, people, reminders, roles, runs
from storage.models import Incident, Run


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


def shown(desk: Desk, incident: Incident, run: Run, *, closing: str | None = None) -> RunShown:
    """The run as its message shows it."""
    walk = runs.walk(desk.tx, run)
    here = current(walk, facts_of(desk, incident)) if run.ended_at is None else None
    is_open = Status(incident.status).is_open
    return RunShown(
        incident_id=incident.id,
        run_id=run.id,
        playbook=walk.pinned.playbook.title,
        version=walk.pinned.playbook.version,
        current=here,
        responsible=responsible(desk, incident, here.step.role) if here else None,
        closing=closing,
        done=len(walk.counted),
        turn=len(walk.records),
        revision=run.revision,
        can_go_back=bool(walk.counted) and is_open and run.end in {None, "finished"},
        can_change=is_open,
    )


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


def promise_step(desk: Desk, incident: Incident, run: Run, walk: Walk) -> None:
    """Remind of the current step when it is due; of none when it has no due time or the run is over."""
    key = f"step:{run.id}"
    here = current(walk, facts_of(desk, incident)) if run.ended_at is None else None
    if here is None or here.step.due is None:
        reminders.fulfil(desk.tx, key, desk.now)
        return
    reminders.promise(
        desk.tx,
        key=key,
        kind="step",
        next_due_at=here.since + here.step.due,
        incident_id=incident.id,
        data={"run": run.id, "path": here.path},
    )


def say_progress(desk: Desk, incident: Incident) -> str | None:
    """Title and how far: “The first fifteen minutes, 3/9: Is it real?”."""
    run = runs.going_on(desk.tx, incident.id)
    if run is None:
        earlier = runs.of_incident(desk.tx, incident.id)
        return f"{runs.pinned(desk.tx, earlier[-1]).playbook.title}, over" if earlier else None
    walk = runs.walk(desk.tx, run)
    here = current(walk, facts_of(desk, incident))
    title = walk.pinned.playbook.title
    return f"{title}, {here.progress}: {here.title}" if here else f"{title}, over"
