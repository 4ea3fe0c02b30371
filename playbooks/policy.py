"""The organisation's practice, read from `policy.yaml`: severities, roles, permissions, working time, reminders."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import AfterValidator, Field, model_validator

from playbooks.checking import Strict, validate
from playbooks.durations import Duration, TimeOfDay
from playbooks.faults import FileBroken, not_one_of
from playbooks.lifecycle import Role, Severity
from playbooks.reading import Document, read_yaml

Allowed = Literal["anyone", "roles", "owner"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Author = Literal["commander", "owner", "opener"]
Text = Annotated[str, Field(min_length=1, max_length=3000)]

WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PolicyBroken(FileBroken):
    """The policy cannot be used; `faults` names every place that has to be mended."""


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(not_one_of(name, available_timezones()).split(" Allowed:")[0])
    return name


def _country(code: str) -> str:
    if code not in holidays.list_supported_countries():
        raise ValueError(f"the holidays of “{code[:20]}” are not known; use a two-letter code such as DE, or null")
    return code


def _incident_prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", text):
        raise ValueError("use one to ten capital letters and digits, a letter first: INC")
    return text


def _channel_prefix(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,14}", text):
        raise ValueError("use at most fifteen small letters, digits, - and _: inc")
    return text


class SeverityPolicy(Strict):
    """What one severity means and brings with it."""

    name: Text
    means: Text
    update_every: Duration
    review_due_days: Annotated[int, Field(ge=1, le=90)] | None


class Severities(Strict):
    """One entry for each severity."""

    sev1: SeverityPolicy
    sev2: SeverityPolicy
    sev3: SeverityPolicy
    sev4: SeverityPolicy


class Answers(Strict):
    """What to answer for each severity."""

    sev1: Text
    sev2: Text
    sev3: Text
    sev4: Text


class Question(Strict):
    """One question that helps to judge how severe an incident is."""

    id: Text
    ask: Text
    answers: Answers


class RolePolicy(Strict):
    """What somebody who is given a role is told."""

    instructions: Text


class Roles(Strict):
    """One entry for each role."""

    commander: RolePolicy
    ml_lead: RolePolicy = Field(alias="ml-lead")
    comms: RolePolicy
    scribe: RolePolicy


class Updates(Strict):
    """How promised updates are reminded of."""

    remind_before: Duration
    more_time: Duration


class Permissions(Strict):
    """Who may do what in an incident."""

    open: Allowed
    note: Allowed
    follow_up: Allowed = Field(alias="follow-up")
    playbook: Allowed
    role: Allowed
    status: Allowed
    severity: Allowed
    update: Allowed
    resolve: Allowed
    reopen: Allowed
    close: Allowed
    cancel: Allowed
    merge: Allowed
    review_edit: Allowed = Field(alias="review-edit")
    review_publish: Allowed = Field(alias="review-publish")
    review_dismiss: Allowed = Field(alias="review-dismiss")


class WorkingTime(Strict):
    """When people may be reminded of what can wait."""

    time_zone: Annotated[str, AfterValidator(_zone)]
    start: TimeOfDay
    end: TimeOfDay
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    country: Annotated[str, AfterValidator(_country)] | None
    region: str | None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.start >= self.end:
            raise ValueError("the working day ends before it starts")
        if self.region and self.region not in holidays.list_supported_countries().get(self.country or "", []):
            raise ValueError(f"the country {self.country} has no region “{self.region[:20]}” with known holidays")
        return self


class Reviews(Strict):
    """Who writes a review and how they are reminded."""

    author: Annotated[tuple[Author, ...], Field(min_length=1, max_length=3)]
    remind_before_days: Annotated[int, Field(ge=0, le=30)]
    remind_on_day: bool
    remind_after_every_days: Annotated[int, Field(ge=1, le=30)]
    overdue_times_before_level_up: Annotated[int, Field(ge=0, le=30)]


class Ownership(Strict):
    """How the model catalogue is kept true."""

    review_after_days: Annotated[int, Field(ge=1, le=3650)]
    digest_day: Weekday
    digest_time: TimeOfDay
    message_owner_every: Duration
    message_owner_lines: Annotated[int, Field(ge=1, le=40)]
    message_owner_fixes: Annotated[int, Field(ge=1, le=40)]


def _a_day_at_least(duration: timedelta) -> timedelta:
    if duration < timedelta(days=1):
        raise ValueError("Slack may repeat something after hours; remember it for 1d or longer")
    return duration


class Policy(Strict):
    """Everything that an organisation may decide for itself."""

    incident_prefix: Annotated[str, AfterValidator(_incident_prefix)]
    channel_prefix: Annotated[str, AfterValidator(_channel_prefix)]
    severities: Severities
    questions: Annotated[tuple[Question, ...], Field(max_length=10)]
    severity_by_tier: Mapping[Literal["0", "1", "2", "3", "unknown"], Severity]
    roles: Roles
    suggest_handover_after: Duration
    updates: Updates
    permissions: Permissions
    working_time: WorkingTime
    reviews: Reviews
    ownership: Ownership
    remember_repeats_for: Annotated[Duration, AfterValidator(_a_day_at_least)]

    def severity(self, severity: Severity) -> SeverityPolicy:
        """What the policy says of a severity."""
        found: SeverityPolicy = getattr(self.severities, severity.value)
        return found

    def instructions(self, role: Role) -> str:
        """What somebody who is given a role is told privately."""
        found: RolePolicy = getattr(self.roles, role.value.replace("-", "_"))
        return found.instructions.strip()

    def severity_for(self, tier: int | None) -> Severity:
        """The severity proposed for a model of this tier."""
        by_tier: Mapping[Any, Severity] = self.severity_by_tier
        return by_tier.get("unknown" if tier is None else str(tier)) or by_tier["unknown"]

    def who_may(self, action: str) -> Allowed:
        """'anyone', 'roles' or 'owner' for an action as it is spelled in the policy ('review-publish')."""
        allowed: Allowed = getattr(self.permissions, action.replace("-", "_"))
        return allowed

    @property
    def zone(self) -> ZoneInfo:
        """The time zone for people of whom we know none."""
        return ZoneInfo(self.working_time.time_zone)


def load_policy(path: Path | None = None) -> Policy:
    """The shipped policy, with what the file at `path` says differently. Raises PolicyBroken with all faults."""
    if path is None:
        return _shipped()
    try:
        content = path.read_bytes()
    except OSError as error:
        document = Document(str(path))
        raise PolicyBroken([document.fault((), f"cannot be read: {error.strerror or 'unknown reason'}.")]) from None
    return parse_policy(content, str(path))


def parse_policy(content: str | bytes, file: str) -> Policy:
    """An organisation's policy over the shipped one. Raises PolicyBroken with all faults."""
    document = read_yaml(content, file)
    if document.data is None and not document.faults:
        return _shipped()
    if not isinstance(document.data, dict):
        raise PolicyBroken(document.faults or [document.fault((), "expected fields with names (`name: value`).")])
    policy, faults = validate(Policy, document, _over(_shipped_data(), document.data))
    if policy is None or document.faults:
        raise PolicyBroken([*document.faults, *faults])
    return policy


def _over(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}
    return above


def _shipped_text() -> str:
    return files("playbooks").joinpath("policy.yaml").read_text(encoding="utf-8")


@cache
def _shipped_data() -> Any:
    return read_yaml(_shipped_text(), "policy.yaml").data


@cache
def _shipped() -> Policy:
    return Policy.model_validate(_shipped_data())
