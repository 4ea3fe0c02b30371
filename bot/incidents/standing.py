"""The step that a click or a form is about, while it is still the run's turn; and moving on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.effects import DrawCard, DrawStep, owe
from bot.incidents.arriving import arrive
from bot.incidents.desk import Answer, Click, Desk, Submission
from bot.incidents.entries import enter
from bot.incidents.finding import allow, by_id
from bot.incidents.learning import learn
from bot.incidents.people import meet
from bot.incidents.telling import channel_first
from bot.incidents.walking import call_here, facts_of, shown, title_of
from bot.incidents.wording import kept
from bot.views.steps import run_message
from bot.views.text import person, when
from playbooks.lifecycle import FAILURE_MODES, RuleBroken, Status
from playbooks.progress import Current, Outcome, Record, Walk, apply, current
from playbooks.steps import ActionStep
from storage import runs
from storage.models import Incident, Run

_MOVED_ON = (
    "What is known of the incident has changed, and with it the step that comes next. The playbook's message shows it."
)


@dataclass(frozen=True, kw_only=True)
class Here:
    """A run, held, and the step that somebody means."""

    incident: Incident
    run: Run
    walk: Walk
    facts: dict[str, str]
    path: str

    @property
    def place(self) -> dict[str, Any]:
        """What a form carries, so that `submitted` finds the same."""
        turn = len(self.walk.records)
        return {"incident": self.incident.id, "run": self.run.id, "turn": turn, "path": self.path}

    @property
    def step(self) -> Current | None:
        """The step, while it is the current one; None where other facts lead elsewhere now."""
        here = current(self.walk, self.facts)
        return here if here is not None and here.path == self.path and self.run.ended_at is None else None


def find(desk: Desk, incident_id: int, run_id: int, turn: int, path: str) -> Here:
    """`turn` is how many records the run had when the button was drawn. Raises RuleBroken when it has more."""
    incident = by_id(desk, incident_id)
    allow(desk, incident, "playbook")
    run = runs.by_id(desk.tx, run_id)
    if run is None or run.incident_id != incident.id:
        raise RuleBroken("This playbook is not being walked any more.")
    walk = runs.walk(desk.tx, run)
    if turn < len(walk.records):
        raise RuleBroken(_faster(desk, walk, walk.records[turn], facts_of(desk, incident)))
    if run.end == "replaced":
        raise RuleBroken("Another playbook took over here. `/ml-incident step` shows where it stands.")
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over, and its playbook with it.")
    if run.end == "incident-resolved":
        raise RuleBroken(
            "This playbook ended with the incident, before it was reopened. `/ml-incident playbook` starts one."
        )
    return Here(incident=incident, run=run, walk=walk, facts=facts_of(desk, incident), path=path)


def _faster(desk: Desk, walk: Walk, record: Record, facts: dict[str, str]) -> str:
    """Who was faster, and what they did."""
    title = f"“{title_of(walk, record.path, facts)}”"
    is_action = isinstance(walk.step(record.path), ActionStep)
    did = {
        "done": f"did {title}",
        "skipped": f"skipped {title}",
        "answered": f"answered {title} with “{record.answer}”",
        "passed": f"found that {title} holds",
        "failed": f"went on as {title} had failed" if is_action else f"found that {title} does not hold",
        "waited": f"waited at {title}",
        "told": f"filled in what {title} needs",
        "confirmed": "confirmed what holds at the end",
        "reopened": f"went back to {title}",
    }[record.outcome]
    if record.by == desk.by:
        return f"That is done already: you {did} {when(record.at)}."
    return f"{person(record.by) if record.by else 'The bot'} was faster, and {did} {when(record.at)}."


def clicked(desk: Desk, value: str) -> Here:
    """What a button of a step's message means: incident:run:turn:path."""
    incident, run, turn, path = value.split(":", 3)
    return find(desk, int(incident), int(run), int(turn), path)


def submitted(desk: Desk, sent: Submission) -> Here:
    """The same for a form."""
    data = sent.metadata
    return find(desk, data["incident"], data["run"], data["turn"], data["path"])


def moved_on(desk: Desk, here: Here) -> Answer:
    """Conditions lead elsewhere since the message was drawn; nobody was faster."""
    settle(desk, here)
    return Answer(text=_MOVED_ON)


