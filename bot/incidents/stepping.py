"""Moving through a playbook: done, skipped, answered, taken, back. Of two people who click at once, one wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.effects import DrawCard, DrawStep, owe
from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, Submission
from bot.incidents.finding import allow, by_id
from bot.incidents.learning import learn, put_back
from bot.incidents.people import meet
from bot.incidents.telling import channel_first
from bot.incidents.walking import facts_of, promise_step, shown
from bot.incidents.wording import entered, kept, moment
from bot.views.ids import Runs
from bot.views.steps import done_form, run_message, skip_form
from bot.views.text import person, when, when_plain
from playbooks.lifecycle import FAILURE_MODES, RuleBroken, Status
from playbooks.progress import Current, Record, Walk, apply, back, current
from storage import runs, timeline
from storage.models import Incident, Run

_MOVED_ON = (
    "What is known of the incident has changed, and with it the step that comes next. The playbook's message shows it."
)


@dataclass(frozen=True, kw_only=True)
class _Here:
    """A run, held, and the step that a click or form was about, while it is still that run's turn."""

    incident: Incident
    run: Run
    walk: Walk
    facts: dict[str, str]
    path: str

    @property
    def step(self) -> Current | None:
        """The step, while it is the current one; None where other facts lead elsewhere now."""
        here = current(self.walk, self.facts)
        return here if here is not None and here.path == self.path and self.run.ended_at is None else None


def _find(desk: Desk, incident_id: int, run_id: int, turn: int, path: str) -> _Here:
    """`turn` is how many records the run had when the button was drawn. Raises RuleBroken when it has more."""
    incident = by_id(desk, incident_id)
    allow(desk, incident, "playbook")
    run = runs.by_id(desk.tx, run_id)
    if run is None or run.incident_id != incident.id:
        raise RuleBroken("This playbook is not being walked any more.")
    walk = runs.walk(desk.tx, run)
    if turn < len(walk.records):
        raise RuleBroken(_faster(desk, walk, walk.records[turn]))
    if run.end == "replaced":
        raise RuleBroken("Another playbook took over here. `/ml-incident step` shows where it stands.")
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over, and its playbook with it.")
    return _Here(incident=incident, run=run, walk=walk, facts=facts_of(desk, incident), path=path)


def _faster(desk: Desk, walk: Walk, record: Record) -> str:
    """Who was faster, and what they did."""
    title = f"“{walk.step(record.path).title}”"
    did = {
        "done": f"did {title}",
        "skipped": f"skipped {title}",
        "answered": f"answered {title} with “{record.answer}”",
        "reopened": f"went back to {title}",
    }[record.outcome]
    if record.by == desk.by:
        return f"That is done already: you {did} {when(record.at)}."
    return f"{person(record.by)} was faster, and {did} {when(record.at)}."


def _clicked(desk: Desk, value: str) -> _Here:
    incident, run, turn, path = value.split(":", 3)
    return _find(desk, int(incident), int(run), int(turn), path)


def _sent(desk: Desk, sent: Submission) -> _Here:
    data = sent.metadata
    return _find(desk, data["incident"], data["run"], data["turn"], data["path"])


def _moved_on(desk: Desk, here: _Here) -> Answer:
    """Conditions lead elsewhere since the message was drawn; nobody was faster."""
    _settle(desk, here)
    return Answer(text=_MOVED_ON)


def _done(desk: Desk, click: Click) -> Answer | None:
    here = _clicked(desk, click.value)
    step = here.step
    if step is None:
        return _moved_on(desk, here)
    if step.step.evidence:
        return _write_down(here, step, None)
    _take(desk, here, step, outcome="done")
    return _shown_again(desk, here, click)


def _answer(desk: Desk, click: Click) -> Answer | None:
    value, _, number = click.value.rpartition(":")
    here = _clicked(desk, value)
    step = here.step
    if step is None:
        return _moved_on(desk, here)
    if not number.isdigit() or int(number) >= len(step.options):
        raise RuleBroken("That answer is not offered any more.")
    if step.step.evidence:
        return _write_down(here, step, int(number))
    _take(desk, here, step, outcome="answered", answer=step.options[int(number)].label)
    return _shown_again(desk, here, click)


def _write_down(here: _Here, step: Current, answer: int | None) -> Answer:
    form = done_form(
        incident_id=here.incident.id, run_id=here.run.id, turn=len(here.walk.records), here=step, answer=answer
    )
    return Answer(text="Write it down", modal=form)


def done_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """What a step asked for was written down."""
    here = _sent(desk, sent)
    step, answer = here.step, sent.metadata["answer"]
    if step is None:
        return _moved_on(desk, here)
    prefix = f"{Runs.EVIDENCE}:"
    given = {
        block.removeprefix(prefix): entered(str(value))
        for block, value in sent.values.items()
        if block.startswith(prefix) and value
    }
    if wrong := _read_times(desk, step, given):
        return FieldErrors(errors={f"{prefix}{name}": problem for name, problem in wrong.items()})
    if answer is None:
        _take(desk, here, step, outcome="done", evidence=given)
    else:
        _take(desk, here, step, outcome="answered", answer=step.options[answer].label, evidence=given)
    return None


