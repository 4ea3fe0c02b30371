"""The kinds of steps that a playbook is made of."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from playbooks.asking import AliasCheck, AliasMove, Before, HttpCall, PrometheusCheck, ServingCheck, Undo
from playbooks.checking import Strict, refuse
from playbooks.durations import Duration
from playbooks.faults import not_one_of
from playbooks.vocabulary import (
    Approver,
    EvidenceId,
    EvidenceKind,
    Id,
    Label,
    Phase,
    PirField,
    RoleName,
    Text,
    Title,
    When,
)


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


class CheckStep(_Conditional):
    """A question that the bot asks by itself. Exactly one of http, mlflow, serving and prometheus says which.

    Passed leads to `next`, failed to `on_fail`. Where the connection cannot be used, people walk `manual`.
    """

    kind: Literal["check"]
    http: HttpCall | None = None
    mlflow: AliasCheck | None = None
    serving: ServingCheck | None = None
    prometheus: PrometheusCheck | None = None
    for_: Duration | None = Field(default=None, alias="for")
    manual: Text
    pir_field: PirField | None = None
    due: Duration | None = None
    next: Id | None = None
    on_fail: Id

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if sum(one is not None for one in self._questions) != 1:
            raise refuse("a check asks exactly one of http, mlflow, serving and prometheus.")
        return self

    @property
    def _questions(self) -> tuple[HttpCall | AliasCheck | ServingCheck | PrometheusCheck | None, ...]:
        return (self.http, self.mlflow, self.serving, self.prometheus)

    @property
    def question(self) -> HttpCall | AliasCheck | ServingCheck | PrometheusCheck:
        """The one that was given."""
        return next(one for one in self._questions if one is not None)


class ActionStep(_Conditional):
    """Something that the bot does once two people have agreed. Exactly one of http and mlflow says what."""

    kind: Literal["action"]
    do: Text | None = None
    http: HttpCall | None = None
    before: Before | None = None
    mlflow: AliasMove | None = None
    approval: Annotated[tuple[Approver, ...], Field(min_length=1, max_length=6)]
    reversible: Literal["at-once", "minutes", "hours", "never"]
    manual: Text
    undo: Undo | Text
    due: Duration | None = None
    next: Id | None = None
    on_fail: Id | None = None

    @model_validator(mode="after")
    def _one_call(self) -> Self:
        if (self.http is None) == (self.mlflow is None):
            raise refuse("an action does exactly one of http and mlflow.")
        if self.mlflow is not None and self.before is not None:
            raise refuse("an alias is read by itself; leave this out.", at="before")
        if isinstance(self.undo, Undo) and self.undo.request is not None and self.before is None:
            raise refuse("taking it back needs the value from before; say with `before` where it is read.", at="undo")
        return self

    @property
    def call(self) -> HttpCall | AliasMove:
        """The one that was given."""
        return self.http or self.mlflow  # type: ignore[return-value]  # one of them is there


class WaitStep(_Conditional):
    """Time that has to pass. The run goes on by itself after it."""

    kind: Literal["wait"]
    for_: Duration = Field(alias="for")
    do: Text | None = None
    next: Id | None = None


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


KINDS: Final = ("task", "decision", "check", "action", "wait", "include", "end")

Walked = TaskStep | DecisionStep | CheckStep | ActionStep | WaitStep
"""What a run may stand at."""
Step = Walked | IncludeStep | EndStep


def _known_kind(value: object) -> object:
    kind = value.get("kind", "task") if isinstance(value, dict) else "task"
    if kind not in KINDS:
        raise refuse(not_one_of(str(kind), KINDS), at="kind")
    return value


def _kind(value: Any) -> str:
    return str(value.get("kind", "task") if isinstance(value, dict) else getattr(value, "kind", "task"))


AnyStep = Annotated[
    Annotated[
        Annotated[TaskStep, Tag("task")]
        | Annotated[DecisionStep, Tag("decision")]
        | Annotated[CheckStep, Tag("check")]
        | Annotated[ActionStep, Tag("action")]
        | Annotated[WaitStep, Tag("wait")]
        | Annotated[IncludeStep, Tag("include")]
        | Annotated[EndStep, Tag("end")],
        Discriminator(_kind),
    ],
    BeforeValidator(_known_kind),
]
