"""The organisation's practice and what happens when its file is wrong."""

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from playbooks.durations import parse_duration, say_duration, say_every, write_duration
from playbooks.explain import explain
from playbooks.lifecycle import Role, RuleBroken, Severity
from playbooks.permissions import Standing, check_permission
from playbooks.policy import Policy, PolicyBroken, load_policy, parse_policy
from playbooks.reading import read_yaml


def test_the_shipped_policy_is_complete_and_every_field_of_it_is_explained_by_a_comment() -> None:
    policy = load_policy()
    assert policy.incident_prefix == "INC"
    assert policy.channel_prefix == "inc"
    text = files("playbooks").joinpath("policy.yaml").read_text(encoding="utf-8")
    read = read_yaml(text, "policy.yaml")
    lines = text.splitlines()
    assert isinstance(read.data, dict)
    assert set(read.data) == {field.alias or name for name, field in Policy.model_fields.items()}
    sections = {"updates", "ownership", "reviews", "working_time"}
    for path, (line, _) in read.keys.items():
        if len(path) == 1 or (len(path) == 2 and path[0] in sections) or path[:2] == ("severities", "sev1"):
            above = lines[line - 2].strip()
            assert above.startswith("#") or path == ("severities", "sev1"), f"{path} has no comment"


def test_an_own_policy_holds_only_what_differs() -> None:
    policy = parse_policy("incident_prefix: ML\nseverities: {sev1: {review_due_days: 1}}\n", "own.yaml")
    assert policy.incident_prefix == "ML"
    assert policy.severity(Severity.SEV1).review_due_days == 1
    assert policy.severity(Severity.SEV1).name == load_policy().severity(Severity.SEV1).name
    assert policy.severity(Severity.SEV2) == load_policy().severity(Severity.SEV2)
    assert parse_policy("", "own.yaml") == load_policy()


FAULTY = """\
incident_prefix: inc
severities:
  sev1: {nme: Awful, update_every: 30, review_due_days: 0}
  sevv2: {}
working_time:
  time_zone: Europe/Pariss
  country: XX
  days: [monday]
  start: 25:00
permissions: {close: everyone}
reviews: 3
colour: red
severity_by_tier: {"9": sev1, "0": sev9}
remember_repeats_for: 2h
"""


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        (1, "incident_prefix", "capital letters"),
        (3, "severities.sev1.nme", "did you mean “name”"),
        (3, "severities.sev1.update_every", "30m"),
        (3, "severities.sev1.review_due_days", "1 or more"),
        (4, "severities.sevv2", "did you mean “sev2”"),
        (6, "working_time.time_zone", "Europe/Paris"),
        (7, "working_time.country", "two-letter"),
        (8, "working_time.days[0]", "did you mean “mon”"),
        (9, "working_time.start", "09:00"),
        (10, "permissions.close", "anyone, owner, roles"),
        (11, "reviews", "fields with names"),
        (12, "colour", "no such field"),
        (13, "severity_by_tier.9", "0, 1, 2, 3, unknown"),
        (13, "severity_by_tier.0", "sev1, sev2, sev3, sev4"),
        (14, "remember_repeats_for", "1d or longer"),
    ],
)
def test_every_fault_of_a_policy_is_told_at_once_with_its_place_and_what_is_allowed(
    line: int, field: str, said: str
) -> None:
    with pytest.raises(PolicyBroken) as caught:
        parse_policy(FAULTY, "own.yaml")
    assert len(caught.value.faults) == 15
    fault = next(fault for fault in caught.value.faults if fault.field == field)
    assert fault.line == line
    assert said in fault.message
    assert f"own.yaml:{line}:{fault.column}: {field}: " in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("working_time: {start: 18:00}", "ends before it starts"),
        ("working_time: {country: DE, region: XY}", "no region"),
        ("questions: [{id: a}]", "is missing"),
        ("- a list", "fields with names"),
        ("incident_prefix: ML\nincident_prefix: MM", "twice"),
        ("roles: {ml-lead: {instructions: ''}}", "must not be empty"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyBroken, match=said):
        parse_policy(text, "own.yaml")


def test_a_policy_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyBroken, match="cannot be read"):
        load_policy(tmp_path / "missing.yaml")
    own = tmp_path / "own.yaml"
    own.write_text("channel_prefix: ml\n")
    assert load_policy(own).channel_prefix == "ml"


def test_the_tier_of_a_model_proposes_a_severity() -> None:
    policy = load_policy()
    assert [policy.severity_for(tier) for tier in (0, 1, 2, 3)] == list(Severity)
    assert policy.severity_for(None) is Severity.SEV3


def test_every_role_has_instructions_and_every_severity_answers_the_four_questions() -> None:
    policy = load_policy()
    assert all(policy.instructions(role) for role in Role)
    assert [question.id for question in policy.questions] == ["harm", "reach", "reversibility", "window"]


def test_permissions_name_who_may() -> None:
    policy = load_policy()
    check_permission(policy, "resolve", Standing())
    check_permission(policy, "review-publish", Standing(is_opener=True))
    check_permission(policy, "review-dismiss", Standing(is_owner=True))
    check_permission(policy, "review-dismiss", Standing(is_commander=True))
    with pytest.raises(RuleBroken, match="holds a role"):
        check_permission(policy, "close", Standing())
    with pytest.raises(RuleBroken, match="the commander"):
        check_permission(policy, "review-dismiss", Standing(holds_a_role=True, is_opener=True))


def test_the_policy_is_explained_in_sentences_without_python_words() -> None:
    text = explain(parse_policy("working_time: {country: DE, region: BY}", "own.yaml"))
    assert "SEV1 Critical" in text
    assert "public holidays of DE-BY" in text
    assert not any(word in text for word in ("None", "datetime", "{", "sev1"))


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("P14D", timedelta(days=14)),
        ("PT45M", timedelta(minutes=45)),
        ("2w", timedelta(weeks=2)),
        ("1 d", timedelta(days=1)),
    ],
)
def test_durations_are_read_and_written_back(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration
    assert parse_duration(write_duration(duration)) == duration


@pytest.mark.parametrize("text", ["", "0m", "soon", "30", "-1h", "P", "1h 30"])
def test_what_is_no_duration_is_answered_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"30m|longer than nothing"):
        parse_duration(text)


def test_durations_are_said_as_people_say_them() -> None:
    assert say_duration(timedelta(minutes=61)) == "1 hour 1 minute"
    assert say_duration(timedelta(days=2, hours=3, minutes=4)) == "2 days 3 hours"
    assert say_duration(timedelta(seconds=20)) == "less than a minute"
    assert say_every(timedelta(hours=1)) == "every hour"
