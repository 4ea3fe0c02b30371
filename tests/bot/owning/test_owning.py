"""Saying whose a model is: confirmed, given up, handed over, and what the next incident makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.effects import LookUpPerson
from bot.incidents.desk import Answer, FieldErrors
from playbooks.card import Fact, ModelCard
from playbooks.lifecycle import RuleBroken
from storage import catalogue, participants, people
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, FACTS, KIM, LEE, PAT, START, Team, labels


@pytest.fixture
def team(storage: Storage) -> Team:
    return Team(storage)


def card(team: Team) -> ModelCard:
    with team.storage.reading() as tx:
        found = catalogue.card(tx, "fraud-scorer")
    assert found is not None
    return found


def who(team: Team, by: str) -> Answer:
    return team.type(by, "who fraud-scorer")


def hand_over(team: Team, by: str, to: str, why: str = "") -> FieldErrors | None:
    form = team.click(by, "owning.hand-over", "fraud-scorer")
    assert form is not None
    return team.send(by, form.modal, to=to, why=why)  # type: ignore[return-value]


def not_mine(team: Team, by: str, why: str) -> Answer | FieldErrors:
    form = team.click(by, "owning.not-mine", "fraud-scorer")
    assert form is not None
    return team.send(by, form.modal, why=why)  # type: ignore[return-value]


def invited(team: Team) -> set[str]:
    """Whom the next incident of the model concerns as its owner."""
    number = team.declare()
    with team.storage.reading() as tx:
        rows = participants.of_incident(tx, number)
    return {row.user_id for row in rows if row.why == "owner" and row.user_id}


def test_the_owner_confirms_and_is_asked_again_after_ninety_days(team: Team) -> None:
    assert labels(who(team, ANA))[-3:] == ["Still mine", "Hand over to…", "Not mine any more"]
    answer = team.press(ANA, "Still mine", who(team, ANA))
    assert answer is not None
    assert "still yours. You are asked again in 90 days" in answer.text
    assert card(team).text("reviewed_at") == "2026-11-20"
    assert card(team).facts["reviewed_at"].source == "confirmed in Slack by Ana Moreau"


def test_nobody_but_owner_backup_and_lead_says_whose_it_is(team: Team) -> None:
    assert "Still mine" not in labels(who(team, ERIK))
    for action in ("owning.still-mine", "owning.hand-over", "owning.take"):
        with pytest.raises(RuleBroken, match=f"<@{ANA}>"):
            team.click(ERIK, action, "fraud-scorer")
    with pytest.raises(RuleBroken, match="does not name you"):
        team.click(KIM, "owning.not-mine", "fraud-scorer")
    assert card(team).owner == "Ana Moreau <ana@example.com>"


def test_a_model_is_handed_over_and_the_next_incident_invites_its_new_owner(team: Team) -> None:
    assert invited(team) == {ANA}
    assert hand_over(team, ANA, LEE, "The threshold is in the wiki") is None
    assert card(team).owner == "Lee Okafor <lee@example.com>"
    assert "The threshold is in the wiki" in team.told(LEE)[-1]
    assert invited(team) == {LEE}
    refused = hand_over(team, LEE, LEE)
    assert isinstance(refused, FieldErrors)
    assert "own it already" in str(refused.errors)


def test_what_the_registry_says_later_is_the_newer_word(team: Team) -> None:
    hand_over(team, ANA, LEE)
    with team.storage.transaction() as tx:
        facts = {key: Fact(value, "models.yaml", START) for key, value in FACTS.items()}
        facts["owner"] = Fact("pat@example.com", "models.yaml", START + timedelta(days=1))
        catalogue.keep(tx, ModelCard("fraud-scorer", facts), now=START + timedelta(days=1))
    assert card(team).owner == "pat@example.com"


def test_whoever_gives_a_model_up_says_why_and_the_team_lead_is_asked_who_takes_it(team: Team) -> None:
    assert isinstance(not_mine(team, ANA, " "), FieldErrors)
    noted = not_mine(team, ANA, "I moved to search; Lee knows it best")
    assert isinstance(noted, Answer)
    assert noted.text == f"Noted: *Fraud scoring* is not yours any more. <@{KIM}> is asked who takes it."
    assert card(team).owner is None
    [asked] = [row for row in team.owed("Tell") if row.payload["user"] == KIM]
    assert "Lee knows it best" in asked.payload["text"]
    assert [part["text"]["text"] for part in asked.payload["blocks"][-1]["elements"]] == [
        "Mine from now on",
        "Hand over to…",
    ]
    assert invited(team) == set()
    team.click(KIM, "owning.take", "fraud-scorer")
    assert card(team).owner == "Kim Tanaka <kim@example.com>"
    with pytest.raises(RuleBroken, match="by now"):
        team.click(KIM, "owning.take", "fraud-scorer")
    assert invited(team) == {KIM}


def test_an_app_or_a_deactivated_account_owns_nothing(team: Team) -> None:
    with team.storage.transaction() as tx:
        people.keep_person(tx, PAT, name="Pat Rivera", deactivated=True, now=START)
    refused = hand_over(team, ANA, PAT)
    assert isinstance(refused, FieldErrors)
    assert "deactivated" in str(refused.errors)


def test_the_lead_is_asked_once_when_an_owner_leaves(team: Team) -> None:
    learnt = {"name": "Ana Moreau", "email": "ana@example.com", "deactivated": True}
    for _ in range(2):
        with team.storage.transaction() as tx:
            team.feature.learnt[LookUpPerson](team.desk(tx, ""), LookUpPerson(user=ANA), learnt)
    told = team.told(KIM, "Ana Moreau has left")
    assert len(told) == 1
    hand_over(team, KIM, LEE)
    assert invited(team) == {LEE}


def test_models_mine_has_the_buttons_for_what_one_owns(team: Team) -> None:
    assert labels(team.type(ANA, "models mine"))[:3] == ["Still mine", "Hand over to…", "Not mine any more"]
    assert "Still mine" not in labels(team.type(KIM, "models mine"))
    assert "Still mine" not in labels(team.type(ANA, "models"))


def test_ready_says_what_is_missing_and_the_line_that_adds_it(team: Team) -> None:
    answer = team.type(ERIK, "ready Fraud-Scorer")
    assert "lacks" in answer.text
    assert "`owner.backup: ana@example.com`" in str(answer.blocks)
    assert "% documented" in answer.text
    assert "Did you mean" in team.type(ERIK, "ready fraud-scorr").text
