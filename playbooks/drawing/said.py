"""What a picture shows, in a few sentences: for those who do not see it, and at its top."""

from collections.abc import Mapping
from typing import Final, get_args

from playbooks.drawing.plan import Plan
from playbooks.drawing.taken import Mark, Taken
from playbooks.drawing.words import clean
from playbooks.vocabulary import Phase

_COUNTED: Final[Mapping[Mark, str]] = {
    "done": "done", "skipped": "skipped", "failed": "failed", "earlier": "known from an earlier playbook"
}  # fmt: skip


def said(plan: Plan, taken: Taken | None = None) -> str:
    """'2 steps done, 1 skipped. Now at step 4 of 25: “Is it real?” (triage, decision, ML lead).'"""
    if taken is None:
        named = {node.phase for node in plan.nodes}
        phases = [phase for phase in get_args(Phase) if phase in named]
        through = f", through the phases {', '.join(phases)}" if phases else ""
        return f"A playbook of {_steps(len(plan.nodes))}{through}."
    behind = _behind(taken)
    if taken.here is None:
        return f"{behind} The run is over."
    node = plan.by_path[taken.here]
    if taken.is_over:
        return f"{behind} The run is over: “{node.title}”."
    what = ", ".join(part for part in (node.phase, node.step.kind, node.who) if part)
    inside = f", at “{clean(taken.inside)}” in it" if taken.inside else ""
    return f"{behind} Now at step {node.number} of {len(plan.nodes)}: “{node.title}”{inside} ({what})."


def _behind(taken: Taken) -> str:
    counted = [f"{taken.counts[mark]} {words}" for mark, words in _COUNTED.items() if taken.counts[mark]]
    if not counted:
        return "Nothing done yet."
    first, *others = counted
    number, _, words = first.partition(" ")
    return ", ".join([f"{_steps(int(number))} {words}", *others]) + "."


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
