"""A playbook's picture comes to the channel once, shows the run as it then stands, and says so in words."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from bot.effects.pictures import UploadPicture
from playbooks.load import shipped_library
from playbooks.pinning import pin
from playbooks.progress import Record
from storage import runs
from storage.models import Run
from tests.bot.delivery.world import ANA, Json, World

STEPS = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
COMMON = "common-first-fifteen-minutes"


def started(world: World) -> tuple[int, int]:
    """An incident with its channel, and the run of a real playbook in it."""
    number = world.open("pictured", users=(ANA,))
    world.settled()
    with world.storage.transaction() as tx:
        now = datetime.now(UTC)
        pinned = pin(shipped_library(), COMMON)
        run = runs.start(tx, incident_id=number, pinned=pinned, chosen_because="", started_by=ANA, at=now)
        return number, run.id


def done(world: World, run_id: int, step: str) -> None:
    with world.storage.transaction() as tx:
        runs.record(tx, tx.session.get_one(Run, run_id), Record(step, "done", ANA, datetime.now(UTC)))


def shared(world: World, number: int) -> list[Json]:
    return [one for one in world.slack.messages(world.channel(number)) if one.get("files")]


@pytest.mark.parametrize("when", ["drop_before", "drop_after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_picture_whose_upload_is_interrupted_is_shared_once(world: World, step: str, when: str) -> None:
    with world.working():
        number, run = started(world)
        done(world, run, "take-the-lead")
        world.slack.fault(step, when)
        world.owe(UploadPicture(incident_id=number, run_id=run, asked_by=ANA))
        world.settled(30)
    [message] = shared(world, number)
    [file] = message["files"]
    assert file["name"] == f"playbook-INC-{number}-{COMMON}.png"
    stands = "1 step done. Now at step 2 of 13: “Is it real?” (triage, decision, ML lead)."
    assert message["text"] == f"*The first fifteen minutes*: {stands}"
    assert file["alt_txt"] == f"The first fifteen minutes. {stands}"
    assert file["title"] == "The first fifteen minutes"
    assert httpx.get(f"{world.slack.base_url}/files/{file['id']}").content.startswith(b"\x89PNG")


def test_of_two_who_ask_at_once_one_gets_the_picture_for_both_and_it_shows_what_was_done_meanwhile(
    world: World,
) -> None:
    with world.working():
        number, run = started(world)
    world.owe(UploadPicture(incident_id=number, run_id=run, asked_by=ANA))
    world.owe(UploadPicture(incident_id=number, run_id=run, asked_by="U02LEEOKA"))
    done(world, run, "take-the-lead")
    with world.working():
        world.settled(30)
    assert ["1 step done." in one["text"] for one in shared(world, number)] == [True]


def test_whoever_asked_for_a_picture_that_cannot_be_posted_is_told_why(world: World) -> None:
    with world.working():
        number, run = started(world)
        world.slack.fault("files.getUploadURLExternal", "error:missing_scope", times=1)
        world.owe(UploadPicture(incident_id=number, run_id=run, asked_by=ANA))
        world.settled(30)
    assert world.states("UploadPicture") == ["dead"]
    [told] = world.effects("Tell")
    assert told.payload["user"] == ANA
    assert told.payload["text"].startswith("The picture of the playbook could not be posted: ")
    assert "`/ml-incident step` says where it stands in words" in told.payload["text"]


def test_a_run_of_another_incident_is_never_shown(world: World) -> None:
    with world.working():
        number, _ = started(world)
        _, other = started(world)
        world.owe(UploadPicture(incident_id=number, run_id=other, asked_by=ANA))
        world.settled(30)
    assert shared(world, number) == []
    assert world.states("UploadPicture") == ["done"]
