"""Actions of playbooks: previewed, asked for by one person and approved by another, and done."""

from __future__ import annotations

from typing import Any

from bot.effects import CallConnection, Tell, owe
from bot.incidents import checks, undoing
from bot.incidents.arriving import LEFT, ask_again
from bot.incidents.checks import faster, of_effect, pressed
from bot.incidents.desk import Answer, Click, Desk, FieldErrors, OnClick, OnSubmission, Submission
from bot.incidents.people import meet, name_of
from bot.incidents.standing import Here, moved_on, note, redraw, shown_again, submitted, take
from bot.incidents.telling import say
from bot.incidents.walking import approvers, call_here, may_approve, title_of, way_back
from bot.incidents.wording import entered, kept, where
from bot.views.calls import acted_message, before_of, by_hand_form, refuse_form, subject_of
from bot.views.ids import Calls
from bot.views.text import esc, person
from playbooks.lifecycle import RuleBroken
from playbooks.progress import Current
from playbooks.steps import ActionStep
from playbooks.vocabulary import ANYONE
from storage import calls
from storage.models import Call, Incident


def _request(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is None or call is None:
        return moved_on(desk, here)
    action = _action(step)
    calls.change(call, state="requested", requested_by=desk.by, requested_at=desk.now, decided_by=None, said=None)
    note(desk, here.incident, f"Asked for approval: {kept(step.title)} ({kept(_change(call))})")
    for user in approvers(desk, here.incident, action):
        if user != desk.by:
            text = (
                f"{where(desk, here.incident)}: {person(desk.by)} asks you to approve “{esc(step.title, 150)}” "
                f"({esc(_change(call), 200)}). The playbook's message in the channel has the buttons."
            )
            once = f"approve:{call.id}:{user}:{call.revision}"
            owe(desk.tx, Tell(user=user, text=text, incident_id=here.incident.id, name=once))
    redraw(desk, here)
    return shown_again(desk, here, click)


def _check_may_decide(desk: Desk, incident: Incident, step: Current, call: Call) -> None:
    """Raise RuleBroken unless this person may approve; nobody approves what they asked for themselves."""
    action = _action(step)
    if desk.by == call.requested_by:
        raise RuleBroken("You asked for it, so somebody else has to approve it: two pairs of eyes.")
    if ANYONE not in action.approval and desk.by not in approvers(desk, incident, action):
        raise RuleBroken(f"This is approved by {may_approve(desk, incident, action)}.")


def _approve(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is None or call is None:
        return moved_on(desk, here)
    if call.state != "requested":
        raise RuleBroken(faster(desk, call))
    _check_may_decide(desk, here.incident, step, call)
    calls.change(call, decided_by=desk.by, decided_at=desk.now)
    ask_again(desk, here.run, call, "act", state="sending")
    note(desk, here.incident, f"Approved: {kept(step.title)} ({kept(_change(call))})")
    redraw(desk, here)
    return shown_again(desk, here, click)


def _refuse(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is None or call is None:
        return moved_on(desk, here)
    _check_may_decide(desk, here.incident, step, call)
    metadata = {**here.place, "revision": call.revision}
    return Answer(text="Why not?", modal=refuse_form(metadata=metadata, here=step))


def _refuse_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    here = submitted(desk, sent)
    step = here.step
    call = call_here(desk, here.run, here.walk, step) if step else None
    if step is None or call is None:
        return moved_on(desk, here)
    if call.revision != sent.metadata["revision"]:
        raise RuleBroken(faster(desk, call))
    _check_may_decide(desk, here.incident, step, call)
    why = entered(sent.values[Calls.REASON], 500)
    if not why:
        return FieldErrors(errors={Calls.REASON: "Say in a few words why, so that it can be mended."})
    said = f"Refused by {_name(desk)}: {why}"
    asked_by = call.requested_by
    calls.change(call, state="refused", decided_by=desk.by, decided_at=desk.now, said=said)
    note(desk, here.incident, f"Refused: {kept(step.title)} ({kept(_change(call))})", why)
    if asked_by:
        text = f"{where(desk, here.incident)}: {person(desk.by)} refused “{esc(step.title, 150)}”: {esc(why, 500)}"
        owe(desk.tx, Tell(user=asked_by, text=text, incident_id=here.incident.id))
    redraw(desk, here)
    return None


def _withdraw(desk: Desk, click: Click) -> Answer | None:
    here, step, call = pressed(desk, click.value)
    if step is None or call is None:
        return moved_on(desk, here)
    if call.state != "requested":
        raise RuleBroken(faster(desk, call))
    if desk.by != call.requested_by:
        raise RuleBroken(f"{person(call.requested_by)} asked for it, and takes it back; you may refuse it.")
    calls.change(call, state="ready", requested_by=None, requested_at=None)
    note(desk, here.incident, f"Took the request back: {kept(step.title)}")
    redraw(desk, here)
    return shown_again(desk, here, click)


def _by_hand(desk: Desk, click: Click) -> Answer:
    here, step, _call = pressed(desk, click.value)
    if step is None:
        return moved_on(desk, here)
    return Answer(text="Done by hand", modal=by_hand_form(metadata=here.place, here=step))


def _by_hand_sent(desk: Desk, sent: Submission) -> Answer | FieldErrors | None:
    here = submitted(desk, sent)
    step = here.step
    if step is None:
        return moved_on(desk, here)
    did = entered(sent.values[Calls.VALUE], 500)
    if not did:
        return FieldErrors(errors={Calls.VALUE: "Say in a few words what you did; it is the way back too."})
    call = call_here(desk, here.run, here.walk, step)
    if call is not None and call.state == "sending":
        raise RuleBroken("It was approved, and the bot is sending it now.")
    take(desk, here, step, outcome="done", said=f"by hand: {did}", reason=did)
    if call is not None:
        calls.change(call, state="done", ended_at=desk.now, before=None)
    return None


# --- what the connection answered ---


def on_answer(desk: Desk, effect: CallConnection, learnt: dict[str, Any]) -> None:
    """Write down what came of a call, and go on with the run where it still waits for it."""
    found = of_effect(desk, effect)
    if found is None:
        return
    call, here, step = found
    if effect.what == "undo":
        undoing.undone(desk, here, call, learnt)
    elif effect.what == "act":
        _acted(desk, here, step, call, learnt)
    elif step is None:
        calls.change(call, state=LEFT, held_since=None)
    elif effect.what == "read":
        _read(desk, here, call, learnt)
    else:
        checks.answered(desk, call, here, step, learnt)


def _read(desk: Desk, here: Here, call: Call, learnt: dict[str, Any]) -> None:
    if learnt["problem"]:
        calls.change(call, state="unusable", said=learnt["problem"], asked_at=desk.now)
    else:
        calls.change(
            call, state="ready", preview=learnt["preview"], before=learnt["value"], said=None, asked_at=desk.now
        )
    redraw(desk, here)


def _acted(desk: Desk, here: Here, step: Current | None, call: Call, learnt: dict[str, Any]) -> None:
    said = learnt["problem"] or learnt["said"]
    if not learnt["done"]:
        calls.change(call, state="failed", said=said)
        title = title_of(here.walk, call.step, here.facts)
        what = "Not known whether it was done" if learnt["done"] is None else "Not done"
        note(desk, here.incident, f"{what}: {kept(title)} ({kept(said)})")
        redraw(desk, here)
        return
    calls.change(call, state="done", before=learnt["before"], after=learnt["after"], said=said, ended_at=desk.now)
    asked, approved = _by(desk, call.requested_by), _by(desk, call.decided_by)
    told = f"{_change(call)}. Asked for by {asked}, approved by {approved}."
    if step is not None:
        take(desk, here, step, outcome="done", said=told.rstrip("."))
    else:
        note(desk, here.incident, f"Done: {kept(title_of(here.walk, call.step, here.facts))} ({kept(told)})")
    action = here.walk.step(call.step)
    assert isinstance(action, ActionStep)  # noqa: S101 -- only actions act
    undo, by_hand = way_back(here.walk, call, here.facts)
    text, blocks = acted_message(
        f"Done: {told}" if learnt["sent"] else f"Done: {told} {learnt['said']}",
        incident_id=here.incident.id,
        call_id=call.id,
        undo=undo,
        by_hand=by_hand,
    )
    say(desk, here.incident, text, blocks)


# --- words ---


def _change(call: Call) -> str:
    """What it changes: 'Alias champion of fraud-scorer: 8 → 7'."""
    sent = call.preview or {}
    after = call.after or sent.get("wanted")
    name = subject_of(sent) or f"{sent.get('method', '')} {sent.get('path', '')} to {sent.get('connection', '')}"
    return f"{name}: {before_of(call.before)} → {after}" if after is not None else name


def _action(step: Current) -> ActionStep:
    if not isinstance(step.step, ActionStep):
        raise RuleBroken("This step is not an action any more.")
    return step.step


def _name(desk: Desk) -> str:
    meet(desk, desk.by)
    return _by(desk, desk.by)


def _by(desk: Desk, user: str | None) -> str:
    return name_of(desk.tx, user) if user else "somebody"


CLICKS: dict[str, OnClick] = {
    Calls.REQUEST: _request,
    Calls.APPROVE: _approve,
    Calls.REFUSE: _refuse,
    Calls.WITHDRAW: _withdraw,
    Calls.BY_HAND: _by_hand,
}
SUBMISSIONS: dict[str, OnSubmission] = {Calls.REFUSE_FORM: _refuse_sent, Calls.BY_HAND_FORM: _by_hand_sent}
