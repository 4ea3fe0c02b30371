"""Calling a named connection for a playbook: the question or the approved action, and what came of it as plain data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from bot.connections import Connections, Preview, Unusable
from bot.effects import CallConnection
from bot.incidents.actions import on_answer
from bot.incidents.desk import Desk
from bot.incidents.walking import facts_of
from bot.slack.errand import Errand, Learnt
from bot.slack.ways import Way
from playbooks.steps import ActionStep, CheckStep, Step
from playbooks.variables import with_variables
from storage import calls, incidents, runs

_AT_ONCE: Final = 32


@dataclass(frozen=True)
class Task:
    """Everything that a call needs, read before the network is."""

    what: str
    step: Step
    facts: dict[str, str]
    preview: dict[str, Any] | None
    before: str | None
    after: str | None


def way(connections: Connections) -> Way:
    """How such an effect is done; what it learns is written down by the use case."""
    # Threads of their own: services that do not answer must not hold up what is said in Slack.
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="delivery-call")

    async def call(errand: Errand[CallConnection]) -> Learnt | None:
        task = await errand.read(lambda desk: task_of(desk, errand.effect))
        if task is None:
            return None
        if errand.again and task.what == "act" and not Preview.read(task.preview).repeatable:
            return _NOT_KNOWN
        return await asyncio.get_running_loop().run_in_executor(threads, do, connections, task)

    return Way(do=call, gave_up=_gave_up)


_NOT_KNOWN: Learnt = {
    "done": None,
    "sent": True,
    "before": None,
    "after": None,
    "said": "",
    "problem": (
        "The bot was stopped while it sent this, so nobody knows whether it took effect; it is not sent again by "
        "itself. Look before you repeat it."
    ),
}
"""What is said of a request that cannot be sent twice without harm."""


def task_of(desk: Desk, effect: CallConnection) -> Task | None:
    """What is to be done; None when the call has been made anew since."""
    call = calls.by_id(desk.tx, effect.call_id)
    incident = incidents.by_id(desk.tx, effect.incident_id)
    run = runs.by_id(desk.tx, call.run_id) if call is not None else None
    if call is None or incident is None or run is None or call.attempts != effect.attempt:
        return None
    walk = runs.walk(desk.tx, run)
    facts = with_variables(walk, facts_of(desk, incident))
    return Task(effect.what, walk.step(call.step), facts, call.preview, call.before, call.after)


def do(connections: Connections, task: Task) -> Learnt:
    """Call the connection (network); what came of it, as the use case writes it down."""
    return _WHAT[task.what](connections, task)


def _ask(connections: Connections, task: Task) -> Learnt:
    assert isinstance(task.step, CheckStep)  # noqa: S101 -- only checks are asked
    answer = connections.ask(task.step.question, task.facts)
    return {"passed": answer.passed, "got": answer.got, "said": answer.said, "problem": answer.problem}


def _read(connections: Connections, task: Task) -> Learnt:
    assert isinstance(task.step, ActionStep)  # noqa: S101 -- only actions change something
    reading = connections.read_before(task.step, task.facts)
    if reading.problem:
        return {"problem": reading.problem, "value": None, "preview": None}
    try:
        preview = connections.preview(task.step, task.facts, reading.value)
    except Unusable as no:
        return {"problem": str(no), "value": None, "preview": None}
    return {"problem": None, "value": reading.value, "preview": preview.data()}


def _act(connections: Connections, task: Task) -> Learnt:
    acted = connections.act(Preview.read(task.preview), task.before)
    return {
        "done": acted.done,
        "sent": acted.sent,
        "before": acted.before,
        "after": acted.after,
        "said": acted.said,
        "problem": acted.problem,
    }


def _undo(connections: Connections, task: Task) -> Learnt:
    assert isinstance(task.step, ActionStep)  # noqa: S101 -- only actions change something
    undone = connections.undo(
        task.step, task.facts, task.before, task.after, done=Preview.read(task.preview) if task.preview else None
    )
    return {"done": undone.done, "said": undone.said, "problem": undone.problem}


_WHAT: dict[str, Callable[[Connections, Task], Learnt]] = {"ask": _ask, "read": _read, "act": _act, "undo": _undo}


def _gave_up(desk: Desk, effect: CallConnection, reason: str) -> None:
    """The worker gave up: the step is walked by hand, and nobody waits for an answer that does not come."""
    problem = f"The bot could not do it: {reason.rstrip('.')}."
    nothing = {"passed": None, "got": "", "said": "", "done": None, "sent": False, "value": None, "preview": None}
    on_answer(desk, effect, {**nothing, "before": None, "after": None, "problem": problem})