def take(
    desk: Desk,
    here: Here,
    step: Current,
    *,
    outcome: Outcome,
    answer: str | None = None,
    reason: str | None = None,
    evidence: dict[str, str] | None = None,
    said: str | None = None,
) -> None:
    """Move the run on by what somebody did with its step. Raises RuleBroken. `said` is what the timeline adds."""
    record = apply(
        here.walk,
        here.facts,
        path=here.path,
        outcome=outcome,
        by=desk.by,
        at=desk.now,
        answer=answer,
        reason=reason,
        evidence=evidence,
    )
    replaced = learn(here.incident, step, record)
    runs.record(desk.tx, here.run, record, replaced=replaced)
    mode = FAILURE_MODES[here.incident.failure_mode].lower() if "failure_mode" in replaced else None
    note(desk, here.incident, _said(step, record, mode, said), reason)
    settle(desk, here)
    if "failure_mode" in replaced:
        settle_all(desk, here.incident)


def settle_all(desk: Desk, incident: Incident) -> None:
    """What conditions ask has changed: every run of the incident may stand at another step now."""
    facts = facts_of(desk, incident)
    for run in runs.going_on(desk.tx, incident.id):
        settle(desk, Here(incident=incident, run=run, walk=runs.walk(desk.tx, run), facts=facts, path=""))


def settle(desk: Desk, here: Here) -> None:
    """Whatever the run has come to: over or not, who is reminded of what, and what its message shows."""
    _count_what_was_sent(desk, here)
    over = current(runs.walk(desk.tx, here.run), facts_of(desk, here.incident)) is None
    if over and here.run.ended_at is None:
        runs.end(desk.tx, here.run, how="finished", at=desk.now)
    arrive(desk, here.incident, here.run)
    redraw(desk, here)


def _count_what_was_sent(desk: Desk, here: Here) -> None:
    """An action that was approved here, and done while conditions led elsewhere, is not asked for again."""
    walk, facts = runs.walk(desk.tx, here.run), facts_of(desk, here.incident)
    step = current(walk, facts) if here.run.ended_at is None else None
    call = call_here(desk, here.run, walk, step) if step is not None else None
    if step is not None and call is not None and (call.kind, call.state) == ("action", "done"):
        runs.record(desk.tx, here.run, apply(walk, facts, path=step.path, outcome="done", by="", at=desk.now))


_VERBS = {
    "done": "Done",
    "skipped": "Skipped",
    "answered": "Decided",
    "passed": "Holds",
    "failed": "Does not hold",
    "waited": "Waited",
}


def _said(step: Current, record: Record, mode: str | None, said: str | None) -> str:
    answer = f" “{kept(record.answer)}”" if record.answer else ""
    asked = {item.id: item.ask for item in step.evidence if item.ask != step.step.title}
    noted = [
        f"{kept(asked[key])} {kept(value)}" if key in asked else kept(value) for key, value in record.evidence.items()
    ]
    added = "; ".join([kept(said)] if said else noted)
    learnt = f". Kind of failure: {kept(mode)}" if mode else ""
    verb = "Failed" if record.outcome == "failed" and isinstance(step.step, ActionStep) else _VERBS[record.outcome]
    return f"{verb}: {kept(step.title)}{answer}" + (f" ({added})" if added else "") + learnt


def note(desk: Desk, incident: Incident, text: str, reason: str | None = None) -> None:
    """Write onto the timeline what became of a step."""
    if desk.by:
        meet(desk, desk.by)
    enter(desk, incident, "step", text, reason=kept(reason) if reason else None)


def redraw(desk: Desk, here: Here) -> None:
    """Show where the run stands, in its message and on the card."""
    redraw_run(desk, here.incident, here.run)


def redraw_run(desk: Desk, incident: Incident, run: Run) -> None:
    """The same for a run that nobody stands at."""
    needs = channel_first(desk, incident)
    owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id), needs=needs)
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)


def shown_again(desk: Desk, here: Here, click: Click) -> Answer | None:
    """The copy that `step` showed to one person is not the team's message: it is replaced where it was clicked."""
    if here.run.message_ts is None or click.message_ts in {None, here.run.message_ts}:
        return None
    text, blocks = run_message(shown(desk, here.incident, here.run))
    return Answer(text=text, blocks=blocks, replace=True)
