"""What a playbook is: its steps, decisions, timers and evidence, as pydantic models."""

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from playbooks.checking import Strict, refuse
from playbooks.durations import Duration
from playbooks.faults import not_one_of
from playbooks.lifecycle import FAILURE_MODES, Mode, Role
from playbooks.pir import PIR_FIELDS

LONGEST_TEXT: Final = 3000  # characters in one section of a Slack message
LONGEST_TITLE: Final = 150
LONGEST_LABEL: Final = 75  # characters on a Slack button
SCHEMA: Final = "ml-incident.playbook/v1"
COMMON: Final = "common-first-fifteen-minutes"

Phase = Literal["triage", "contain", "diagnose", "mitigate", "verify", "remediate", "communicate", "close"]
EvidenceKind = Literal["text", "number", "link", "time", "query", "choice"]
Milestone = Literal["mitigated", "verified", "resolved"]


def _fits_slack(text: str, limit: int) -> str:
    """Slack counts what is escaped (`&amp;`), so we do."""
    length = len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))
    if length > limit:
        raise ValueError(f"has {length} characters, and Slack shows at most {limit} here")
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _role(text: str) -> str:
    if text.startswith("poc:") and len(text) > 4:
        return text
    if text not in set(Role):
        raise ValueError(not_one_of(text, [*Role, "poc:<team>"]))
    return text


def _pir_field(text: str) -> str:
    if text not in PIR_FIELDS:
        raise ValueError(not_one_of(text, PIR_FIELDS))
    return text


def _failure_mode(text: str) -> str:
    if text not in FAILURE_MODES:
        raise ValueError(not_one_of(text, FAILURE_MODES))
    return text


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _at_most(limit: int) -> Any:
    schema = {"type": "string", "minLength": 1, "maxLength": limit}
    return Annotated[str, AfterValidator(lambda text: _fits_slack(text, limit)), WithJsonSchema(schema)]


def _word(pattern: str, said: str) -> Any:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"“{text[:60]}” is not a name; use {said}")
        return text

    return Annotated[str, AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})]


if TYPE_CHECKING:
    Id = EvidenceId = VarName = Text = Title = Label = str
else:
    Id = _word(r"[a-z0-9][a-z0-9-]{0,59}", "small letters, digits and -")
    EvidenceId = _word(r"[a-z0-9][a-z0-9_-]{0,59}", "small letters, digits, - and _")
    VarName = _word(r"[a-z][a-z0-9_]{0,39}", "small letters, digits and _, a letter first")
    Text, Title, Label = _at_most(LONGEST_TEXT), _at_most(LONGEST_TITLE), _at_most(LONGEST_LABEL)

RoleName = Annotated[
    str,
    AfterValidator(_role),
    WithJsonSchema({"anyOf": [{"enum": list(Role)}, {"type": "string", "pattern": "^poc:.+$"}]}),
]
PirField = Annotated[str, AfterValidator(_pir_field), WithJsonSchema({"enum": list(PIR_FIELDS)})]
FailureMode = Annotated[str, AfterValidator(_failure_mode), WithJsonSchema({"enum": list(FAILURE_MODES)})]
Values = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
When = Mapping[str, Values]


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
    """A question with two to five answers, one of which admits that nobody can tell."""

    kind: Literal["decision"]
    ask: Text
    do: Text | None = None
    options: tuple[Option, ...]
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=10)] = ()
    due: Duration | None = None

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
    """The end of this playbook."""

    kind: Literal["end"]
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
