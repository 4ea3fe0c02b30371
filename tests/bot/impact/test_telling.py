"""On opening: the card names who is affected, and those who own it are told once each, with a way in."""

from __future__ import annotations

from typing import Any

import pytest

from bot.effects.impact import FindAffected
from bot.incidents import affected
from bot.incidents.offers import MOST_TOLD
from playbooks.card import FactValue
from storage import people
from storage.models import Participant
from storage.transaction import Storage
from tests.bot.impact.shop import KIM, LEE, PAT, find_affected, keep, lines, shop
from tests.bot.runs.team import ANA, ERIK, START, Team, button_of


def told(team: Team) -> list[str]:
    """Who got a message about it."""
    return [row.payload["user"] for row in team.owed("Tell") if (row.payload["name"] or "").startswith("affected:")]


def message(team: Team, user: str) -> dict[str, Any]:
    [row] = [one for one in team.owed("Tell") if one.payload["name"] == f"affected:{team.id}:{user}"]
    payload: dict[str, Any] = row.payload
    return payload


def test_the_card_names_who_is_downstream_who_reads_the_same_and_which_experiments_run(storage: Storage) -> None:
    team = shop(storage)
    assert lines(team).splitlines() == [
        "*Affected downstream* refunds (Pat Rivera); checkout, manual-review, support-desk",
        (
            "*Read the same* Search ranking (Lee Okafor): table:dw.items; "
            "orphan (Sam Doyle, deactivated): topic:payments; pages (nobody@example.com): table:dw.items"
        ),
        "*Experiments that it may spoil* exp-412 on Fraud scoring",
        "*Their owners were told* Pat Rivera, Lee Okafor",
    ]
    assert "<@" not in lines(team)
    [noted] = [entry for entry in team.timeline("bot") if (entry.data or {}).get("what") == "affected"]
    assert noted.text.startswith("Affected downstream refunds (Pat Rivera)")


def test_each_owner_is_told_once_of_all_that_is_theirs_and_the_backup_where_the_owner_is_out_of_reach(
    storage: Storage,
) -> None:
    team = shop(storage)
    assert told(team) == [PAT, LEE]
    assert str(message(team, LEE)["text"]).splitlines() == [
        f"*SEV2 · INC-{team.id} · investigating* is open for Fraud scoring: scores are all zero",
        "It may reach what you own:",
        "• *Search ranking* reads table:dw.items, too",
        "• *pages* reads table:dw.items, too",
        "You are not asked to come. Join if yours is hurt, or to follow it.",
    ]
    assert "• *refunds* reads Fraud scoring" in str(message(team, PAT)["text"])


def test_nobody_is_brought_in_by_force_and_the_button_lets_them_in(storage: Storage) -> None:
    team = shop(storage)
    assert all(LEE not in row.payload["users"] for row in team.owed("Invite"))
    button = button_of(message(team, LEE)["blocks"], f"Join INC-{team.id}")
    team.click(LEE, button["action_id"], button["value"])
    assert [row.payload["users"] for row in team.owed("Invite")][-1] == [LEE]


def test_owners_whom_nobody_can_reach_are_named_in_the_channel(storage: Storage) -> None:
    team = shop(storage)
    [said] = [row.payload["text"] for row in team.owed("SayInIncident") if "Also affected" in row.payload["text"]]
    assert said.startswith("Also affected, and nobody could be told of it: orphan (Sam Doyle).")


def test_whoever_takes_part_anyway_is_not_told_again(storage: Storage) -> None:
    keep(storage, {"mine": {"owner": "erik@example.com", "upstreams": "topic:payments"},
                   "hers": {"owner": "ana@example.com", "upstreams": "topic:payments"}})  # fmt: skip
    assert told(shop(storage)) == [PAT, LEE]


def test_found_out_twice_it_is_told_once(storage: Storage) -> None:
    team = shop(storage)
    before = (len(team.owed("Tell")), len(team.owed("SayInIncident")), len(team.timeline("bot")))
    effect = FindAffected(incident_id=team.id)
    with storage.transaction() as tx:
        learnt = affected.found(team.desk(tx, ""), effect)
        assert learnt is not None
        affected.note(team.desk(tx, ""), effect, learnt)
    assert (len(team.owed("Tell")), len(team.owed("SayInIncident")), len(team.timeline("bot"))) == before


