"""Starting playbooks: with the incident, beside what is being walked, or instead of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.effects import DrawCard, DrawStep, owe
from bot.incidents.arriving import arrive
from bot.incidents.desk import Desk
from bot.incidents.entries import enter
from bot.incidents.finding import card_of
from bot.incidents.step_reminders import promise_timers
from playbooks.lifecycle import RuleBroken
from playbooks.load import Library
from playbooks.match import BY_ALERT, Match, match
from playbooks.model import COMMON
from playbooks.pinning import Pinned, pin
from storage import runs
from storage.models import Incident, Run

MOST_AT_ONCE: Final = 2
"""Two causes at once are normal; more playbooks than that nobody follows."""


def start(desk: Desk, incident: Incident, needs: int | None = None) -> Run | None:
    """Start a new incident's playbook: the one that surely fits, else the common one. `needs`: the channel's effect."""
    best = fitting(desk.library, incident)[:1]
    if best and best[0].score >= BY_ALERT:
        return _begin(desk, incident, pin(desk.library, best[0].playbook.id), best[0].reason, needs=needs)
    if COMMON in desk.library.sources:
        because = "nothing more specific was known when the incident was opened"
        return _begin(desk, incident, pin(desk.library, COMMON), because, needs=needs)
    return None


def fitting(library: Library, incident: Incident) -> tuple[Match, ...]:
    """The playbooks that fit what is known of the incident, best first."""
    mode = card_of(incident).mode
    return match(library, failure_mode=incident.failure_mode, mode=mode.value if mode else None, words=incident.title)


def add(
    desk: Desk,
    incident: Incident,
    pinned: Pinned,
    because: str,
    *,
    instead_of: Sequence[Run] = (),
    needs: int | None = None,
) -> Run:
    """Start another playbook in a held incident; those it is started instead of end where they are.

    Raises RuleBroken when too many would be walked at once.
    """
    for run in instead_of:
        runs.end(desk.tx, run, how="replaced", at=desk.now)
        arrive(desk, incident, run)
        owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id), needs=needs)
    if len(runs.going_on(desk.tx, incident.id)) >= MOST_AT_ONCE:
        raise RuleBroken("Two playbooks are being walked already; choose which one this is started instead of.")
    return _begin(desk, incident, pinned, because, needs=needs)


def swallowed(desk: Desk, run: Run, pinned: Pinned) -> bool:
    """Whether starting this playbook loses nothing of that run: untouched, or walked on inside the new one."""
    kept = runs.pinned(desk.tx, run)
    return kept.playbook.id in pinned.included or not runs.walk(desk.tx, run).records


def _begin(desk: Desk, incident: Incident, pinned: Pinned, because: str, *, needs: int | None) -> Run:
    run = runs.start(
        desk.tx,
        incident_id=incident.id,
        pinned=pinned,
        chosen_because=because,
        started_by=desk.by,
        at=desk.now,
    )
    enter(
        desk,
        incident,
        "playbook",
        f"Playbook started: {pinned.playbook.title} ({pinned.playbook.version})",
        reason=because,
    )
    arrive(desk, incident, run)
    promise_timers(desk, incident, run, runs.walk(desk.tx, run))
    owe(desk.tx, DrawStep(incident_id=incident.id, run_id=run.id), needs=needs, first=True)
    owe(desk.tx, DrawCard(incident_id=incident.id), needs=needs)
    return run
