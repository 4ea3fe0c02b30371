"""The picture of who is affected comes to the channel once, whatever is interrupted, and says so in words."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from bot.effects.impact import UploadImpact
from playbooks.card import Fact, FactValue, ModelCard
from storage import catalogue
from tests.bot.delivery.world import ANA, Json, World

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
MODELS: dict[str, dict[str, FactValue]] = {
    "ranker": {"plain_name": "Search ranking", "upstreams": "dw.items", "consumers": "web-search", "tier": "1"},
    "home-recs": {"upstreams": "table:dw.items", "owner": "Lee Okafor <lee@example.com>", "tier": "2"},
}


def opened(world: World) -> int:
    """An incident of the ranker, with its channel, in a company with another model that reads the same."""
    with world.storage.transaction() as tx:
        for name, facts in MODELS.items():
            card = ModelCard(name, {key: Fact(value, "models.yaml", NOW) for key, value in facts.items()})
            catalogue.keep(tx, card, now=NOW)
    number = world.open("ranked", users=(ANA,), model="ranker")
    world.settled()
    return number


def shared(world: World, number: int) -> list[Json]:
    return [one for one in world.slack.messages(world.channel(number)) if one.get("files")]


@pytest.mark.parametrize("when", ["drop_before", "drop_after"])
@pytest.mark.parametrize("step", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
def test_a_picture_whose_upload_is_interrupted_is_shared_once(world: World, step: str, when: str) -> None:
    with world.working():
        number = opened(world)
        world.slack.fault(step, when)
        world.owe(UploadImpact(incident_id=number, name="ranker", asked_by=ANA))
        world.settled(30)
    [message] = shared(world, number)
    [file] = message["files"]
    said = (
        "Downstream is 1 system: web-search. The same is read by home-recs (table:dw.items). It reads table:dw.items."
    )
    assert file["name"] == f"impact-INC-{number}.png"
    assert message["text"] == f"*Who is affected: Search ranking*: {said}"
    assert file["alt_txt"] == f"Who is affected: Search ranking. {said}"
    assert httpx.get(f"{world.slack.base_url}/files/{file['id']}").content.startswith(b"\x89PNG")


def test_whoever_asked_for_a_picture_that_cannot_be_posted_is_told_why(world: World) -> None:
    with world.working():
        number = opened(world)
        world.slack.fault("files.getUploadURLExternal", "error:missing_scope", times=1)
        world.owe(UploadImpact(incident_id=number, name="ranker", asked_by=ANA))
        world.settled(30)
    assert world.states("UploadImpact") == ["dead"]
    assert shared(world, number) == []


def test_an_upstream_that_is_gone_by_then_is_no_fault(world: World) -> None:
    with world.working():
        number = opened(world)
        world.owe(UploadImpact(incident_id=number, name="table:gone", asked_by=ANA))
        world.settled(30)
    assert world.states("UploadImpact") == ["done"]
    assert shared(world, number) == []