def _read_times(desk: Desk, step: Current, given: dict[str, str]) -> dict[str, str]:
    """Write the times in `given` out in full, with date and zone; what is wrong with those that are none."""
    wrong = {}
    for item in step.step.evidence:
        if item.kind != "time" or not given.get(item.id):
            continue
        at = moment(given[item.id])
        if at is None:
            wrong[item.id] = "Write it as 2026-11-20 14:05; it is read as UTC."
        elif at > desk.now:
            wrong[item.id] = f"That time has not come yet: it is {when_plain(desk.now)} now."
        else:
            given[item.id] = when_plain(at)
    return wrong


def _skip(desk: Desk, click: Click) -> Answer:
    here = _clicked(desk, click.value)
    step = here.step
    if step is None:
        return _moved_on(desk, here)
    form = skip_form(incident_id=here.incident.id, run_id=here.run.id, turn=len(here.walk.records), here=step)
    return Answer(text="Skip this step", modal=form)


def skip_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    """A step is passed over, with a reason."""
    here = _sent(desk, sent)
    step = here.step
    if step is None:
        return _moved_on(desk, here)
    reason = entered(sent.values[Runs.REASON], 500)
    if not reason.strip():
        return FieldErrors(errors={Runs.REASON: "Say in a few words why. “Does not apply” is a good reason."})
    _take(desk, here, step, outcome="skipped", reason=reason)
    return None


def _assign(desk: Desk, click: Click) -> Answer | None:
    value, _, revision = click.value.rpartition(":")
    here = _clicked(desk, value)
    step = here.step
    if step is None:
        return _moved_on(desk, here)
    if step.holder == desk.by:
        raise RuleBroken("You have this step already.")
    # Taking over from somebody is fine for whoever saw that they have it.
    if step.holder is not None and here.run.revision != int(revision):
        raise RuleBroken(f"{person(step.holder)} was faster, and has this step now.")
    runs.assign(desk.tx, here.run, step=here.path, user=desk.by, at=desk.now)
    _note(desk, here.incident, f"{person(desk.by)} took the step: {kept(step.title)}", None)
    _redraw(desk, here)
    return _shown_again(desk, here, click)


def _back(desk: Desk, click: Click) -> Answer | None:
    here = _clicked(desk, click.value)
    newer = runs.of_incident(desk.tx, here.incident.id)[-1]
    if newer.id != here.run.id:
        raise RuleBroken("Another playbook took over here. `/ml-incident step` shows where it stands.")
    record = back(here.walk, by=desk.by, at=desk.now)
    put_back(here.incident, runs.take_back(desk.tx, here.run, record))
    _note(desk, here.incident, f"Reopened a step: {kept(here.walk.step(record.path).title)}", None)
    _settle(desk, here)
    return _shown_again(desk, here, click)


def _take(
    desk: Desk,
    here: _Here,
    step: Current,
    *,
    outcome: Literal["done", "skipped", "answered"],
    answer: str | None = None,
    reason: str | None = None,
    evidence: dict[str, str] | None = None,
) -> None:
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
    _note(desk, here.incident, _said(step, record, mode), reason)
    _settle(desk, here)


def _settle(desk: Desk, here: _Here) -> None:
    """Whatever the run has come to: over or not, who is reminded of what, and what its message shows."""
    over = current(runs.walk(desk.tx, here.run), facts_of(desk, here.incident)) is None
    if over and here.run.ended_at is None:
        runs.end(desk.tx, here.run, how="finished", at=desk.now)
    promise_step(desk, here.incident, here.run, runs.walk(desk.tx, here.run))
    _redraw(desk, here)


def _said(step: Current, record: Record, mode: str | None) -> str:
    verb = {"done": "Done", "skipped": "Skipped", "answered": "Decided"}[record.outcome]
    answer = f" “{kept(record.answer)}”" if record.answer else ""
    asked = {item.id: item.ask for item in step.step.evidence}
    noted = "; ".join(f"{kept(asked.get(key, key))} {kept(value)}" for key, value in record.evidence.items())
    learnt = f". Kind of failure: {kept(mode)}" if mode else ""
    return f"{verb}: {kept(step.title)}{answer}" + (f" ({noted})" if noted else "") + learnt


def _note(desk: Desk, incident: Incident, text: str, reason: str | None) -> None:
    meet(desk, desk.by)
    timeline.add(
        desk.tx,
        incident_id=incident.id,
        at=desk.now,
        recorded_at=desk.now,
        kind="step",
        author=desk.by,
        text=text,
        reason=kept(reason) if reason else None,
    )


def _redraw(desk: Desk, here: _Here) -> None:
    needs = channel_first(desk, here.incident)
    owe(desk.tx, DrawStep(incident_id=here.incident.id, run_id=here.run.id), needs=needs)
    owe(desk.tx, DrawCard(incident_id=here.incident.id), needs=needs)


def _shown_again(desk: Desk, here: _Here, click: Click) -> Answer | None:
    """The copy that `step` showed to one person is not the team's message: it is replaced where it was clicked."""
    if here.run.message_ts is None or click.message_ts in {None, here.run.message_ts}:
        return None
    text, blocks = run_message(shown(desk, here.incident, here.run))
    return Answer(text=text, blocks=blocks, replace=True)


CLICKS: dict[str, OnClick] = {
    Runs.DONE: _done,
    f"{Runs.ANSWER}:*": _answer,
    Runs.SKIP: _skip,
    Runs.ASSIGN: _assign,
    Runs.BACK: _back,
}
