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


def join(team: Team, by: str, answer: Answer) -> None:
    """Press the button that joins."""
    [label] = [one for one in labels(answer) if one.startswith("Join")]
    button = button_of(answer.blocks or [], label)
    team.click(by, button["action_id"], button["value"])


def said(team: Team) -> list[str]:
    """What the incident's channel is told."""
    return [row.payload["text"] for row in team.owed("SayInIncident") if row.payload["incident_id"] == team.id]


def test_five_that_open_within_minutes_end_in_one_incident_with_the_words_of_each(quiet: Team) -> None:
    opened(quiet, KIM, "ranker nothing is found")
    newest(quiet)
    join(quiet, PAT, opened(quiet, PAT, "table:dw.items rows doubled <!here>"))
    join(quiet, LEE, opened(quiet, LEE, "pages empty"))
    join(quiet, ANA, opened(quiet, ANA, "fraud-scorer scores are all zero"))
    join(quiet, ERIK, opened(quiet, ERIK, "pages still empty"))
    assert len(there(quiet)) == 1
    card = quiet.card()
    assert "*Hurt, too* pages: still empty (Erik Johansson); Fraud scoring: scores are all zero (Ana Moreau); " in card
    assert "table:dw.items: rows doubled @here (Pat Rivera)" in card.replace(r"\u2060", "")
    assert f"<@{ANA}> says that *Fraud scoring* is hurt, too: scores are all zero" in said(quiet)
    [note] = [entry for entry in quiet.timeline("note") if entry.author == ANA]
    assert note.text == "Fraud scoring is hurt, too: scores are all zero"


def test_pressed_twice_it_is_said_once(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    newest(quiet)
    answer = opened(quiet, LEE, "ranker nothing is found")
    join(quiet, LEE, answer)
    join(quiet, LEE, answer)
    assert len([one for one in said(quiet) if "is hurt, too" in one]) == 1


def test_whoever_owns_what_is_hurt_too_is_told_unless_they_are_there_or_know(quiet: Team) -> None:
    opened(quiet, KIM, "lonely strange")
    one = newest(quiet)
    keep(
        quiet.storage, {"other": {"owner": "pat@example.com", "upstreams": "lonely"}}, now=START + timedelta(minutes=5)
    )
    join(quiet, LEE, opened(quiet, LEE, "other strange as well"))
    [row] = [row for row in quiet.owed("Tell") if row.payload["name"] == f"affected:{one.id}:{PAT}"]
    assert "• *other* is hurt, too: strange as well (Lee Okafor)" in row.payload["text"]
    find_affected(quiet)  # finds the same model downstream of it
    assert len([row for row in quiet.owed("Tell") if row.payload["name"] == f"affected:{one.id}:{PAT}"]) == 1


def test_an_upstream_offers_the_incident_of_a_model_that_reads_it(quiet: Team) -> None:
    opened(quiet, KIM, "ranker nothing is found")
    answer = opened(quiet, LEE, "table:dw.items rows doubled")
    assert answer.text.startswith(
        "It may be the same: table:dw.items is read by Search ranking, which has an open incid"
    )


def test_a_model_offers_the_incident_of_a_model_that_reads_its_output(quiet: Team) -> None:
    opened(quiet, PAT, "refunds all refused")
    assert "Fraud scoring is read by refunds, which has an open inc" in opened(quiet, ANA, "fraud-scorer all zero").text


def test_a_model_that_was_named_in_an_incident_offers_that_one(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    join(quiet, LEE, opened(quiet, LEE, "ranker nothing is found"))
    quiet.wait(hours=48)
    answer = opened(quiet, PAT, "ranker is slow")
    assert "somebody said that Search ranking is hurt by the same as table:dw.items, which has an open" in answer.text


def test_what_shares_an_upstream_hours_later_is_a_matter_of_its_own(quiet: Team) -> None:
    opened(quiet, KIM, "fraud-scorer all zero")
    quiet.wait(hours=7)
    assert "is open" in opened(quiet, LEE, "ranker nothing is found").text


def test_joined_by_the_form_the_words_come_along_too(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    newest(quiet)
    answer = quiet.send(LEE, opened(quiet, LEE, "").modal, what="nothing <is> found " + '"' * 980, model="ranker")
    assert isinstance(answer, Answer)
    assert answer.modal is not None
    join(quiet, LEE, Answer(text="form", blocks=answer.modal["blocks"]))
    assert "Search ranking: nothing &lt;is&gt; found" in quiet.card()


def test_what_is_joined_once_it_is_over_changes_nothing(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    newest(quiet)
    answer = opened(quiet, LEE, "ranker nothing is found")
    quiet.type(KIM, "resolve backfilled")
    join(quiet, LEE, answer)
    assert "Hurt, too" not in quiet.card()


def test_what_was_written_as_private_is_not_brought_into_a_channel_that_all_can_read(quiet: Team) -> None:
    opened(quiet, KIM, "table:dw.items rows doubled")
    newest(quiet)
    form = opened(quiet, LEE, "").modal
    answer = quiet.send(LEE, form, what="somebody leaks them", model="ranker", private=["private"])
    assert isinstance(answer, Answer)
    assert answer.modal is not None
    join(quiet, LEE, Answer(text="form", blocks=answer.modal["blocks"]))
    assert [row.payload["users"] for row in quiet.owed("Invite")][-1] == [LEE]
    assert "leaks" not in quiet.card() + str(said(quiet)) + str([row.payload for row in quiet.owed("Tell")])


def test_where_only_some_may_note_others_join_without_words(storage: Storage) -> None:
    team = Team(storage, facts=FRAUD, policy="permissions: {note: owner}")
    keep(storage, {"refunds": {"owner": "pat@example.com", "upstreams": "fraud-scorer"}})
    join(team, PAT, opened(team, PAT, "refunds all refused"))
    assert [row.payload["users"] for row in team.owed("Invite")][-1] == [PAT]
    assert "is hurt, too" not in str(said(team))
