"""Moving through a playbook: done, skipped, answered, taken, back. Of two people who click at once, one wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.effects import DrawCard, DrawStep, owe
from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, Submission
from bot.incidents.finding import allow, by_id
from bot.incidents.telling import channel_first
from bot.incidents.walking import facts_of, promise_step
from bot.incidents.wording import kept, moment, words
from bot.views.ids import Runs
from bot.views.steps import done_form, skip_form
from bot.views.text import person
from playbooks.lifecycle import FAILURE_MODES, RuleBroken
from playbooks.progress import Current, Record, StepMoved, Walk, apply, back, current, moved
from storage import runs, timeline
from storage.models import Incident, Run

_TIMES = ("first_bad_at", "detected_at")


@dataclass(frozen=True, kw_only=True)
class _Here:
    """A run, held, with the step that a click or form was about."""

    incident: Incident
    run: Run
    walk: Walk
    facts: dict[str, str]
    path: str

    @property
    def current(self) -> Current:
        """The step, while it is the current one. Raises StepMoved."""
        here = current(self.walk, self.facts)
        if here is None or here.path != self.path:
            raise moved(self.walk, self.path)
        return here


def _find(desk: Desk, incident_id: int, run_id: int, path: str) -> _Here:
    incident = by_id(desk, incident_id)
    allow(desk, incident, "playbook")
    run = runs.by_id(desk.tx, run_id)
    if run is None or run.incident_id != incident.id:
        raise RuleBroken("This playbook is not being walked any more.")
    if run.ended_at is not None and run.end != "finished":
        raise RuleBroken("This playbook has ended; `/ml-incident playbook` starts another one.")
    return _Here(incident=incident, run=run, walk=runs.walk(desk.tx, run), facts=facts_of(desk, incident), path=path)


def _clicked(desk: Desk, click: Click) -> _Here:
    incident, run, path = click.value.split(":", 2)
    return _find(desk, int(incident), int(run), path)


def _done(desk: Desk, click: Click) -> Answer | None:
    here = _clicked(desk, click)
    with _naming_the_faster():
        step = here.current
        if step.step.evidence:
            return _write_down(here, step, None)
        _take(desk, here, outcome="done")
    return None


def _answer(desk: Desk, click: Click) -> Answer | None:
    value, _, number = click.value.rpartition(":")
    incident, run, path = value.split(":", 2)
    here = _find(desk, int(incident), int(run), path)
    with _naming_the_faster():
        step = here.current
        if not number.isdigit() or int(number) >= len(step.options):
            raise RuleBroken("That answer is not offered any more.")
        if step.step.evidence:
            return _write_down(here, step, int(number))
        _take(desk, here, outcome="answered", answer=step.options[int(number)].label)
    return None


def _write_down(here: _Here, step: Current, answer: int | None) -> Answer:
    form = done_form(incident_id=here.incident.id, run_id=here.run.id, here=step, answer=answer)
    return Answer(text="Write it down", modal=form)


def done_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    """What a step asked for was written down."""
    data = sent.metadata
    here = _find(desk, data["incident"], data["run"], data["path"])
    prefix = f"{Runs.EVIDENCE}:"
    given = {
        block.removeprefix(prefix): words(desk, str(value))
        for block, value in sent.values.items()
        if block.startswith(prefix) and value
    }
    with _naming_the_faster():
        step = here.current
        wrong = _wrong_times(step, given)
        if wrong:
            return FieldErrors(errors={f"{prefix}{name}": problem for name, problem in wrong.items()})
        if data["answer"] is None:
            _take(desk, here, outcome="done", evidence=given)
        else:
            _take(desk, here, outcome="answered", answer=step.options[data["answer"]].label, evidence=given)
    return None


def _wrong_times(step: Current, given: dict[str, str]) -> dict[str, str]:
    return {
        item.id: "Write it as 2026-11-20 14:05; it is read as UTC."
        for item in step.step.evidence
        if item.kind == "time" and given.get(item.id) and moment(given[item.id]) is None
    }


def _skip(desk: Desk, click: Click) -> Answer:
    here = _clicked(desk, click)
    with _naming_the_faster():
        form = skip_form(incident_id=here.incident.id, run_id=here.run.id, here=here.current)
    return Answer(text="Skip this step", modal=form)


def skip_sent(desk: Desk, sent: Submission) -> FieldErrors | None:
    """A step is passed over, with a reason."""
    data = sent.metadata
    here = _find(desk, data["incident"], data["run"], data["path"])
    reason = words(desk, sent.values[Runs.REASON] or "", 500)
    if not reason.strip():
        return FieldErrors(errors={Runs.REASON: "Say in a few words why. “Does not apply” is a good reason."})
    with _naming_the_faster():
        _take(desk, here, outcome="skipped", reason=reason)
    return None


def _assign(desk: Desk, click: Click) -> Answer | None:
    here = _clicked(desk, click)
    with _naming_the_faster():
        step = here.current
    if step.holder == desk.by:
        raise RuleBroken("You have this step already.")
    runs.assign(desk.tx, here.run, step=here.path, user=desk.by, at=desk.now)
    _note(desk, here.incident, f"{person(desk.by)} took the step: {kept(step.title)}", None)
    _redraw(desk, here)
    return None


def _back(desk: Desk, click: Click) -> Answer | None:
    here = _clicked(desk, click)
    if here.run.ended_at is None:
        with _naming_the_faster():
            _ = here.current
    record = back(here.walk, by=desk.by, at=desk.now)
    runs.record(desk.tx, here.run, record)
    _note(desk, here.incident, f"Reopened a step: {kept(here.walk.step(record.path).title)}", None)
    promise_step(desk, here.incident, here.run)
    _redraw(desk, here)
    return None


def _take(
    desk: Desk,
    here: _Here,
    *,
    outcome: Literal["done", "skipped", "answered"],
    answer: str | None = None,
    reason: str | None = None,
    evidence: dict[str, str] | None = None,
) -> None:
    step = here.current
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
    runs.record(desk.tx, here.run, record)
    _note(desk, here.incident, _said(step, record), reason)
    _learn(here.incident, step, record)
    if current(runs.walk(desk.tx, here.run), facts_of(desk, here.incident)) is None:
        runs.end(desk.tx, here.run, how="finished", at=desk.now)
    promise_step(desk, here.incident, here.run)
    _redraw(desk, here)


def _said(step: Current, record: Record) -> str:
    verb = {"done": "Done", "skipped": "Skipped", "answered": "Decided"}[record.outcome]
    answer = f" “{kept(record.answer)}”" if record.answer else ""
    asked = {item.id: item.ask for item in step.step.evidence}
    noted = "; ".join(f"{kept(asked.get(key, key))} {kept(value)}" for key, value in record.evidence.items())
    return f"{verb}: {kept(step.title)}{answer}" + (f" ({noted})" if noted else "")


def _learn(incident: Incident, step: Current, record: Record) -> None:
    """Keep in the incident what a step found out about it."""
    mode = record.sets.get("failure_mode") or record.sets.get("incident.failure_mode")
    if mode is not None and mode in FAILURE_MODES:
        incident.failure_mode = mode
    for item in step.step.evidence:
        at = moment(record.evidence.get(item.id, ""))
        if at is not None and item.pir_field in _TIMES:
            setattr(incident, str(item.pir_field), at)


def _note(desk: Desk, incident: Incident, text: str, reason: str | None) -> None:
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


class _naming_the_faster:  # noqa: N801 -- read as a word: with _naming_the_faster()
    """Whoever comes second is told who was first and what they did."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, StepMoved) and error.record is not None:
            raise RuleBroken(str(error).replace("Somebody", person(error.record.by), 1)) from None


CLICKS: dict[str, OnClick] = {
    Runs.DONE: _done,
    f"{Runs.ANSWER}:*": _answer,
    Runs.SKIP: _skip,
    Runs.ASSIGN: _assign,
    Runs.BACK: _back,
}
