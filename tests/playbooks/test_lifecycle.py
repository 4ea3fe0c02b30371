"""The life of an incident."""

import pytest

from playbooks.lifecycle import (
    FAILURE_MODES,
    OPEN_STATUSES,
    Role,
    RuleBroken,
    Severity,
    Status,
    check_move,
    is_reopening,
    milestone,
    worst,
)


@pytest.mark.parametrize("text", ["sev2", "SEV2", "2", " Sev-2 ", "sev 2"])
def test_a_severity_is_read_however_people_write_it(text: str) -> None:
    assert Severity.parse(text) is Severity.SEV2


@pytest.mark.parametrize("text", ["", "sev", "sev0", "5", "high", "sev22"])
def test_an_unknown_severity_is_answered_with_the_choices(text: str) -> None:
    with pytest.raises(RuleBroken, match="SEV1"):
        Severity.parse(text)


def test_roles_and_statuses_are_read_as_typed() -> None:
    assert Role.parse("ML Lead") is Role.ML_LEAD
    assert Role.parse("ml_lead") is Role.ML_LEAD
    assert Status.parse(" Mitigated ") is Status.MITIGATED
    with pytest.raises(RuleBroken, match="commander, ml-lead, comms, scribe"):
        Role.parse("boss")
    with pytest.raises(RuleBroken, match="investigating"):
        Status.parse("fixed")


def test_the_worst_answer_decides() -> None:
    assert worst([Severity.SEV3, Severity.SEV1, Severity.SEV4]) is Severity.SEV1


@pytest.mark.parametrize("current", sorted(OPEN_STATUSES))
@pytest.mark.parametrize("to", sorted(OPEN_STATUSES))
def test_an_open_incident_moves_freely_between_open_statuses(current: Status, to: Status) -> None:
    if current == to:
        with pytest.raises(RuleBroken, match="already"):
            check_move(current, to)
    else:
        check_move(current, to)


@pytest.mark.parametrize(
    ("current", "to", "said"),
    [
        (Status.INVESTIGATING, Status.CLOSED, "Resolve it first"),
        (Status.CANCELLED, Status.RESOLVED, "Reopen it"),
        (Status.MERGED, Status.INVESTIGATING, "merged into another"),
        (Status.MERGED, Status.CLOSED, "merged into another"),
        (Status.CLOSED, Status.RESOLVED, "Reopen it"),
    ],
)
def test_an_illegal_move_is_refused_with_a_way_out(current: Status, to: Status, said: str) -> None:
    with pytest.raises(RuleBroken, match=said):
        check_move(current, to)


@pytest.mark.parametrize("current", [Status.RESOLVED, Status.CLOSED, Status.CANCELLED])
def test_a_finished_incident_can_be_reopened(current: Status) -> None:
    check_move(current, Status.INVESTIGATING)
    assert is_reopening(current, Status.INVESTIGATING)
    assert not is_reopening(Status.MITIGATED, Status.INVESTIGATING)


def test_monitoring_is_what_verified_means() -> None:
    assert milestone(Status.MITIGATED) == "mitigated_at"
    assert milestone(Status.MONITORING) == "verified_at"
    assert milestone(Status.RESOLVED) == "resolved_at"
    assert milestone(Status.IDENTIFIED) is None


def test_every_failure_mode_has_a_title_in_plain_words() -> None:
    assert len(FAILURE_MODES) == 24
    assert all(title and title != slug for slug, title in FAILURE_MODES.items())
