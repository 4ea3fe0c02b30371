"""Nobody is told for nothing, and nobody twice: what everybody reads, a second incident, and owners who are gone."""

from __future__ import annotations

import pytest

from bot.incidents.offers import MOST_TOLD
from playbooks.card import FactValue
from playbooks.lineage_near import MOST_READERS
from storage import people
from storage.transaction import Storage
from tests.bot.impact.shop import KIM, LEE, PAT, find_affected, keep, lines, shop
from tests.bot.impact.test_telling import message, told
from tests.bot.runs.team import ANA, ERIK, START, Team


def crowd(storage: Storage, number: int, *, reads: str) -> None:
    """So many models that read the same, each with an owner of its own."""
    models: dict[str, dict[str, FactValue]] = {}
    with storage.transaction() as tx:
        for at in range(number):
            mail, user = f"p{at:03}@example.com", f"U77CROWD{at:03}"
            people.keep_person(tx, user, name=f"Person {at:03}", now=START)
            people.keep_contact(tx, mail, user_id=user, problem=None, now=START)
            models[f"m{at:03}"] = {"owner": mail, "upstreams": reads, "tier": str(at % 4)}
    keep(storage, models)


def another(team: Team, model: str) -> list[str]:
    """One more incident: whom it tells."""
    before = len(told(team))
    team.id = team.declare(model=model, what="rows doubled")
    find_affected(team)
    return told(team)[before:]


def test_what_everybody_reads_is_counted_and_its_readers_are_left_in_peace(storage: Storage) -> None:
    crowd(storage, 300, reads="topic:payments")
    team = shop(storage)
    assert told(team) == [PAT, LEE]
    assert "*Read by many, whose owners are not told* topic:payments (301 other models)" in lines(team)
    assert "m000" not in lines(team)
    assert not [row for row in team.owed("SayInIncident") if "Also affected" in row.payload["text"]]


def test_what_few_read_still_makes_neighbours(storage: Storage) -> None:
    crowd(storage, MOST_READERS - 1, reads="topic:payments")  # one more reads it in the shop
    assert len(told(shop(storage))) == MOST_TOLD


def test_opened_on_what_everybody_reads_the_owners_of_the_most_important_are_told(storage: Storage) -> None:
    crowd(storage, 300, reads="topic:clicks")
    team = shop(storage)
    assert another(team, "topic:clicks") == [f"U77CROWD{at:03}" for at in range(0, 60, 4)]
    [said] = [row.payload["text"] for row in team.owed("SayInIncident") if "Not told" in row.payload["text"]]
    assert said.startswith("Owners of the most important models alone were told. Not told: m060 (Person 060), ")
    assert said.endswith("and 275 more. `/ml-incident impact` shows everything.")


def test_a_second_incident_tells_nobody_again_and_says_who_told_them(storage: Storage) -> None:
    team = shop(storage)
    first = team.id
    assert another(team, "table:dw.items") == [ANA]
    assert f"*Told already, of INC-{first}* Lee Okafor, Pat Rivera" in lines(team)


def test_of_a_second_incident_only_what_is_new_to_them_is_told(storage: Storage) -> None:
    team = shop(storage)
    keep(storage, {"stock": {"owner": "lee@example.com", "upstreams": "table:dw.items"}})
    assert LEE in another(team, "table:dw.items")
    assert [line for line in message(team, LEE)["text"].splitlines() if line.startswith("•")] == [
        "• *stock* reads table:dw.items"
    ]


@pytest.mark.parametrize("since", ["it is over", "it was hours ago"])
def test_what_is_over_or_long_ago_keeps_nobody_from_being_told(storage: Storage, since: str) -> None:
    team = shop(storage)
    if since == "it is over":
        team.type(ERIK, "resolve it was nothing")
    else:
        team.wait(hours=5)
    assert {LEE, PAT} <= set(another(team, "table:dw.items"))
    assert "Told already" not in lines(team)


def test_where_owner_and_backup_are_gone_the_lead_is_told_and_why(storage: Storage) -> None:
    keep(storage, {"left": {"owner": "sam@example.com", "owner.backup": "nobody@example.com",
                            "team.lead": "kim@example.com", "upstreams": "topic:payments"}})  # fmt: skip
    team = shop(storage)
    assert KIM in told(team)
    assert (
        "• *left* reads topic:payments, too. You lead its team, and its owner cannot be reached"
        in (message(team, KIM)["text"])
    )


def test_a_guest_is_passed_over_for_the_backup(storage: Storage) -> None:
    with storage.transaction() as tx:
        people.keep_contact(tx, "gus@example.com", user_id="U88GUEST00", problem="is a guest in Slack", now=START)
    keep(storage, {"g": {"owner": "gus@example.com", "owner.backup": "kim@example.com", "upstreams": "topic:payments"}})
    assert told(shop(storage)) == [PAT, LEE, KIM]


def test_owners_are_named_however_many_more_important_models_there_are(storage: Storage) -> None:
    crowd(storage, 80, reads="fraud-scorer")
    team = shop(storage)
    assert "Search ranking (Lee Okafor): table:dw.items" in lines(team)
    answer = team.type(KIM, "impact").text
    assert "owner UNKNOWN" not in answer
    assert "m003 (Person 003)" in answer


def test_the_card_of_a_second_incident_says_which_earlier_one_may_be_the_same(storage: Storage) -> None:
    team = shop(storage)
    first = team.id
    another(team, "table:dw.items")
    assert lines(team).startswith(
        f"*May be the same as* INC-{first} (<#C99INC00{first}>): table:dw.items is read by Fraud scoring\n"
    )
    second, team.id = team.id, first
    assert "May be the same" not in lines(team)
    team.id = second
    another(team, "lonely")
    assert "May be the same" not in lines(team)


@pytest.mark.parametrize("first", [{"private": True}, {"kind": "drill"}])
def test_a_second_card_betrays_no_private_incident_and_no_drill(storage: Storage, first: dict[str, object]) -> None:
    team = shop(storage, **first)
    another(team, "table:dw.items")
    assert "May be the same" not in lines(team)


def test_of_two_in_the_same_moment_only_the_later_one_names_the_other(storage: Storage) -> None:
    team = shop(storage)
    team.type(ERIK, "resolve it was nothing")
    first = team.declare(model="ranker", what="stale")
    second = team.declare(model="table:dw.items", what="rows doubled")
    find_affected(team)
    team.id = first
    assert "May be the same" not in lines(team)
    team.id = second
    assert f"*May be the same as* INC-{first}" in lines(team)
