"""What people write down while they walk: what a step asks for, whether it will do, and what was collected."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from playbooks.lifecycle import RuleBroken
from playbooks.model import Variable
from playbooks.steps import CheckStep, DecisionStep, Evidence, Step, TaskStep
from playbooks.walk import Walk

_NUMBER: Final = re.compile(r"[-+]?\d[\d ,_']*(\.\d+)?\s*%?")


@dataclass(frozen=True)
class Collected:
    """A piece of evidence that was written down."""

    path: str
    ask: str
    value: str
    pir_field: str | None
    kind: str
    by: str
    at: datetime


def evidence_of(step: Step) -> tuple[Evidence, ...]:
    """What is written down with a step. A check's own value counts as evidence under the step's id."""
    if isinstance(step, TaskStep | DecisionStep):
        return step.evidence
    if isinstance(step, CheckStep) and step.pir_field:
        return (Evidence(id=step.id, ask=step.title, pir_field=step.pir_field),)
    return ()


def evidence_for(name: str, variable: Variable) -> Evidence:
    """What is asked to be written down for a variable."""
    kind = "text" if variable.kind == "version" else variable.kind
    return Evidence(id=name, ask=variable.ask, kind=kind, required=True)


def collected(walk: Walk) -> tuple[Collected, ...]:
    """Everything that was written down, in order; what was asked again counts as it was answered last."""
    found: dict[tuple[str, str], Collected] = {}
    for record in walk.counted:
        asked = {item.id: item for item in evidence_of(walk.step(record.path))}
        for key, value in record.evidence.items():
            if (item := asked.get(key)) is not None:
                row = Collected(record.path, item.ask, value, item.pir_field, item.kind, record.by, record.at)
                found[record.path, key] = row
    return tuple(found.values())


def check_evidence(asked: Iterable[Evidence], given: Mapping[str, str]) -> None:
    """Raises RuleBroken for what is missing or is not of its kind."""
    by_id = {item.id: item for item in asked}
    for item in by_id.values():
        if item.required and item.id not in given:
            raise RuleBroken(f"Please write this down first: {item.ask}")
    for key, wrong in wrong_in(by_id.values(), given).items():
        raise RuleBroken(f"{by_id[key].ask} {wrong}")


def wrong_in(asked: Iterable[Evidence], given: Mapping[str, str]) -> dict[str, str]:
    """What is given and not of its kind: id → a sentence with what to write."""
    found = {item.id: _wrong(item, given[item.id]) for item in asked if item.id in given}
    return {key: wrong for key, wrong in found.items() if wrong}


def _wrong(item: Evidence, value: str) -> str | None:
    if item.kind == "choice" and value not in item.choices:
        return f"Choose one of: {', '.join(item.choices)}."
    if item.kind == "number" and not _NUMBER.fullmatch(value):
        return "Write a number."
    if item.kind == "link" and not value.startswith(("https://", "http://")):
        return "Write a link that starts with https://."
    return None
