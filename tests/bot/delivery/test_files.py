"""A review is uploaded once, wherever its three steps are interrupted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot import effects
from storage.models import Review
from tests.bot.delivery.world import ANA, World

STEPS = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


def drafted(world: World) -> int:
    number = world.open("reviewed", users=(ANA,))
    world.settled()
    now = datetime.now(UTC)
    with world.storage.transaction() as tx:
        tx.session.add(
            Review(
                incident_id=number, author=ANA, markdown="# What happened\n\nScores.", drafted_at=now, changed_at=now
            )
        )
    return number


@pytest.mark.parametrize("when", ["drop_before", "drop_after"])
@pytest.mark.parametrize("step", STEPS)
def test_an_upload_that_is_interrupted_is_shared_once(world: World, step: str, when: str) -> None:
    with world.working():
        number = drafted(world)
        world.slack.fault(step, when)
        world.owe(effects.UploadReview(incident_id=number, revision="1"))
        world.settled()
    shared = [one for one in world.slack.messages(world.channel(number)) if one.get("files")]
    assert len(shared) == 1
    [file] = shared[0]["files"]
    assert file["name"] == f"review-INC-{number}.md"
    assert world.slack.file_text(file["id"]) == "# What happened\n\nScores."
    with world.storage.reading() as tx:
        assert tx.session.get_one(Review, number).file_id == file["id"]


def test_an_upload_whose_reservation_ran_out_is_reserved_anew(world: World) -> None:
    with world.working():
        number = drafted(world)
        world.slack.fault("files.completeUploadExternal", "error:file_not_found")
        world.owe(effects.UploadReview(incident_id=number, revision="1"))
        world.settled()
    assert len(world.calls("files.getUploadURLExternal")) == 2
    assert len([one for one in world.slack.messages(world.channel(number)) if one.get("files")]) == 1
