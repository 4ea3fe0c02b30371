"""Checks of playbooks: asked by the bot, asked again, answered by hand where the connection is down; and waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from bot.effects import CallConnection
from bot.incidents.arriving import LEFT, arrive, ask_again, look, look_again_in
from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, OnSubmission, Submission
from bot.incidents.finding import by_id
from bot.incidents.reminding import Outcome
from bot.incidents.standing import Here, clicked, moved_on, note, redraw, shown_again, submitted, take
from bot.incidents.walking import call_here, facts_of, still_walked
from bot.incidents.wording import entered, kept
from bot.views.calls import seen_form
from bot.views.ids import Calls
from bot.views.text import person
from playbooks.durations import say_duration
from playbooks.lifecycle import RuleBroken, Status
from playbooks.progress import Current, current
from playbooks.steps import CheckStep
from storage import calls, reminders, runs
from storage.models import Call, Reminder

_MOST_MISSED = 3


def pressed(desk: Desk, value: str) -> tuple[Here, Current | None, Call | None]:
    """What a button of a check or action means. Raises RuleBroken when somebody was faster with it."""
    rest, _, revision = value.rpartition(":")
    here = clicked(desk, rest)
    call = call_here(desk, here.run, here.walk, here.step) if here.step else None
    if call is not None and call.revision != int(revision):
        raise RuleBroken(faster(desk, call))
    return here, here.step, call


def faster(desk: Desk, call: Call) -> str:
    """What somebody else did with a call meanwhile."""
    who = call.decided_by or call.requested_by
    did = {
        "requested": "asked for approval",
        "refused": "refused it",
        "sending": "approved it",
        "undoing": "is taking it back",
        "undone": "took it back",
    }.get(call.state)
    if did is None or who is None:
        return "It has changed since you saw it. The playbook's message shows how it stands."
    return f"You {did} already." if who == desk.by else f"{person(who)} was faster, and {did}."


def _ask(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is None:
        return moved_on(desk, here)
    if call is None:
        arrive(desk, here.incident, here.run)
    else:
        calls.change(call, requested_by=None, requested_at=None, decided_by=None, decided_at=None)
        look(desk, here.run, call)
    redraw(desk, here)
    return shown_again(desk, here, click)


def answered(desk: Desk, call: Call, here: Here, step: Current, learnt: dict[str, Any]) -> None:
    """What a check's connection said."""
    before = call.asked_at
    calls.change(call, said=learnt["problem"] or learnt["said"], got=learnt["got"] or None, asked_at=desk.now)
    if learnt["passed"] is None:
        calls.change(call, state="unusable", held_since=None)
        note(desk, here.incident, f"Could not ask: {kept(step.title)} ({kept(learnt['problem'] or '')})")
    elif not learnt["passed"]:
        held = f"held for {say_duration(desk.now - call.held_since)}, then: " if call.held_since else ""
        calls.change(call, state="failed", held_since=None)
        note(desk, here.incident, f"Does not hold: {kept(step.title)} ({held}{kept(learnt['said'])})")
    else:
        assert isinstance(step.step, CheckStep)  # noqa: S101 -- only checks are asked
        since = _held_since(step.step, call.held_since, before, desk.now)
        if (left := _left(step.step, since, desk.now)) is None:
            calls.change(call, state="passed", ended_at=desk.now)
            _go_on(desk, here, step, call, since)
            return
        calls.change(call, state="holding", held_since=since)
        _look_again(desk, here, call, left)
    redraw(desk, here)


def _held_since(step: CheckStep, since: datetime | None, before: datetime | None, now: datetime) -> datetime:
    """Since when it holds, as far as somebody looked: a gap in the looking, as while the bot was down, begins anew."""
    if since is None or before is None or step.for_ is None:
        return now
    return since if now - before <= _MOST_MISSED * look_again_in(step.for_) else now


def _left(step: CheckStep, since: datetime, now: datetime) -> timedelta | None:
    """How soon to ask again what has to hold for a while; None once it has."""
    if step.for_ is None or now - since >= step.for_:
        return None
    return min(look_again_in(step.for_), step.for_ - (now - since))


def _go_on(desk: Desk, here: Here, step: Current, call: Call, since: datetime) -> None:
    held = f", and did for {say_duration(desk.now - since)}" if desk.now - since >= timedelta(minutes=1) else ""
    said = (call.said or "").rstrip(".")
    evidence = {step.step.id: call.got} if step.evidence and call.got else {}
    take(desk, here, step, outcome="passed", evidence=evidence, said=f"{said}{held}")


