"""The incident's channel: created once, adopted only when it is surely ours, never less private than asked for."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import effects
from bot.sandbox.client import SandboxSlack
from bot.slack.naming import candidates, channel_name
from tests.bot.delivery.world import World

HTTP = httpx.Client(headers={"Authorization": "Bearer xoxb-sandbox"}, trust_env=False)


def call(slack: SandboxSlack, method: str, **arguments: object) -> dict[str, object]:
    """A Web API call with the bot's token, as an earlier process would have made it."""
    answer = HTTP.post(f"{slack.base_url}/api/{method}", json=arguments).json()
    assert answer["ok"], answer
    return dict(answer)


def name_of(world: World, number: int) -> str:
    incident = world.incident(number)
    return channel_name(prefix="inc", number=number, model=incident.model, title=incident.title)


def create(world: World, name: str, **options: object) -> str:
    made = call(world.slack, "conversations.create", name=name, **options)["channel"]
    assert isinstance(made, dict)
    return str(made["id"])


def create_channel(world: World, number: int) -> str:
    with world.working():
        world.owe(effects.CreateChannel(incident_id=number))
        world.settled()
    return world.channel(number)


def test_a_channel_that_an_earlier_attempt_created_is_adopted(world: World) -> None:
    number = world.declare("adopted")
    earlier = create(world, name_of(world, number))
    assert create_channel(world, number) == earlier
    assert world.incident(number).channel_name == name_of(world, number)


def test_an_older_channel_of_the_same_name_is_not_adopted(world: World) -> None:
    """A database that was reset counts from 1 again, and would take an old channel with its old members."""
    number = world.declare("reset", ago=-30)
    older = create(world, name_of(world, number))
    assert create_channel(world, number) != older
    assert world.incident(number).channel_name == f"{name_of(world, number)}-2"


def test_a_channel_of_another_incident_is_not_adopted(world: World) -> None:
    number = world.declare("twins")
    theirs = create(world, name_of(world, number))
    world.declare("other", channel_id=theirs)
    assert create_channel(world, number) != theirs


def test_an_archived_channel_is_not_adopted(world: World) -> None:
    number = world.declare("archived")
    archived = create(world, name_of(world, number))
    call(world.slack, "conversations.archive", channel=archived)
    assert create_channel(world, number) != archived


@pytest.mark.parametrize("private", [True, False])
def test_a_channel_of_other_privacy_is_not_adopted(world: World, private: bool) -> None:
    number = world.declare("privacy", private=private)
    other = create(world, name_of(world, number), is_private=not private)
    mine = create_channel(world, number)
    assert mine != other
    assert world.slack.channel(mine)["is_private"] is private


def test_a_channel_that_somebody_else_created_is_not_adopted(world: World) -> None:
    number = world.declare("foreign")
    foreign = create(world, name_of(world, number))
    call(world.slack, "conversations.leave", channel=foreign)
    assert create_channel(world, number) != foreign


def test_a_channel_on_the_second_page_is_found(world: World) -> None:
    for _ in range(205):
        create(world, f"filler-{uuid.uuid4().hex}")
    number = world.declare("last page")
    earlier = create(world, name_of(world, number))
    assert create_channel(world, number) == earlier
    assert len(world.calls("users.conversations")) > 1


@pytest.mark.parametrize("error", ["restricted_action", "missing_scope", "cannot_create_channel"])
def test_a_private_incident_never_becomes_public(world: World, error: str) -> None:
    world.slack.fault("conversations.create", f"error:{error}", times=5)
    with world.working():
        number = world.open("secret", private=True)
        world.slack.wait_for(lambda: world.states("CreateChannel") == ["dead"])
        world.slack.wait_for(lambda: "doing" not in world.states())
    made = world.calls("conversations.create")
    assert made
    assert all(one["args"]["is_private"] in (True, "true", 1, "1") for one in made)
    title = world.incident(number).title
    assert not any(title in text for text in world.texts("ml-incidents"))


def test_a_private_incident_is_never_announced_whoever_owes_it(world: World) -> None:
    with world.working():
        number = world.open("hidden", private=True)
        drill = world.open("drill", kind="drill")
        world.settled()
        for one in (number, drill):
            world.owe(effects.SayToStakeholders(incident_id=one, text=f"psst {world.incident(one).title}"))
        world.settled()
    assert world.slack.channel(world.channel(number))["is_private"] is True
    assert world.announcements(number) == world.announcements(drill) == []


def test_a_name_that_slack_refuses_falls_back_to_the_number(world: World) -> None:
    world.slack.fault("conversations.create", "error:invalid_name_specials")
    number = world.declare("refused")
    assert create_channel(world, number)
    assert re.fullmatch(rf"inc-{number}(-\d+)?", world.incident(number).channel_name or "")


def test_bookmarks_are_added_once(world: World) -> None:
    number = world.declare("marked", card=None)
    links = {"docs": "https://example.com/docs", "dashboard": "https://example.com/board", "runbook": "no address"}
    at = world.incident(number).declared_at.isoformat()
    facts = {key: {"value": link, "source": "models.yaml", "as_of": at} for key, link in links.items()}
    world.change(number, card={"name": "fraud-scorer", "facts": facts})
    world.slack.fault("bookmarks.add", "drop_after")
    with world.working():
        channel = world.owe(effects.CreateChannel(incident_id=number))
        world.owe(effects.SetBookmarks(incident_id=number), needs=channel)
        world.settled()
    bookmarks = world.slack.channel(world.channel(number))["bookmarks"]
    assert sorted((one["title"], one["link"]) for one in bookmarks) == [
        ("Dashboard", "https://example.com/board"),
        ("Model page", "https://example.com/docs"),
    ]


def test_a_topic_is_cut_to_what_slack_takes(world: World) -> None:
    with world.working():
        number = world.open("long topic")
        world.settled()
        world.change(number, status="x" * 400)
        world.owe(effects.SetTopic(incident_id=number))
        world.settled()
    assert len(world.slack.channel(world.channel(number))["topic"]) == 250


@given(model=st.text(max_size=120), title=st.text(max_size=400), number=st.integers(1, 10**7))
def test_every_name_is_one_that_slack_takes_with_every_suffix(model: str, title: str, number: int) -> None:
    name = channel_name(prefix="inc", number=number, model=model, title=title)
    for candidate in candidates(name, last_resort=f"inc-{number}"):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", candidate)
        assert len(candidate) <= 80
        assert candidate.startswith(f"inc-{number}")


def test_names_say_what_is_wrong() -> None:
    assert (
        channel_name(prefix="inc", number=12, model="fraud-scorer", title="Scores are all zero!")
        == "inc-12-fraud-scorer-scores-are-all-zero"
    )
    assert channel_name(prefix="ml", number=3, model="Prévision", title="予測が遅い") == "ml-3-prevision"
