"""What a playbook is: its steps, decisions, timers and evidence, as pydantic models."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from playbooks.checking import Strict, refuse
from playbooks.durations import Duration
from playbooks.faults import not_one_of
from playbooks.lifecycle import Mode
from playbooks.vocabulary import (
    EvidenceId,
    EvidenceKind,
    FailureMode,
    Id,
    Label,
    Milestone,
    Phase,
    PirField,
    RoleName,
    Text,
    Title,
    VarName,
    When,
)

SCHEMA: Final = "ml-incident.playbook/v1"
COMMON: Final = "common-first-fifteen-minutes"


class Evidence(Strict):
    """Something to write down while doing a step; with `pir_field` it goes straight into the review."""

    id: EvidenceId
    ask: Title
    kind: EvidenceKind = "text"
    choices: Annotated[tuple[Label, ...], Field(max_length=20)] = ()
    pir_field: PirField | None = None
    required: bool = False


class _Common(Strict):
    id: Id
    title: Title
    phase: Phase | None = None
    role: RoleName | None = None
    why: Text | None = None


class _Conditional(_Common):
    when: When = Field(default_factory=dict)


class TaskStep(_Conditional):
    """Something to do."""

    kind: Literal["task"] = "task"
    do: Text
    done_when: Text | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=10)] = ()
    due: Duration | None = None
    next: Id | None = None


class Option(Strict):
    """One answer to a decision, and where it leads."""

    label: Label
    goto: Id
    cannot_tell: bool = False
    sets: Mapping[str, str] = Field(default_factory=dict)


class DecisionStep(_Conditional):
    """A question with two to five answers, one of which admits that nobody can tell.

    Where its `when` does not match, the run goes on with `otherwise`, else with the step written below.
    """

    kind: Literal["decision"]
    ask: Text
    do: Text | None = None
    # The linter counts them, so that a file is told of all its faults; editors learn it here.
    options: Annotated[tuple[Option, ...], Field(json_schema_extra={"minItems": 2, "maxItems": 5})]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=10)] = ()
    due: Duration | None = None
    otherwise: Id | None = None

    @property
    def cannot_tell(self) -> Option:
        """The answer for people who do not know; a playbook without one is refused."""
        return next(option for option in self.options if option.cannot_tell)


class IncludeStep(_Conditional):
    """Another playbook, walked here before going on."""

    kind: Literal["include"]
    playbook: Id
    next: Id | None = None


class EndStep(_Common):
    """The end of this playbook. An included one hands back to the one around it, unless it `ends_run`."""

    kind: Literal["end"]
    ends_run: bool = False
    do: Text | None = None


KINDS: Final = ("task", "decision", "include", "end")
NOT_YET: Final = ("check", "action", "wait")


def _known_kind(value: object) -> object:
    kind = value.get("kind", "task") if isinstance(value, dict) else "task"
    if kind in NOT_YET:
        raise refuse(
            f"steps of kind “{kind}” are not walked by this version yet; write it as a task that says how "
            f"to do it by hand.",
            at="kind",
        )
    if kind not in KINDS:
        raise refuse(not_one_of(str(kind), KINDS), at="kind")
    return value


def _kind(value: Any) -> str:
    return str(value.get("kind", "task") if isinstance(value, dict) else getattr(value, "kind", "task"))


Step = TaskStep | DecisionStep | IncludeStep | EndStep
_AnyStep = Annotated[
    Annotated[
        Annotated[TaskStep, Tag("task")]
        | Annotated[DecisionStep, Tag("decision")]
        | Annotated[IncludeStep, Tag("include")]
        | Annotated[EndStep, Tag("end")],
        Discriminator(_kind),
    ],
    BeforeValidator(_known_kind),
]


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
    sources: tuple[str, ...] = ()
    applies_to: AppliesTo = AppliesTo()
    vars: Mapping[VarName, Variable] = Field(default_factory=dict)
    timers: tuple[Timer, ...] = ()
    start: Id | None = None
    steps: Annotated[tuple[_AnyStep, ...], Field(min_length=1, max_length=200)]

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
