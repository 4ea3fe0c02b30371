"""What a playbook is: its steps, timers, variables and what it is for, as pydantic models."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from playbooks.checking import Strict
from playbooks.durations import Duration
from playbooks.lifecycle import Mode
from playbooks.steps import AnyStep, Step
from playbooks.vocabulary import Criterion, FailureMode, Id, Milestone, RoleName, Signal, Text, Title, VarName, When

SCHEMA: Final = "ml-incident.playbook/v1"
COMMON: Final = "common-first-fifteen-minutes"


class Timer(Strict):
    """A reminder that runs beside the steps: after so long, then every so often, until a milestone."""

    id: Id
    after: Duration
    every: Duration | None = None
    until: Milestone | None = None
    remind: RoleName
    text: Text


class Variable(Strict):
    """A value that texts use as {vars.name}: read from a fact, given as evidence of that id, or asked for."""

    from_: str | None = Field(default=None, alias="from")
    ask: Title
    kind: Literal["text", "version", "link", "time", "number"] = "text"


class AppliesTo(Strict):
    """What this playbook is for."""

    failure_modes: tuple[FailureMode, ...] = ()
    modes: tuple[Mode, ...] = ()
    alerts: tuple[When, ...] = ()
    words: tuple[str, ...] = ()


class Playbook(Strict):
    """What to do about one kind of failure."""

    schema_: Literal["ml-incident.playbook/v1"] = Field(alias="schema")
    id: Id
    title: Title
    summary: Text | None = None
    version: Annotated[str, Field(min_length=1, max_length=40)]
    owner: Annotated[str, Field(min_length=1, max_length=200)]
    review_by: date
    signals: Annotated[tuple[Signal, ...], Field(max_length=10)] = ()
    sources: tuple[str, ...] = ()
    applies_to: AppliesTo = AppliesTo()
    vars: Mapping[VarName, Variable] = Field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    close_when: Annotated[tuple[Criterion, ...], Field(max_length=10)] = ()
    start: Id | None = None
    steps: Annotated[tuple[AnyStep, ...], Field(min_length=1, max_length=200)]

    @property
    def first(self) -> str:
        """The id of the step where a run begins."""
        return self.start or self.steps[0].id

    def step(self, step_id: str) -> Step:
        """The step with this id; raises KeyError."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def following(self, step_id: str) -> str | None:
        """The id of the step written below this one."""
        ids = [step.id for step in self.steps]
        at = ids.index(step_id) + 1
        return ids[at] if at < len(ids) else None
