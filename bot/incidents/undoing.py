"""Taking an action back: one click away for whoever asked for it or may approve it, unless it changed meanwhile."""

from __future__ import annotations

from typing import Any

from bot.incidents.arriving import ask_again
from bot.incidents.desk import Answer, Click, Desk, OnClick
from bot.incidents.finding import allow, by_id
from bot.incidents.people import name_of
from bot.incidents.standing import Here, note, redraw
from bot.incidents.telling import say
from bot.incidents.walking import approvers, facts_of, may_approve, title_of, way_back
from bot.incidents.wording import kept
from bot.views.calls import acted_message, subject_of
from bot.views.ids import Calls
from bot.views.text import cut, esc, person
from playbooks.lifecycle import RuleBroken, Status
from playbooks.steps import ActionStep
from playbooks.vocabulary import ANYONE
from storage import calls, runs
from storage.models import Call


def _undo(desk: Desk, click: Click) -> Answer | None:
    incident_id, call_id = (int(part) for part in click.value.split(":"))
    incident = by_id(desk, incident_id)
    allow(desk, incident, "playbook")
    call = calls.by_id(desk.tx, call_id)
    run = runs.by_id(desk.tx, call.run_id) if call is not None else None
    if call is None or run is None or run.incident_id != incident.id:
        raise RuleBroken("That action is not known any more.")
    if call.state != "done":
        raise RuleBroken(_undone_already(desk, call))
    if not Status(incident.status).is_open:
        raise RuleBroken("The incident is over; reopen it before you take something back.")
    walk = runs.walk(desk.tx, run)
    action = walk.step(call.step)
    assert isinstance(action, ActionStep)  # noqa: S101 -- only actions are done
    allowed = {call.requested_by, *approvers(desk, incident, action)}
    if ANYONE not in action.approval and desk.by not in allowed:
        raise RuleBroken(f"Whoever asked for it may take it back, and {may_approve(desk, incident, action)}.")
    calls.change(call, undone_by=desk.by)
    ask_again(desk, run, call, "undo", state="undoing")
    note(desk, incident, f"Taking back: {kept(title_of(walk, call.step, facts_of(desk, incident)))}")
    return Answer(text="The bot is taking it back; it says in the channel what came of it.")


def _undone_already(desk: Desk, call: Call) -> str:
    who = "You" if call.undone_by == desk.by else person(call.undone_by) if call.undone_by else "Somebody"
    if call.state == "undoing":
        return f"{who} asked for it already; the bot is taking it back."
    return f"{who} took it back already." if call.state == "undone" else "There is nothing to take back."


def undone(desk: Desk, here: Here, call: Call, learnt: dict[str, Any]) -> None:
    title = title_of(here.walk, call.step, here.facts)
    said = learnt["problem"] or learnt["said"]
    if learnt["done"]:
        calls.change(call, state="undone", said=said)
        back = f"{subject_of(call.preview or {}) or title}: {call.after} → {call.before}"
        told = f"Taken back by {name_of(desk.tx, call.undone_by) if call.undone_by else 'somebody'}: {back}."
        say(desk, here.incident, esc(told, 1000))
    else:
        calls.change(call, state="done", said=said)
        _, by_hand = way_back(here.walk, call, here.facts)
        told = f"It could not be taken back: {said} By hand: {by_hand}"
        text, blocks = acted_message(told, incident_id=here.incident.id, call_id=call.id, undo=title, by_hand=by_hand)
        say(desk, here.incident, text, blocks)
    note(desk, here.incident, kept(cut(told, 600)))
    redraw(desk, here)


CLICKS: dict[str, OnClick] = {Calls.UNDO: _undo}
