"""Choosing a playbook: what fits and why, what there is, and one of them step by step."""

from __future__ import annotations

from bot.incidents import starting
from bot.incidents.desk import Answer, Click, Command, Desk, OnClick, OnCommand
from bot.incidents.finding import allow, by_id, incident_here
from bot.incidents.telling import channel_first
from bot.incidents.walking import CHOSEN_BY
from bot.requests import Playbooks, StartPlaybook
from bot.views.ids import Runs
from bot.views.steps import beside_or_instead, offer, playbook_list, playbook_outline
from bot.views.text import esc, person
from playbooks.durations import say_duration
from playbooks.lifecycle import RuleBroken, Status
from playbooks.model import Playbook
from playbooks.pinning import Pinned, pin
from playbooks.placeholders import without
from playbooks.steps import ActionStep, CheckStep, DecisionStep, EndStep, IncludeStep, Step, WaitStep
from storage import runs
from storage.models import Incident, Run


def _start(desk: Desk, request: StartPlaybook, command: Command) -> Answer:
    incident = incident_here(desk, command.channel)
    if request.name is None:
        return offered(desk, incident)
    return _begin(desk, incident, "-".join(request.name.split()))


def _chosen(desk: Desk, click: Click) -> Answer:
    number, seen, playbook_id = click.value.split(":", 2)
    incident = by_id(desk, int(number))
    _nobody_faster(desk, incident, int(seen))
    return _begin(desk, incident, playbook_id)


def _nobody_faster(desk: Desk, incident: Incident, seen: int) -> None:
    newest = _newest(desk, incident)
    if newest is not None and newest.id != seen:
        title = runs.pinned(desk.tx, newest).playbook.title
        if newest.started_by == desk.by:
            raise RuleBroken(f"You have started “{title}” already.")
        who = person(newest.started_by) if newest.started_by else "The bot"
        raise RuleBroken(f"{who} was faster, and started “{title}”. `/ml-incident playbook` offers the others.")


def _newest(desk: Desk, incident: Incident) -> Run | None:
    return next(reversed(runs.of_incident(desk.tx, incident.id)), None)


def _begin(desk: Desk, incident: Incident, name: str) -> Answer:
    """Start it, or ask what becomes of what is being walked."""
    pinned = _startable(desk, incident, name)
    title = pinned.playbook.title
    walked = runs.going_on(desk.tx, incident.id)
    if any(run.content_hash == pinned.hash and not runs.walk(desk.tx, run).records for run in walked):
        raise RuleBroken(f"“{title}” is being walked already, and is at its first step.")
    swallows = [run for run in walked if starting.swallowed(desk, run, pinned)]
    if left := [run for run in walked if run not in swallows]:
        same = any(runs.pinned(desk.tx, run).playbook.id == pinned.playbook.id for run in left)
        newest = _newest(desk, incident)
        text, blocks = beside_or_instead(
            incident.id,
            newest.id if newest else 0,
            pinned.playbook.id,
            title,
            [(run.id, runs.pinned(desk.tx, run).playbook.title) for run in left],
            room=not same and len(left) < starting.MOST_AT_ONCE,
        )
        return Answer(text=text, blocks=blocks)
    return _started(desk, incident, pinned, swallows)


def _startable(desk: Desk, incident: Incident, name: str) -> Pinned:
    allow(desk, incident, "playbook")
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over; reopen it before you start a playbook.")
    return pin(desk.library, name)


def _started(desk: Desk, incident: Incident, pinned: Pinned, instead_of: list[Run]) -> Answer:
    because = f"{CHOSEN_BY}{person(desk.by)}"
    starting.add(desk, incident, pinned, because, instead_of=instead_of, needs=channel_first(desk, incident))
    return Answer(text=f"Started: {esc(pinned.playbook.title, 200)}. Its first step is in the channel.", replace=True)


def _beside(desk: Desk, click: Click) -> Answer:
    incident, pinned = _still_so(desk, click)
    walked = runs.going_on(desk.tx, incident.id)
    return _started(desk, incident, pinned, [run for run in walked if starting.swallowed(desk, run, pinned)])


def _instead(desk: Desk, click: Click) -> Answer:
    incident, pinned = _still_so(desk, click)
    ended = int(click.action_id.rpartition(":")[2])
    walked = runs.going_on(desk.tx, incident.id)
    return _started(
        desk, incident, pinned, [run for run in walked if run.id == ended or starting.swallowed(desk, run, pinned)]
    )


def _still_so(desk: Desk, click: Click) -> tuple[Incident, Pinned]:
    number, seen, playbook_id = click.value.split(":", 2)
    incident = by_id(desk, int(number))
    _nobody_faster(desk, incident, int(seen))
    return incident, _startable(desk, incident, playbook_id)


def _offer_clicked(desk: Desk, click: Click) -> Answer:
    return offered(desk, by_id(desk, int(click.value)))


def offered(desk: Desk, incident: Incident) -> Answer:
    """The playbooks that fit this incident first, each with the reason, then the others. Raises RuleBroken."""
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over; reopen it before you start a playbook.")
    fitting = starting.fitting(desk.library, incident)
    rows = [(found.playbook.id, found.playbook.title, found.reason) for found in fitting]
    named = {ident for ident, _, _ in rows}
    rows += [
        (playbook.id, playbook.title, playbook.summary or "")
        for playbook in desk.library.all()
        if playbook.id not in named
    ]
    newest, walked = _newest(desk, incident), runs.going_on(desk.tx, incident.id)
    text, blocks = offer(
        incident.id,
        newest.id if newest else 0,
        rows,
        walked=[runs.pinned(desk.tx, run).playbook.title for run in walked],
    )
    return Answer(text=text, blocks=blocks)


def _list(desk: Desk, request: Playbooks, _command: Command) -> Answer:
    if request.name is not None:
        playbook = desk.library.get("-".join(request.name.split()))
        text, blocks = playbook_outline(
            playbook.title, playbook.summary or "", playbook.version, _outline(desk, playbook)
        )
        return Answer(text=text, blocks=blocks)
    rows = [(playbook.id, playbook.title, playbook.summary or "") for playbook in desk.library.all()]
    text, blocks = playbook_list(rows)
    return Answer(text=text, blocks=blocks)


def _outline(desk: Desk, playbook: Playbook) -> list[str]:
    lines = []
    for number, step in enumerate(playbook.steps, 1):
        title = esc(without(step.title), 150)
        if isinstance(step, DecisionStep):
            answers = " / ".join(esc(option.label, 80) for option in step.options)
            lines.append(f"{number}. *{title}* {answers}")
        elif isinstance(step, IncludeStep):
            lines.append(f"{number}. _{esc(desk.library.get(step.playbook).title, 150)}_ is walked here")
        elif isinstance(step, EndStep):
            lines.append(f"{number}. End: {title}")
        else:
            lines.append(f"{number}. {title}{_by_itself(step)}")
    return lines


def _by_itself(step: Step) -> str:
    """What the bot does of a step, for whoever reads the playbook before it is walked."""
    if isinstance(step, CheckStep):
        return " _(the bot asks)_"
    if isinstance(step, ActionStep):
        return " _(the bot does it, once somebody else approves)_"
    return f" _({say_duration(step.for_)})_" if isinstance(step, WaitStep) else ""


COMMANDS: dict[type, OnCommand] = {StartPlaybook: _start, Playbooks: _list}
CLICKS: dict[str, OnClick] = {
    Runs.OFFER: _offer_clicked,
    f"{Runs.CHOOSE}:*": _chosen,
    Runs.BESIDE: _beside,
    f"{Runs.INSTEAD}:*": _instead,
}
