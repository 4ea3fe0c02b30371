"""The words that a playbook is made of: names, texts that fit Slack, roles, phases, fields of a review."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from playbooks.faults import not_one_of
from playbooks.lifecycle import FAILURE_MODES, Role
from playbooks.pir import PIR_FIELDS

LONGEST_TEXT: Final = 3000  # characters in one section of a Slack message
LONGEST_TITLE: Final = 150
LONGEST_LABEL: Final = 75  # characters on a Slack button
LONGEST_CRITERION: Final = 150  # characters beside a box to tick: its label and its description
LONGEST_SIGNAL: Final = 200
ANYONE: Final = "anyone"

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


def _approver(text: str) -> str:
    if text == ANYONE or (text.startswith("poc:") and len(text) > 4):
        return text
    if text not in set(Role):
        raise ValueError(not_one_of(text, [*Role, "poc:<team>", ANYONE]))
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


def _word(pattern: str, said: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"“{text[:60]}” is not a name; use {said}")
        return text

    return AfterValidator(check)


def _pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


def _at_most(limit: int) -> AfterValidator:
    return AfterValidator(lambda text: _fits_slack(text, limit))


def _length(limit: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": limit})


_ID: Final = r"[a-z0-9][a-z0-9-]{0,59}"
_EVIDENCE_ID: Final = r"[a-z0-9][a-z0-9_-]{0,59}"
_VAR_NAME: Final = r"[a-z][a-z0-9_]{0,39}"

Id = Annotated[str, _word(_ID, "small letters, digits and -"), _pattern(_ID)]
EvidenceId = Annotated[str, _word(_EVIDENCE_ID, "small letters, digits, - and _"), _pattern(_EVIDENCE_ID)]
VarName = Annotated[str, _word(_VAR_NAME, "small letters, digits and _, a letter first"), _pattern(_VAR_NAME)]
Text = Annotated[str, _at_most(LONGEST_TEXT), _length(LONGEST_TEXT)]
Title = Annotated[str, _at_most(LONGEST_TITLE), _length(LONGEST_TITLE)]
Label = Annotated[str, _at_most(LONGEST_LABEL), _length(LONGEST_LABEL)]
Signal = Annotated[str, _at_most(LONGEST_SIGNAL), _length(LONGEST_SIGNAL)]
Criterion = Annotated[str, _at_most(LONGEST_CRITERION), _length(LONGEST_CRITERION)]
RoleName = Annotated[
    str,
    AfterValidator(_role),
    WithJsonSchema({"anyOf": [{"enum": [role.value for role in Role]}, {"type": "string", "pattern": "^poc:.+$"}]}),
]
Approver = Annotated[
    str,
    AfterValidator(_approver),
    WithJsonSchema(
        {"anyOf": [{"enum": [*(role.value for role in Role), ANYONE]}, {"type": "string", "pattern": "^poc:.+$"}]}
    ),
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
