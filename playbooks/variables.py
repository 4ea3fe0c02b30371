"""A playbook's variables: what each stands for now, and which a step needs before it can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from playbooks.placeholders import placeholders

if TYPE_CHECKING:
    from playbooks.model import Variable
    from playbooks.walk import Walk


def variables_of(walk: Walk) -> dict[str, Variable]:
    """Those of the playbook and of what it includes; the outer one's count where both have one."""
    found: dict[str, Variable] = {}
    for playbook in (*walk.pinned.included.values(), walk.pinned.playbook):
        found |= playbook.vars
    return found


def with_variables(walk: Walk, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts and the variables: what was set, told or written down last, else what they are read from."""
    found = dict(facts)
    for record in walk.earlier.values():
        found |= _written(record.evidence)
    for name, variable in variables_of(walk).items():
        if variable.from_ and facts.get(variable.from_):
            found[f"vars.{name}"] = facts[variable.from_]
    # What is passed over in an include counts as if it had been walked here.
    inside = [one for key, one in walk.earlier.items() if key.partition("/")[0] in walk.pinned.included]
    told = [record for record in walk.records if record.outcome == "told"]
    for record in (*inside, *sorted((*walk.counted, *told), key=lambda one: one.at)):
        found |= _written(record.evidence)
        found |= {key: value for key, value in record.sets.items() if key.startswith("vars.")}
    return found


def unknown_variables(walk: Walk, path: str, facts: Mapping[str, str]) -> dict[str, Variable]:
    """The variables that the step at `path` speaks of and that nothing is known for, in the order of its words."""
    known, variables = with_variables(walk, facts), variables_of(walk)
    step = walk.step(path)
    named = [name for text in _texts(step.model_dump()) for name in placeholders(text) if name.startswith("vars.")]
    names = [name.removeprefix("vars.") for name in dict.fromkeys(named) if not known.get(name, "").strip()]
    return {name: variables[name] for name in names if name in variables}


def _written(evidence: Mapping[str, str]) -> dict[str, str]:
    return {f"vars.{key.replace('-', '_')}": value for key, value in evidence.items() if value}


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _texts(value)
