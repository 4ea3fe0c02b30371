"""A review from draft to published: whose it is, when it is due, what it still needs, and what a template may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.incidents.desk import FieldErrors
from bot.views.review_template import TemplateBroken, find_template
from playbooks.lifecycle import RuleBroken, Severity
from storage import people
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, START, Team, labels

MUST = {
    "first_bad_at": "2026-11-20 13:40",
    "detected_at": "2026-11-20 14:00",
    "impact": "One in five payments was declined",
    "training_contamination": "nobody knows",
    "contributing_factors": "the promotion was not checked",
}


def fill(team: Team, by: str, **answers: str) -> Any:
    for field, text in answers.items():
        form = team.click(by, "reviews.fill")
        assert form is not None
        said = team.send(by, form.modal, field=field, text=text)
        if said is not None:
            return said
    return None


def in_review(team: Team) -> None:
    team.type(ERIK, f"role commander <@{KIM}|kim>")
    team.type(ERIK, "resolve rolled back to 41")
    fill(team, ANA, **MUST)
    team.click(KIM, "reviews.submit")


@pytest.mark.parametrize(("first", "author"), [(None, ANA), (KIM, KIM)])
def test_the_commander_writes_it_else_the_owner(team: Team, first: str | None, author: str) -> None:
    if first:
        team.type(ERIK, f"role commander <@{first}|x>")
    team.type(ERIK, "resolve rolled back")
    assert team.review().author == author
    assert len(team.told(author, "You are named for the review of INC-1")) == 1


def test_an_owner_who_is_deactivated_is_not_named_for_it(storage: Storage) -> None:
    team = Team(storage)
    with storage.transaction() as tx:
        people.keep_person(tx, ANA, name="Ana Moreau", deactivated=True, now=START)
    team.id = team.declare()
    team.type(ERIK, "resolve rolled back")
    assert team.review().author == ERIK


@pytest.mark.parametrize(
    ("severity", "zone", "due"),
    [
        (Severity.SEV1, "Europe/Paris", "2026-11-25 16:00"),  # three working days after a Friday
        (Severity.SEV2, "Europe/Paris", "2026-11-27 16:00"),
        (Severity.SEV2, "America/New_York", "2026-11-27 22:00"),
        (Severity.SEV3, "Asia/Tokyo", "2026-12-04 08:00"),
    ],
)
def test_it_is_due_in_working_days_by_severity_in_the_authors_zone(
    storage: Storage, severity: Severity, zone: str, due: str
) -> None:
    team = Team(storage, severity=severity)
    with storage.transaction() as tx:
        people.keep_person(tx, ANA, name="Ana Moreau", time_zone=zone, now=START)
    team.type(ERIK, "resolve rolled back")
    at = team.review().due_at
    assert at is not None
    assert f"{at:%Y-%m-%d %H:%M}" == due


def test_the_mildest_needs_none_but_may_have_one(storage: Storage) -> None:
    team = Team(storage, severity=Severity.SEV4)
    team.type(ERIK, "resolve rolled back")
    assert "No review is asked for" in team.owed("SayInIncident")[-1].payload["text"]
    team.type(ERIK, "review")
    assert team.review().due_at is None
    assert "It has no due date." in team.review_message().text
    with pytest.raises(RuleBroken, match="nothing to put off"):
        team.click(ERIK, "reviews.snooze")


def test_it_is_published_once_it_was_read_and_says_what_it_must(team: Team) -> None:
    team.type(ERIK, f"role commander <@{KIM}|kim>")
    team.type(ERIK, "resolve rolled back to 41")
    assert labels(team.review_message())[:2] == ["Fill a gap", "Send to review"]
    with pytest.raises(RuleBroken, match="Send it to review first"):
        team.click(KIM, "reviews.publish")
    team.click(KIM, "reviews.submit")
    with pytest.raises(RuleBroken, match="somebody has to answer: First bad prediction; Detected; Impact"):
        team.click(KIM, "reviews.publish")
    fill(team, ANA, **MUST)
    form = team.click(KIM, "reviews.publish")
    assert form is not None
    assert isinstance(team.send(KIM, form.modal, text="  "), FieldErrors)
    assert team.send(KIM, form.modal, text="Lee, against the checklist") is None
    review = team.review()
    assert (review.state, review.published_by, review.published_at) == ("published", KIM, team.now)
    assert "| State of this review | published |" in review.markdown
    assert "| Reviewers | Lee, against the checklist (Kim Tanaka, 2026-11-20 14:05 UTC) |" in review.markdown
    assert labels(team.review_message()) == []
    assert "Published by <@U03KIMTAN>" in team.review_message().text
    assert "is published by" in team.owed("SayToStakeholders")[-1].payload["text"]


def test_of_two_people_who_publish_at_once_one_does_and_the_other_is_told_who(team: Team) -> None:
    in_review(team)
    forms = [team.click(KIM, "reviews.publish"), team.click(KIM, "reviews.publish")]
    worked, refused = team.at_once(
        *[lambda form=form: team.send(KIM, form.modal, text="Lee") for form in forms if form]
    )
    assert (len(worked), len(refused)) == (1, 1)
    assert refused[0].startswith("<@U03KIMTAN> has published this review")
    assert len([row for row in team.owed("SayInIncident") if "is published by" in row.payload["text"]]) == 1


def test_what_was_published_stays_as_it_was_published(team: Team) -> None:
    in_review(team)
    form = team.click(KIM, "reviews.publish")
    assert form is not None
    team.send(KIM, form.modal, text="Lee")
    text = team.review().markdown
    team.type(ERIK, "note something later")
    team.type(ERIK, "review")
    assert team.review().markdown == text
    with pytest.raises(RuleBroken, match="has published this review"):
        team.click(ERIK, "reviews.fill")


def test_filling_a_gap_says_who_said_it_and_redraws_the_text(team: Team) -> None:
    team.type(ERIK, "resolve rolled back")
    gaps = str(team.review_message().blocks)
    assert fill(team, PAT, users_affected="about 1,200 customers <3") is None
    assert "- Users affected: about 1,200 customers &lt;3 (Pat Rivera, 2026-11-20 14:05 UTC)" in team.review().markdown
    assert "First bad prediction" in gaps
    fill(team, PAT, first_bad_at="2026-11-20 13:40")
    assert "- First bad prediction: 2026-11-20 13:40 UTC (Pat Rivera, 2026-11-20 14:05 UTC)" in team.review().markdown
    assert f"{team.incident().first_bad_at:%H:%M}" == "13:40"
    assert "• First bad prediction" not in str(team.review_message().blocks)


@pytest.mark.parametrize(("typed", "said"), [("13:40?", "Write the time as"), ("2026-11-21 10:00", "not come yet")])
def test_a_time_that_cannot_be_read_or_has_not_come_is_asked_for_again(team: Team, typed: str, said: str) -> None:
    team.type(ERIK, "resolve rolled back")
    wrong = fill(team, PAT, first_bad_at=typed)
    assert isinstance(wrong, FieldErrors)
    assert said in wrong.errors["reviews.text"]


def test_words_that_blame_are_pointed_out(team: Team) -> None:
    team.type(ERIK, "resolve rolled back")
    fill(team, PAT, went_badly="It was human error, and Ana should have looked")
    assert "“human error” in _What went badly_ looks for somebody to blame" in str(team.review_message().blocks)


def test_it_is_dismissed_with_a_reason_that_stays_visible(team: Team) -> None:
    team.type(ERIK, "resolve rolled back")
    with pytest.raises(RuleBroken):
        team.click(LEE, "reviews.dismiss")
    form = team.click(ANA, "reviews.dismiss")
    assert form is not None
    assert isinstance(team.send(ANA, form.modal, reason=" "), FieldErrors)
    team.send(ANA, form.modal, reason="the same as INC-1 <last> week")
    assert "Dismissed: the same as INC-1" in team.review_message().text
    assert labels(team.review_message()) == []
    assert team.timeline("review")[-1].reason is not None
    with pytest.raises(RuleBroken, match="was dismissed"):
        team.click(ANA, "reviews.submit")


def test_it_can_be_handed_over_to_somebody_who_is_told(team: Team) -> None:
    team.type(ERIK, "resolve rolled back")
    form = team.click(ANA, "reviews.hand_over".replace("_", "-"))
    assert form is not None
    assert isinstance(team.send(ANA, form.modal, author=ANA), FieldErrors)
    assert team.send(ANA, form.modal, author=LEE) is None
    assert team.review().author == LEE
    assert len(team.told(LEE, "named you for the review of INC-1")) == 1
    assert "<@U02LEEOKA> is named for it" in team.review_message().text


def test_nobody_who_may_not_know_of_a_private_incident_gets_its_review(storage: Storage) -> None:
    team = Team(storage, private=True)
    team.type(ERIK, "resolve rolled back")
    form = team.click(ANA, "reviews.hand-over")
    assert form is not None
    assert isinstance(team.send(ANA, form.modal, author=LEE), FieldErrors)
    with pytest.raises(RuleBroken, match="no such incident"):
        team.click(LEE, "reviews.fill")
    assert "No review is waiting" in team.type(LEE, "reviews").text
    assert "One" not in team.type(LEE, "reviews").text
    assert "1 review is not published yet" in team.type(ANA, "reviews").text


def test_a_reopened_incident_takes_its_review_back_and_a_second_end_drafts_it_anew(team: Team) -> None:
    in_review(team)
    team.type(KIM, "reopen it is zero again")
    assert labels(team.review_message()) == ["Fill a gap"]
    assert "It waits until the incident is over" in team.review_message().text
    with pytest.raises(RuleBroken, match="open"):
        team.click(KIM, "reviews.publish")
    team.wait(days=3)
    team.type(KIM, "resolve this time for good")
    review = team.review()
    assert review.state == "draft"
    assert review.due_at is not None
    assert f"{review.due_at:%Y-%m-%d}" == "2026-11-30"
    assert "the promotion was not checked" in review.markdown
    assert "Reopened" in review.markdown or "it is zero again" in review.markdown


def test_the_list_is_cut_and_says_how_many_more_there_are(team: Team) -> None:
    for _ in range(34):
        team.id = team.declare(what="x" * 300)
        with team.storage.transaction() as tx:
            from storage import reviews

            reviews.create(tx, incident_id=team.id, author=ANA, due_at=team.now, now=team.now)
    team.id = team.declare(kind="test")
    with team.storage.transaction() as tx:
        reviews.create(tx, incident_id=team.id, author=ANA, due_at=None, now=team.now)
    answer = team.type(ANA, "reviews mine")
    assert answer.text == "34 of your reviews are not published yet."
    assert "… and 4 more" in str(answer.blocks)


# --- templates ---


def own(tmp_path: Path, text: str) -> Path:
    (tmp_path / "review.md.j2").write_text(text, "utf-8")
    return tmp_path / "policy.yaml"


def test_a_template_beside_the_policy_is_used(storage: Storage, tmp_path: Path) -> None:
    template = find_template(own(tmp_path, "# {{ review.number }} of {{ review.author }}\n{{ review.fields.impact }}"))
    team = Team(storage, review_template=template)
    team.type(ERIK, "resolve rolled back")
    assert team.review().markdown == ("# INC-1 of Ana Moreau\n**UNKNOWN** — Pat Rivera (product) can fill this in\n")


def test_without_one_there_is_the_shipped_one(tmp_path: Path) -> None:
    assert find_template(None) is None
    assert find_template(tmp_path / "policy.yaml") is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\n{% for x in %}", 2, "Expected an expression"),
        ("a\nb\n{{ review.nonsense }}", 3, "'review' has no attribute 'nonsense'"),
        ("{{ review.fields['impcat'] }}", 1, "has no attribute 'impcat'"),
        ("\n{{ review.__class__.__mro__ }}", 2, "unsafe"),
        ("{{ ''.__class__ }}", 1, "unsafe"),
        ("{{ review.fields.impact.__init__.__globals__ }}", 1, "unsafe"),
        ("{{ '%s' | format(review.__dict__) }}", 1, "unsafe"),
        ("{% set _ = review.timeline.append(1) %}", 1, "unsafe"),
        ("{% include '/etc/passwd' %}", 1, "no loader"),
        ("{{ 'a' * 1000000000 }}", 1, "whole numbers"),
        ("{{ 9 ** 9 }}", 1, "whole numbers"),
        ("{% for i in range(1000000000) %}{% endfor %}", 1, "Range too big"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", 1, "recursion"),
    ],
)
def test_a_template_that_cannot_or_must_not_be_used_is_refused_with_file_and_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(TemplateBroken) as broken:
        find_template(own(tmp_path, text))
    assert str(broken.value).startswith(f"{tmp_path / 'review.md.j2'}:{line}: ")
    assert said in str(broken.value)


def test_a_template_that_is_too_long_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateBroken, match="200,000"):
        find_template(own(tmp_path, "x" * 200_001))
    (tmp_path / "review.md.j2").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TemplateBroken, match="cannot be read"):
        find_template(tmp_path / "policy.yaml")


def test_a_template_that_fails_at_the_draft_costs_nobody_the_end_of_the_incident(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    team = Team(storage, review_template="{{ review.follow_ups[0].owner }}")  # fine until there are none
    team.type(ERIK, "resolve rolled back")
    assert team.incident().status == "resolved"
    assert team.review().markdown.startswith("# INC-1: scores are all zero")
    said = [row.payload["text"] for row in team.owed("SayInIncident")]
    assert len([text for text in said if text.startswith("This draft follows the shipped template, because")]) == 1
    assert "review.md.j2:1: the review template cannot be filled in" in caplog.text
