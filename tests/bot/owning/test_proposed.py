"""Asking those who may own a model: once, in one message, and nobody is made an owner who did not say yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.effects import Tell
from bot.incidents.desk import FieldErrors
from bot.incidents.proposed import ask_owners
from playbooks.card import Fact, ModelCard
from playbooks.lifecycle import RuleBroken
from storage import catalogue, outbox, people
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.runs.team import ANA, ERIK, KIM, LEE, PAT, START, Team

SAID = "CODEOWNERS line 12 (/services/fraud/)"


@pytest.fixture
def team(storage: Storage) -> Team:
    return Team(storage, facts={"plain_name": "Fraud scoring", "tier": "1"})


def ask(team: Team, **proposed: str) -> list[str]:
    """Model (with _ for -) → the contact that was found for it."""
    with team.storage.transaction() as tx:
        found = {model.replace("_", "-"): (contact, SAID) for model, contact in proposed.items()}
        return ask_owners(team.desk(tx, ""), found)


def listed(team: Team, name: str, **facts: str) -> None:
    with team.storage.transaction() as tx:
        known = {key: Fact(value, "models.yaml", START) for key, value in facts.items()}
        catalogue.keep(tx, ModelCard(name, known), now=START)


def owner(team: Team) -> str | None:
    with team.storage.reading() as tx:
        found = catalogue.card(tx, "fraud-scorer")
    assert found is not None
    return found.owner


def asked(team: Team, user: str) -> list[Effect]:
    return [row for row in team.owed(Tell.__name__) if row.payload["user"] == user and "own " in row.payload["text"]]


def test_whoever_says_yes_owns_the_model_and_the_next_incident_knows(team: Team) -> None:
    assert ask(team, fraud_scorer="ana@example.com")[0] == "1 person is asked in Slack, unless they were today."
    [message] = asked(team, ANA)
    assert SAID in str(message.payload["blocks"])
    buttons = [part["text"]["text"] for part in message.payload["blocks"][-1]["elements"]]
    assert buttons == ["Yes, mine", "No", "Ask …"]
    assert owner(team) is None
    answer = team.click(ANA, "owning.yes", "fraud-scorer")
    assert answer is not None
    assert "yours from now on" in answer.text
    assert owner(team) == "Ana Moreau <ana@example.com>"
    with pytest.raises(RuleBroken, match=f"<@{ANA}> owns .* by now"):
        team.click(LEE, "owning.yes", "fraud-scorer")


def test_whoever_says_no_is_not_asked_again_and_others_may_be(team: Team) -> None:
    ask(team, fraud_scorer="ana@example.com")
    answer = team.click(ANA, "owning.no", "fraud-scorer")
    assert answer is not None
    assert "not asked again" in answer.text
    team.wait(days=30)
    assert ask(team, fraud_scorer="ana@example.com")[0].startswith("0 people are asked")
    assert ask(team, fraud_scorer="lee@example.com")[0].startswith("1 person is asked")
    assert (len(asked(team, ANA)), len(asked(team, LEE))) == (1, 1)
    team.click(LEE, "owning.yes", "fraud-scorer")
    with pytest.raises(RuleBroken, match="by now"):
        team.click(PAT, "owning.no", "fraud-scorer")
    assert owner(team) == "Lee Okafor <lee@example.com>", "a late no takes nothing from whoever said yes"


def test_somebody_else_is_asked_whom_the_first_one_names(team: Team) -> None:
    form = team.click(ANA, "owning.ask", "fraud-scorer")
    assert form is not None
    assert isinstance(team.send(ANA, form.modal, to=ANA), FieldErrors)
    assert team.send(ANA, form.modal, to=KIM) is None
    [message] = asked(team, KIM)
    assert f"<@{ANA}> thinks that you may own this model" in message.payload["text"]
    team.click(KIM, "owning.no", "fraud-scorer")
    refused = team.send(ANA, form.modal, to=KIM)
    assert isinstance(refused, FieldErrors)
    assert "not theirs" in str(refused.errors)
    with team.storage.transaction() as tx:
        people.keep_person(tx, PAT, name="Pat Rivera", deactivated=True, now=START)
    assert isinstance(team.send(ANA, form.modal, to=PAT), FieldErrors)


def test_one_message_a_day_holds_ten_models_the_most_critical_first(team: Team) -> None:
    for number in range(12):
        listed(team, f"m{number}", tier="0" if number == 11 else "3")
    proposed = {f"m{number}": "ana@example.com" for number in range(12)}
    ask(team, **proposed)
    ask(team, **proposed)
    [message] = asked(team, ANA)
    said = [block["text"]["text"] for block in message.payload["blocks"] if block["type"] == "section"]
    assert len(said) == 11
    assert "`m11`" in said[1]
    team.wait(days=1)
    ask(team, **proposed)
    assert len(asked(team, ANA)) == 2


def test_on_day_one_a_thousand_who_are_asked_wait_for_an_incident(team: Team) -> None:
    ask(team, fraud_scorer="ana@example.com")
    [message] = asked(team, ANA)
    assert message.priority >= outbox.UNHURRIED
    assert message.stream != Tell(user=ANA, text="").stream, "what else Ana is told does not wait for it"


def test_models_with_an_owner_or_outside_the_catalogue_are_nobodys_question(team: Team) -> None:
    listed(team, "owned", owner="lee@example.com")
    ask(team, owned="ana@example.com", nowhere="ana@example.com")
    assert asked(team, ANA) == []


def test_whom_slack_was_not_asked_about_is_looked_up_first(team: Team) -> None:
    said = ask(team, fraud_scorer="new@example.com")
    assert said[1] == "1 address is looked up in Slack now: ask again then."
    assert [row.payload["contact"] for row in team.owed("ResolveContact")] == ["new@example.com"]
    with team.storage.transaction() as tx:
        people.keep_contact(tx, "new@example.com", user_id=ERIK, problem=None, now=START + timedelta(minutes=1))
    ask(team, fraud_scorer="new@example.com")
    assert len(asked(team, ERIK)) == 1


def test_a_name_under_which_nobody_is_asked_is_only_counted(team: Team) -> None:
    assert ask(team, fraud_scorer="lee")[1:] == ["1 proposed owner cannot be reached in Slack."]
    assert team.owed("ResolveContact") == []
