"""What a step of a tried playbook says in the terminal: who does it, the keys, what would be asked and sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from playbooks.asking import AliasCheck, AliasMove, Expected, HttpCall, HttpExpected, PrometheusCheck
from playbooks.durations import say_duration
from playbooks.fields import field_title
from playbooks.lifecycle import Role
from playbooks.placeholders import fill
from playbooks.progress import Current
from playbooks.steps import ActionStep, CheckStep, DecisionStep

Facts = Mapping[str, str]

TAKES: Final = {"at-once": "at once", "minutes": "within minutes", "hours": "within hours", "never": "never"}
"""How fast an action is taken back."""


def keys(here: Current) -> str:
    """What may be typed at this step."""
    first = "Enter: done"
    if isinstance(here.step, DecisionStep):
        first = f"1–{len(here.options)}: your answer"
    elif isinstance(here.step, CheckStep):
        first = "Enter or 1: it holds · 2: it does not"
    elif isinstance(here.step, ActionStep):
        first = "Enter or 1: it was agreed and done · 2: it failed"
    return f"{first} · s: skip · b: back · q: quit"


def people(here: Current, facts: Facts) -> list[str]:
    """Who does it and how long it may take, as far as the playbook says."""
    said, role = [], here.step.role
    if role is not None and role.startswith("poc:"):
        team = role.removeprefix("poc:")
        name = facts.get(f"model.poc.{team}", "")
        said.append(f"{field_title(f'poc.{team}')}{f' ({name})' if name else ''}")
    elif role is not None:
        said.append(Role(role).label)
    if here.due is not None:
        said.append(f"within {say_duration(here.due)}")
    return said


def asked_of(step: CheckStep, facts: Facts) -> str:
    """The question of a check, with its facts."""
    asked = step.question
    on = f"on the connection “{asked.connection}”"
    if isinstance(asked, HttpCall):
        return f"{_request(asked, facts)} {on}"
    if isinstance(asked, PrometheusCheck):
        return f"{fill(asked.query, facts)} {on}"
    model = fill(asked.model, facts)
    if isinstance(asked, AliasCheck):
        return f"which version of {model} {_alias(asked.alias, facts)} points at, {on}"
    return f"which version of {model} every replica serves, {on}"


def expected_of(step: CheckStep, facts: Facts) -> str:
    """What has to come back for a check to pass."""
    asked = step.question
    said = _expected(asked.expect, facts)
    return f"{said}, for {say_duration(step.for_)}" if step.for_ else said


def sent_by(step: ActionStep, facts: Facts) -> str:
    """What an action would send, with its facts."""
    call = step.call
    on = f"on the connection “{call.connection}”"
    if isinstance(call, AliasMove):
        return f"point {_alias(call.alias, facts)} of {fill(call.model, facts)} at version {fill(call.to, facts)}, {on}"
    return f"{_request(call, facts)} {on}"


def _request(call: HttpCall, facts: Facts) -> str:
    query = "&".join(f"{key}={fill(value, facts)}" for key, value in call.query.items())
    line = f"{call.method} {fill(call.path, facts)}{f'?{query}' if query else ''}"
    return f"{line} {fill(json.dumps(call.body, ensure_ascii=False), facts)}" if call.body is not None else line


def _alias(alias: str | None, facts: Facts) -> str:
    return f"the alias “{fill(alias, facts)}”" if alias else "the serving alias"


def _expected(expected: Expected, facts: Facts) -> str:
    parts = []
    if isinstance(expected, HttpExpected):
        parts.append(f"the answer is {expected.status}")
        if expected.pointer is None and expected.value is None:
            return parts[0]
    what = f"what stands at {expected.pointer}" if isinstance(expected, HttpExpected) and expected.pointer else "it"
    if expected.op in {"exists", "absent"}:
        parts.append(f"{what} is {'there' if expected.op == 'exists' else 'not there'}")
    else:
        values = expected.value if isinstance(expected.value, tuple) else (expected.value or "",)
        said = {"equals": "is", "not-equals": "is not", "one-of": "is one of", "contains": "contains"}
        how = said.get(expected.op, f"is {expected.op.replace('-', ' ')}")
        parts.append(f"{what} {how} {', '.join(fill(value, facts) for value in values)}")
    return " and ".join(parts)
