"""Playbook runs in Slack: each shown in one message of its own, and again on request."""

from __future__ import annotations

from bot.effects import CallConnection, DrawStep
from bot.incidents import actions, checks, choosing, picturing, stepping, undoing
from bot.incidents.desk import Answer, Click, Command, Desk, Drawing, Feature
from bot.incidents.finding import by_id, incident_here
from bot.incidents.walking import facts_of, shown
from bot.requests import ShowStep
from bot.views.ids import Card, Runs
from bot.views.steps import picture_offer, run_message
from playbooks.lifecycle import RuleBroken, Status
from playbooks.progress import ending
from storage import incidents, runs
from storage.models import Incident, Run


def _show(desk: Desk, request: ShowStep, command: Command) -> Answer:
    incident = incident_here(desk, command.channel)
    return picturing.post(desk, incident) if request.picture else _shown_to(desk, incident)


def _show_clicked(desk: Desk, click: Click) -> Answer:
    return _shown_to(desk, by_id(desk, int(click.value)))


def _picture_clicked(desk: Desk, click: Click) -> Answer:
    return picturing.post(desk, by_id(desk, int(click.value)))


def _shown_to(desk: Desk, incident: Incident) -> Answer:
    going_on = runs.going_on(desk.tx, incident.id)
    if not going_on and not Status(incident.status).is_open:
        raise RuleBroken("The incident is over, and its playbook with it. `/ml-incident review` shows its review.")
    if not going_on:
        return choosing.offered(desk, incident)
    messages = [run_message(shown(desk, incident, run)) for run in going_on]
    return Answer(
        text="\n".join(text for text, _ in messages),
        blocks=[*(block for _, blocks in messages for block in blocks), picture_offer(incident.id)],
    )


def _draw(desk: Desk, effect: DrawStep) -> Drawing | None:
    incident = incidents.by_id(desk.tx, effect.incident_id)
    run = runs.by_id(desk.tx, effect.run_id)
    if incident is None or run is None:
        return None
    text, blocks = run_message(shown(desk, incident, run, closing_words=_closing(desk, incident, run)))
    return Drawing(text=text, blocks=blocks)


def _closing(desk: Desk, incident: Incident, run: Run) -> str | None:
    if run.end == "replaced":
        return "Another playbook took over here."
    if run.end == "incident-resolved":
        return "The incident ended before the playbook did."
    end = ending(runs.walk(desk.tx, run), facts_of(desk, incident))
    return (end.do or end.title) if end is not None and run.end == "finished" else None


FEATURE = Feature(
    commands={ShowStep: _show, **choosing.COMMANDS},
    clicks={
        Card.STEP: _show_clicked,
        Runs.PICTURE: _picture_clicked,
        **stepping.CLICKS,
        **checks.CLICKS,
        **actions.CLICKS,
        **undoing.CLICKS,
        **choosing.CLICKS,
    },
    submissions={**stepping.SUBMISSIONS, **checks.SUBMISSIONS, **actions.SUBMISSIONS},
    drawings={DrawStep: _draw},
    learnt={CallConnection: actions.on_answer},
)