@pytest.mark.parametrize("said", [{"private": True}, {"kind": "test"}, {"kind": "drill"}])
def test_of_private_incidents_tests_and_drills_nobody_outside_is_told(
    storage: Storage, said: dict[str, object]
) -> None:
    team = shop(storage, **said)
    assert told(team) == []
    assert not [row for row in team.owed("SayInIncident") if "Also affected" in row.payload["text"]]
    assert "*Affected downstream* refunds" in lines(team)
    assert "told" not in lines(team)


def test_of_very_many_owners_some_are_told_and_the_rest_are_named(storage: Storage) -> None:
    crowd: dict[str, dict[str, FactValue]] = {}
    with storage.transaction() as tx:
        for number in range(40):
            name, user = f"p{number:02}", f"U77CROWD{number:02}"
            people.keep_person(tx, user, name=f"Person {number:02}", now=START)
            people.keep_contact(tx, f"{name}@example.com", user_id=user, problem=None, now=START)
            crowd[f"m{number:02}"] = {
                "owner": f"{name}@example.com",
                "upstreams": "fraud-scorer",
                "tier": str(number % 4),
            }
    keep(storage, crowd)
    team = shop(storage)
    there = told(team)
    assert len(there) == MOST_TOLD
    assert "U77CROWD00" in there  # of tier 0
    assert "U77CROWD03" not in there
    [said] = [row.payload["text"] for row in team.owed("SayInIncident") if "Also affected" in row.payload["text"]]
    assert (
        "nobody could be told of it: orphan (Sam Doyle). Owners of the most important models alone were told." in said
    )
    assert said.count("(Person ") == 10
    assert "more. `/ml-incident impact` shows everything." in said


def test_an_incident_that_is_over_by_then_troubles_nobody(storage: Storage) -> None:
    team = shop(storage)
    team.settle()
    team.id = team.declare(model="ranker", what="stale")
    team.type(ERIK, "resolve it was nothing")
    find_affected(team)
    assert [one for one in told(team) if one not in {LEE, PAT}] == []
    assert not [row for row in team.owed("Tell") if row.payload["name"] == f"affected:{team.id}:{ANA}"]


def test_a_model_that_nothing_is_known_of_says_nothing(storage: Storage) -> None:
    team = shop(storage)
    team.settle()
    team.id = team.declare(model="lonely", what="strange")
    find_affected(team)
    assert lines(team) == ""
    assert team.timeline("bot") == []


def test_what_the_catalogue_never_listed_says_nothing(storage: Storage) -> None:
    team = shop(storage)
    team.id = team.declare(model="never heard of", what="strange")
    find_affected(team)
    assert lines(team) == ""


def test_the_card_keeps_what_was_true_when_it_was_opened(storage: Storage) -> None:
    team = shop(storage)
    keep(storage, {"later": {"owner": "kim@example.com", "upstreams": "fraud-scorer"}})
    assert "later" not in lines(team)
    assert KIM not in told(team)
    with storage.reading() as tx:
        assert tx.session.query(Participant).filter_by(user_id=LEE).count() == 0


def test_the_card_in_the_channel_shows_it_once_it_is_found_out(storage: Storage) -> None:
    team = shop(storage)
    assert "*Affected downstream* refunds (Pat Rivera)" in team.card()
    team.id = team.declare(model="ranker", what="stale")
    assert "Affected downstream" not in team.card()


def test_the_card_is_drawn_again_when_it_is_found_out(storage: Storage) -> None:
    team = shop(storage)
    team.id = team.declare(model="ranker", what="stale")
    team.settle()
    effect = FindAffected(incident_id=team.id)
    with storage.transaction() as tx:
        learnt = affected.found(team.desk(tx, ""), effect)
        assert learnt is not None
        affected.note(team.desk(tx, ""), effect, learnt)
    assert [row.payload["incident_id"] for row in team.owed("DrawCard") if row.state != "done"] == [team.id]
