"""What a picture shows, in a few sentences: for screen readers, and above the picture."""

from playbooks.drawing.plan import Plan
from playbooks.drawing.taken import Taken
from playbooks.drawing.words import clean


def said(plan: Plan, taken: Taken | None = None) -> str:
    """'2 steps done, 1 skipped. Now at step 4 of 25: “Is it real?” (triage, decision, ML lead).'"""
    count = len(plan.nodes)
    if taken is None:
        phases = list(dict.fromkeys(node.phase for node in plan.nodes if node.phase))
        through = f", through the phases {', '.join(phases)}" if phases else ""
        return f"A playbook of {_steps(count)}{through}."
    marks = list(taken.marks.values())
    parts = [f"{_steps(marks.count('done') + marks.count('failed') - (1 if taken.is_over and taken.here else 0))} done"]
    if skipped := marks.count("skipped"):
        parts.append(f"{skipped} skipped")
    behind = ", ".join(parts) + "."
    if taken.here is None:
        return f"{behind} The run is over."
    node = plan.by_path[taken.here]
    if taken.is_over:
        return f"{behind} The run is over: “{node.title}”."
    what = ", ".join(part for part in (node.phase, node.step.kind, node.who) if part)
    inside = f", at “{clean(taken.inside)}” in it" if taken.inside else ""
    return f"{behind} Now at step {node.number} of {count}: “{node.title}”{inside} ({what})."


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
