"""People are brought in one by one as far as they can be, and found behind the contacts of the catalogue."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import effects
from bot.effects.reaching import BringInGroup
from bot.slack.people import why_not
from storage.models import Participant
from tests.bot.delivery.world import ANA, KIM, LEE, SAM, World

NOBODY = "U99NOBODY"


def problems(world: World, number: int) -> dict[str | None, str | None]:
    with world.storage.reading() as tx:
        rows = tx.session.scalars(select(Participant).where(Participant.incident_id == number)).all()
        return {row.user_id: row.problem for row in rows}


def test_one_bad_invitee_never_stops_the_others(world: World) -> None:
    with world.working():
        number = world.open("bad invitee", users=(ANA, SAM, "U00MLINCB", NOBODY, LEE))
        world.settled()
    assert {ANA, LEE} <= set(world.slack.channel(world.channel(number))["members"])
    assert problems(world, number) == {
        ANA: None,
        LEE: None,
        "U00MLINCB": None,
        SAM: "cannot be invited; the Slack account may be deactivated",
        NOBODY: "not found in Slack",
    }
    assert len(world.calls("conversations.invite")) == 1
    assert len(world.effects("DrawCard")) == 2, "the card is redrawn to name them"
    assert set(world.states()) == {"done"}


@pytest.mark.parametrize("users", [(SAM,), (SAM, NOBODY)])
def test_where_nobody_can_be_invited_each_is_named(world: World, users: tuple[str, ...]) -> None:
    with world.working():
        number = world.open("nobody comes", users=users)
        world.settled()
    assert all(problems(world, number).values())
    assert set(world.states()) == {"done"}


def test_a_refusal_that_names_nobody_is_tried_person_by_person(world: World) -> None:
    world.slack.fault("conversations.invite", "error:user_is_restricted")
    with world.working():
        number = world.open("one by one", users=(ANA, LEE, KIM))
        world.settled()
    assert set(problems(world, number).values()) == {None}
    assert [call["args"]["users"] for call in world.calls("conversations.invite")][1:] == [ANA, LEE, KIM]


def test_whoever_is_there_already_is_no_problem(world: World) -> None:
    world.slack.fault("conversations.invite", "drop_after")
    with world.working():
        number = world.open("invited twice")
        world.settled()
    assert set(problems(world, number).values()) == {None}
    assert world.states("Invite") == ["done"]


def test_when_nobody_may_be_invited_the_card_says_so_until_an_operator_mends_it(world: World) -> None:
    world.slack.fault("conversations.invite", "error:missing_scope")
    with world.working():
        number = world.open("no scope")
        world.settled()
    assert world.states("Invite") == ["dead"]
    assert set(problems(world, number).values()) == {
        "could not be invited: the app lacks a scope; add it in its settings and install it again"
    }


def test_people_are_looked_up(world: World) -> None:
    with world.working():
        for user in (KIM, SAM, NOBODY):
            world.owe(effects.LookUpPerson(user=user))
        world.settled()
    found = {one["user_id"]: one for one in world.learnt}
    assert (found[KIM]["name"], found[KIM]["email"], found[KIM]["time_zone"]) == (
        "Kim Tanaka",
        "kim@example.com",
        "Asia/Tokyo",
    )
    assert found[SAM]["deactivated"] is True
    assert found[None]["problem"] == "not found in Slack"


def test_what_cannot_be_written_down_is_put_off_and_stops_nothing_else(world: World) -> None:
    world.broken_for = SAM
    with world.working() as worker:
        for user in (ANA, SAM, KIM):
            world.owe(effects.LookUpPerson(user=user))
        world.slack.wait_for(lambda: sorted(world.states()) == ["done", "done", "owed"])
        world.broken_for = ""
        world.settled()
        world.slack.wait_for(lambda: worker.counts.done["LookUpPerson"] == 3)
    assert {one["user_id"] for one in world.learnt} == {ANA, SAM, KIM}


def test_contacts_are_found_by_address_id_and_handle(world: World) -> None:
    contacts = [
        "ana@example.com",
        "Lee Okafor <LEE@example.com>",
        f"slack:{KIM}",
        "@jonas",
        "@nobody",
        "@risk-ds",
        "sam@example.com",
    ]
    contacts += [
        "slack-group:S0123456",
        "backstage:group:default/risk",
        "pagerduty:P123",
        "the risk people",
        f"slack:{SAM}",
    ]
    with world.working():
        for contact in contacts:
            world.owe(effects.ResolveContact(contact=contact))
        world.settled()
    found = {one["contact"]: (one["user_id"], one["problem"]) for one in world.learnt}
    group = "is a group; name one person, so that nobody pages a whole team by accident"
    assert found == {
        "ana@example.com": (ANA, None),
        "Lee Okafor <LEE@example.com>": (LEE, None),
        f"slack:{KIM}": (KIM, None),
        "@jonas": ("U06JONWEB", None),
        "@nobody": (None, "has a handle that nobody in Slack has"),
        "sam@example.com": (None, "has no active Slack account under this e-mail address"),
        "slack-group:S0123456": (None, "is no group that Slack knows"),
        "backstage:group:default/risk": (None, group),
        "pagerduty:P123": (None, "is a schedule; the model's oncall field is where it is asked"),
        "@risk-ds": (None, "is a Slack group; write slack-group:S01RISKDS to be asked whether it shall come"),
        "the risk people": (None, "has no e-mail address or Slack handle written down"),
        f"slack:{SAM}": (SAM, "the Slack account is deactivated"),
    }
    assert len(world.calls("users.list")) == 1, "the directory is read once for all handles"
    assert len(world.calls("usergroups.list")) == 1


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({}, None),
        ({"is_restricted": False, "is_stranger": False}, None),
        ({"is_restricted": True}, "is a guest in Slack; invite them by hand if they may read this"),
        (
            {"is_restricted": True, "is_ultra_restricted": True},
            "is a guest of one channel in Slack, and can join no other",
        ),
        ({"is_stranger": True}, "is from another company; invite them by hand if they may read this"),
        ({"is_bot": True}, "is an app, not a person"),
        ({"deleted": True, "is_bot": True}, "the Slack account is deactivated"),
    ],
)
def test_guests_strangers_apps_and_those_who_left_are_told_apart(user: dict[str, object], why: str | None) -> None:
    assert why_not(user) == why


def test_a_group_is_looked_up_with_its_handle_and_how_many_are_in_it(world: World) -> None:
    with world.working():
        world.owe(effects.ResolveContact(contact="slack-group:S01RISKDS"))
        world.settled()
    (found,) = world.learnt
    assert found["group"] == {"handle": "risk-ds", "people": 3}
    assert (found["user_id"], found["problem"]) == (None, None)


def test_a_plan_without_groups_says_so_and_stops_nothing(world: World) -> None:
    world.slack.fault("usergroups.list", "error:plan_upgrade_required")
    with world.working():
        world.owe(effects.ResolveContact(contact="slack-group:S01RISKDS"))
        world.settled()
    assert world.learnt[0]["problem"] == "cannot be looked up, because this Slack plan has no groups"


@pytest.mark.parametrize(
    ("fault", "problem"),
    [("error:no_such_subteam", "is no group in Slack any more"), ("error:user_not_found", None)],
)
def test_opening_a_group_learns_who_can_come_and_who_cannot(world: World, fault: str, problem: str | None) -> None:
    method = "usergroups.users.list" if problem else "users.info"
    world.slack.fault(method, fault)
    number = world.declare("a group")
    with world.working():
        world.owe(BringInGroup(incident_id=number, group="S01RISKDS", asked_by=ANA))
        world.settled()
    (learnt,) = world.learnt
    if problem:
        assert (learnt["people"], learnt["problem"]) == ([], problem)
    else:
        assert [one["user_id"] for one in learnt["people"]] == [LEE, KIM]
        assert list(learnt["unable"].values()) == ["not found in Slack"]
