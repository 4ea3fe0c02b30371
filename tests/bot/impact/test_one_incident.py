"""One incident for all affected models: opened on an upstream, or joined when what a model reads is being looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.incidents.desk import Answer
from playbooks.lifecycle import RuleBroken
from storage import incidents
from storage.models import Incident
from storage.transaction import Storage
from tests.bot.impact.shop import FRAUD, KIM, LEE, PAT, find_affected, keep, lines, shop
from tests.bot.impact.test_telling import told
from tests.bot.runs.team import ANA, ERIK, START, Team, button_of, labels

ELSEWHERE = "C01GENERAL"


@pytest.fixture
def quiet(storage: Storage) -> Team:
    """The shop, where nothing is open."""
    team = shop(storage)
    team.type(ERIK, "resolve it was nothing")
    team.settle()
    return team


def opened(team: Team, by: str, text: str) -> Answer:
    return team.type(by, f"open {text}", channel=ELSEWHERE)


def there(team: Team) -> list[Incident]:
    """The open incidents, newest first."""
    with team.storage.reading() as tx:
        return incidents.listed(tx, user=KIM, everything=False, limit=9)


def newest(team: Team) -> Incident:
    one = there(team)[0]
    team.id = one.id
    with team.storage.transaction() as tx:
        tx.session.get_one(Incident, one.id).channel_id = f"C99INC00{one.id}"
    return one


@pytest.mark.parametrize(
    "text",
    [
        "table:dw.items rows doubled",
        "Table: DW.items rows doubled",
        "dw.items rows doubled",
        "`table:dw.items` rows doubled",
    ],
)
def test_an_upstream_opens_one_incident_for_all_models_that_read_it(quiet: Team, text: str) -> None:
    answer = opened(quiet, KIM, text)
    assert "is open: SEV1" in answer.text  # as important as the most important model that reads it
    one = newest(quiet)
    assert (one.model, one.title, one.model_known) == ("table:dw.items", "rows doubled", True)
    find_affected(quiet)
    assert lines(quiet).startswith(
        "*Affected downstream* Fraud scoring (Ana Moreau), Search ranking (Lee Okafor), refunds (Pat Rivera), "
        "pages (nobody@example.com); checkout, manual-review"
    )
    assert [user for user in told(quiet) if user in {ANA, LEE, PAT}][-3:] == [ANA, LEE, PAT]
    [said] = [row.payload["text"] for row in quiet.owed("Tell") if row.payload["name"] == f"affected:{one.id}:{LEE}"]
    assert "• *Search ranking* reads table:dw.items\n• *pages* reads table:dw.items" in said
    assert "Not a model, but something that models read" in quiet.card()


def test_the_second_time_the_upstream_has_an_open_incident_already(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    assert "has an open incident already" in opened(quiet, ANA, "dw.items rows are gone").text
    assert len(there(quiet)) == 1


@pytest.mark.parametrize("text", ["payments are gone", "checkout is down", "items.unknown rows doubled", "dwitems x"])
def test_plain_words_and_systems_are_no_upstream(quiet: Team, text: str) -> None:
    assert opened(quiet, KIM, text).modal is not None
    assert there(quiet) == []


def test_a_system_that_a_model_reads_is_an_upstream_too(quiet: Team) -> None:
    keep(quiet.storage, {"planner": {"upstreams": "manual-review"}}, now=START + timedelta(minutes=5))
    assert "is open" in opened(quiet, KIM, "manual-review answers nothing").text
    assert newest(quiet).model == "manual-review"


def test_an_upstream_without_words_asks_what_is_wrong(quiet: Team) -> None:
    form = opened(quiet, KIM, "table:dw.items").modal
    assert form is not None
    quiet.send(KIM, form, what="rows doubled", model="table:dw.items")
    assert newest(quiet).model == "table:dw.items"


def test_an_upstream_typed_into_the_form_is_that_upstream(quiet: Team) -> None:
    quiet.send(KIM, opened(quiet, KIM, "").modal, what="rows doubled", model="?DW.items")
    assert newest(quiet).model == "table:dw.items"


def test_a_model_whose_upstream_has_an_open_incident_offers_to_join_that_one(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    number = newest(quiet).id
    answer = opened(quiet, LEE, "ranker nothing is found")
    assert answer.text.startswith(
        "It may be the same: Search ranking reads table:dw.items, which has an open incident: *SEV1 · "
    )
    assert labels(answer) == [f"Join INC-{number}", "Something else: open another"]
    join = button_of(answer.blocks or [], f"Join INC-{number}")
    quiet.click(LEE, join["action_id"], join["value"])
    assert [row.payload["users"] for row in quiet.owed("Invite")][-1] == [LEE]
    assert len(there(quiet)) == 1


def test_a_model_that_reads_the_output_of_a_broken_model_offers_to_join_that_one(quiet: Team) -> None:
    opened(quiet, KIM, "fraud-scorer all zero")
    assert "refunds reads Fraud scoring, which has an open incident" in opened(quiet, PAT, "refunds all refused").text


def test_a_model_that_reads_the_same_offers_to_join_and_says_what_is_shared(quiet: Team) -> None:
    opened(quiet, KIM, "fraud-scorer all zero")
    answer = opened(quiet, LEE, "ranker nothing is found")
    assert "Search ranking reads table:dw.items, as does Fraud scoring, which has an open incident" in answer.text


def test_it_may_be_something_else_and_then_another_opens(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    another = button_of(opened(quiet, LEE, "ranker nothing is found").blocks or [], "Something else: open another")
    quiet.click(LEE, another["action_id"], another["value"])
    assert [one.model for one in there(quiet)] == ["ranker", "table:dw.items"]


def test_another_incident_of_the_upstream_itself_has_its_card_too(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    another = button_of(opened(quiet, LEE, "dw.items has new columns").blocks or [], "Something else: open another")
    quiet.click(LEE, another["action_id"], another["value"])
    [second, first] = there(quiet)
    assert second.card is not None
    assert first.card is not None
    assert second.card["facts"].keys() == first.card["facts"].keys()


def test_the_form_offers_it_too(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    form = opened(quiet, LEE, "").modal
    answer = quiet.send(LEE, form, what="nothing is found", model="ranker")
    assert isinstance(answer, Answer)
    assert answer.modal is not None
    assert "It may be the same: Search ranking reads table:dw.items" in str(answer.modal["blocks"])
    quiet.send(LEE, answer.modal)
    assert [one.model for one in there(quiet)] == ["ranker", "table:dw.items"]


@pytest.mark.parametrize("said", [{"private": True}, {"kind": "test"}, {"kind": "drill"}])
def test_private_incidents_tests_and_drills_are_offered_to_nobody(quiet: Team, said: dict[str, Any]) -> None:
    quiet.declare(model="table:dw.items", what="rows doubled", **said)
    assert "is open" in opened(quiet, LEE, "ranker nothing is found").text


def test_a_model_that_shares_nothing_opens_at_once(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    assert "is open" in opened(quiet, KIM, "lonely strange").text


def test_where_owners_alone_may_open_the_owners_of_readers_may_open_on_the_upstream(storage: Storage) -> None:
    team = Team(storage, facts=FRAUD, policy="permissions: {open: owner}")
    team.type(ERIK, "resolve it was nothing")
    with pytest.raises(RuleBroken):
        opened(team, KIM, "table:dw.items rows doubled")
    assert "is open" in opened(team, ANA, "table:dw.items rows doubled").text