def _look_again(desk: Desk, here: Here, call: Call, left: timedelta) -> None:
    reminders.promise(
        desk.tx,
        key=f"check:{here.run.id}",
        kind="check",
        next_due_at=desk.now + left,
        incident_id=here.incident.id,
        data={"run": here.run.id, "call": call.id},
    )


def on_due(desk: Desk, reminder: Reminder) -> Outcome:
    """A check that must hold is asked again, or a wait is over."""
    found = still_walked(desk, reminder)
    if found is None or reminder.data is None:
        return Outcome(next_due_at=None, said=False)
    incident, run = found
    walk, facts = runs.walk(desk.tx, run), facts_of(desk, incident)
    step = current(walk, facts)
    if step is None:
        return Outcome(next_due_at=None, said=False)
    here = Here(incident=incident, run=run, walk=walk, facts=facts, path=step.path)
    if reminder.kind == "wait":
        if step.path == reminder.data["path"] and step.waits_until is not None:
            take(desk, here, step, outcome="waited")
        return Outcome(next_due_at=None)
    call = calls.by_id(desk.tx, reminder.data["call"])
    if call is not None and call.state == "holding":
        if call_here(desk, run, walk, step) is call:
            ask_again(desk, run, call, "ask", state="holding")
        else:
            calls.change(call, state=LEFT, held_since=None)
    return Outcome(next_due_at=None, said=False)


def _holds(desk: Desk, click: Click) -> Answer | None:
    return _seen(desk, click, "passed")


def _fails(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is not None and call is not None and call.state == "failed":
        take(desk, here, step, outcome="failed", said=call.said)
        return shown_again(desk, here, click)
    return _seen(desk, click, "failed")


def _seen(desk: Desk, click: Click, outcome: Literal["passed", "failed"]) -> Answer:
    here, step, _call = pressed(desk, click.value)
    if step is None:
        return moved_on(desk, here)
    return Answer(text="What did you see?", modal=seen_form(metadata=here.place, here=step, outcome=outcome))


def _seen_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    here = submitted(desk, sent)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    seen = entered(sent.values[Calls.VALUE], 300)
    if not seen:
        return FieldErrors(errors={Calls.VALUE: "Say in a few words what you saw."})
    outcome: Literal["passed", "failed"] = "passed" if sent.metadata["outcome"] == "passed" else "failed"
    call = call_here(desk, here.run, here.walk, step)
    if call is not None:
        _check_still_by_hand(call, outcome)
    evidence = {step.step.id: seen} if step.evidence else {}
    take(desk, here, step, outcome=outcome, evidence=evidence, said=f"looked at by hand: {seen}", reason=seen)
    if call is not None:
        calls.change(call, state=outcome, ended_at=desk.now)
    return None


def _check_still_by_hand(call: Call, outcome: str) -> None:
    """Raise RuleBroken when the connection could be used since the form was opened."""
    if call.state == "sending":
        raise RuleBroken("It was approved, and the bot is sending it now.")
    if call.state in {"ready", "requested", "refused"} or (outcome == "passed" and call.state in {"failed", "holding"}):
        raise RuleBroken(
            "The bot was asked again meanwhile, and could look. The playbook's message shows what it found."
        )


def of_effect(desk: Desk, effect: CallConnection) -> tuple[Call, Here, Current | None] | None:
    """The call that was answered, and where its run stands if it still stands there."""
    call = calls.by_id(desk.tx, effect.call_id)
    run = runs.by_id(desk.tx, call.run_id) if call is not None else None
    if call is None or run is None or call.attempts != effect.attempt:
        return None
    incident = by_id(desk, effect.incident_id)
    walk, facts = runs.walk(desk.tx, run), facts_of(desk, incident)
    here = Here(incident=incident, run=run, walk=walk, facts=facts, path=call.step)
    step = here.step
    stands = step is not None and call_here(desk, run, walk, step) is call and Status(incident.status).is_open
    return call, here, step if stands else None


CLICKS: dict[str, OnClick] = {Calls.ASK: _ask, Calls.HOLDS: _holds, Calls.FAILS: _fails}
SUBMISSIONS: dict[str, OnSubmission] = {Calls.SEEN_FORM: _seen_sent}
