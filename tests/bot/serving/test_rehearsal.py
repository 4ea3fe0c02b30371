"""The workspace of a rehearsal: believable people and channels from whatever the operator's cards say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo.cast import YOU
from bot.demo.company import write_company
from bot.demo.own import tries
from bot.sandbox.records import Channel, User
from bot.sandbox.workspace import Workspace, open_workspace
from playbooks.card import Fact, ModelCard

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PLACES = {"announcements": "ml-incidents", "digest": "ml-incidents"}


def card(name: str = "churn", /, **facts: str) -> ModelCard:
    return ModelCard(name, {key.replace("__", "."): Fact(value, "models.yaml", NOW) for key, value in facts.items()})


def workspace(folder: Path, *cards: ModelCard, places: dict[str, str] = PLACES, zone: str = "UTC") -> Workspace:
    return open_workspace(write_company(cards, places=places, zone=zone, into=folder / "company.yaml"))


def people(ws: Workspace) -> list[User]:
    return [user for user in ws.users.values() if not user.is_bot and user.id != YOU]


def channel(ws: Workspace, name: str) -> Channel:
    return ws.channels[ws.find_channel_id(name)]


@pytest.mark.parametrize(
    ("written", "called", "handle"),
    [
        ("zoe.odegard@shop.example", "Zoe Odegard", "zoe.odegard"),
        ("Zoé Ödegård <zoe@shop.example>", "Zoé Ödegård", "zoe"),
        ("Dr. J. O'Neil <ml+oneil@shop.example>", "Dr. J. O'Neil", "ml-oneil"),
        ("@Max.M", "Max M", "max.m"),
    ],
)
def test_an_owner_is_a_person_however_they_are_written(tmp_path: Path, written: str, called: str, handle: str) -> None:
    (one,) = people(workspace(tmp_path, card(owner=written)))
    assert (one.real_name, one.name, one.tz, one.title) == (called, handle, "UTC", "Owner of churn")


def test_somebody_of_whom_only_an_id_is_known_gets_a_name_and_says_for_whom_they_stand_in(tmp_path: Path) -> None:
    one, other = people(workspace(tmp_path, card(owner="slack:U777OPERAT", owner__backup="slack:U778OPERAT")))
    assert one.id == "U777OPERAT"
    assert one.title == "slack:U777OPERAT · Owner of churn"
    assert one.real_name != other.real_name
    assert " " in one.real_name
    assert not any(letter.isdigit() for letter in one.real_name)


def test_who_is_written_in_two_ways_is_one_person_with_the_fuller_name(tmp_path: Path) -> None:
    ws = workspace(
        tmp_path,
        card(owner="@zoe", owner__backup="zoe@shop.example"),
        card("fraud", poc__ds="Zoé Ödegård <zoe@shop.example>"),
    )
    (one,) = people(ws)
    assert (one.real_name, one.email, one.title) == ("Zoé Ödegård", "zoe@shop.example", "Owner of churn and 2 more")


def test_two_people_with_one_name_have_handles_of_their_own(tmp_path: Path) -> None:
    handles = {one.name for one in people(workspace(tmp_path, card(poc__ds="max@a.example, max@b.example")))}
    assert handles == {"max", "max2"}


def test_nobody_else_is_called_what_you_are_called(tmp_path: Path) -> None:
    ws = workspace(tmp_path, card(owner="You <you@shop.example>", poc__ds="max@a.example, max@b.example"))
    assert {one.real_name for one in people(ws)} == {"You (you2)", "Max", "Max (max2)"}


def test_a_group_is_a_group_and_nobody_is_made_of_what_nobody_is_behind(tmp_path: Path) -> None:
    named = "slack-group:S777GROUPX, pagerduty:PXYZ, backstage:group:default/x, Just A Name, @here, @ml-incident, @a|b"
    ws = workspace(tmp_path, card(poc__product=named, owner="slack:U00MLINCB"))
    assert people(ws) == []
    assert ws.usergroups["S777GROUPX"].name == "POC product of churn"


def test_you_are_in_every_channel_on_the_clock_of_your_policy(tmp_path: Path) -> None:
    ws = workspace(tmp_path, card(channel="#churn"), zone="Asia/Tokyo")
    assert ws.users[YOU].tz == "Asia/Tokyo"
    assert all(YOU in one.members for one in ws.channels.values())


@pytest.mark.parametrize(
    ("written", "channels"),
    [
        ("#churn", {"churn"}),
        ("churn-team", {"churn-team"}),
        ("#Team Churn / DS", {"team-churn-ds"}),
        ("#a, #b", {"a", "b"}),
        ("#größe", {"größe"}),
        ("#" + "x" * 200, {"x" * 80}),
        ("#general", set()),
        ("#ML-Incidents", set()),
        ("#!!!", set()),
        ("ask in the kitchen", set()),
        ("https://chat.example.com/churn", set()),
        ("https://shop.slack.com/archives/C0123ABCD/p1", {"team-churn"}),
        ("C0123ABCD", {"team-churn"}),
    ],
)
def test_what_stands_under_channel_becomes_one_where_it_can(tmp_path: Path, written: str, channels: set[str]) -> None:
    ws = workspace(tmp_path, card(channel=written, owner="@max"))
    assert {one.name for one in ws.channels.values()} - {"general", "ml-incidents"} == channels
    for name in channels:
        assert {ws.users[user].name for user in channel(ws, name).members} == {"you", "max"}


def test_where_the_bot_speaks_it_is_a_member_with_everybody(tmp_path: Path) -> None:
    ws = workspace(tmp_path, card(owner="@max"), places={"announcements": "C0ANNOUNCE1", "digest": "Owners"})
    assert ws.channels["C0ANNOUNCE1"].name == "announcements"
    for name in ("announcements", "owners"):
        assert {ws.users[user].name for user in channel(ws, name).members} == {"you", "max", "ml-incident"}


def test_no_models_make_a_workspace_too(tmp_path: Path) -> None:
    ws = workspace(tmp_path)
    assert people(ws) == []
    assert {one.name for one in ws.channels.values()} == {"general", "ml-incidents"}


def test_what_to_try_is_about_the_models_that_matter_most() -> None:
    opening, killing, _ = tries([card("best-effort", tier="3"), card("unknown"), card("money", tier="0")])
    assert opening["text"] == "/ml-incident open money what you fear most"
    assert killing["text"] == "/ml-incident open best-effort what you fear most"
    named_oddly = tries([card("fraud <b> & co", tier="0"), card("search ranker", tier="3")])
    assert named_oddly[0]["text"] == "/ml-incident open search ranker what you fear most"
    assert [one["text"] for one in tries([])][:2] == ["/ml-incident open", "/ml-incident open"]
