"""Workers that die, hang or are told to stop lose nothing and repeat nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from bot import effects
from bot.delivery import AlreadyServing
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.delivery.world import World, abandon


def expire(world: World) -> None:
    with world.storage.transaction() as tx:
        past = datetime.now(UTC) - timedelta(seconds=1)
        tx.session.execute(update(Effect).where(Effect.state == "doing").values(lease_until=past))


def test_what_a_dead_worker_left_behind_is_done_once_its_lease_is_over(world: World) -> None:
    with world.working() as worker:
        number = world.open("left behind")
        world.settled()
        world.owe(effects.SayInIncident(incident_id=number, text="before"))
        world.settled()
        worker.stop(5)
        world.owe(effects.SayInIncident(incident_id=number, text="left"))
        abandon(world, lease_s=1.5)
    with world.working():
        world.settled()
    assert world.texts(world.channel(number)).count("left") == 1
    assert world.effects("SayInIncident")[-1].attempts == 2


def test_a_lease_that_was_lost_is_not_settled(world: World) -> None:
    """The message was posted, its answer hangs, another attempt finds it; the first must not settle any more."""
    with world.working() as worker:
        number = world.open("lost lease")
        world.settled()
        held = world.slack.hold("chat.postMessage", when="after")
        world.owe(effects.SayInIncident(incident_id=number, text="once"))
        assert world.slack.held(5)
        expire(world)
        world.settled()
        world.slack.release(held)
        time.sleep(0.3)
        world.slack.wait_for(lambda: worker.counts.done["SayInIncident"] == 1)
    assert world.texts(world.channel(number)).count("once") == 1
    assert world.effects("SayInIncident")[0].attempts == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_several_workers_share_one_outbox(world: World) -> None:
    with world.working() as one, world.working() as two:
        number = world.open("shared")
        for at in range(20):
            world.owe(effects.SayInIncident(incident_id=number, text=f"fact {at}"))
            world.owe(effects.Tell(user="U02LEEOKA", text=f"{world.incident(number).title} {at}"))
        world.settled()
        assert sum(one.counts.done.values()) + sum(two.counts.done.values()) == len(world.effects())
    facts = [text for text in world.texts(world.channel(number)) if text.startswith("fact")]
    assert facts == [f"fact {at}" for at in range(20)]


def test_stopping_finishes_what_is_in_flight(world: World) -> None:
    with world.working() as worker:
        number = world.open("stopping")
        world.settled()
        world.slack.fault("chat.postMessage", "slow", seconds=0.5)
        world.owe(effects.SayInIncident(incident_id=number, text="slow"))
        world.slack.wait_for(lambda: world.states("SayInIncident") == ["doing"])
        worker.stop(5)
        assert not worker.alive
        assert world.states("SayInIncident") == ["done"]


def test_stopping_puts_back_what_takes_too_long(world: World) -> None:
    with world.working() as worker:
        number = world.open("hanging")
        world.settled()
        held = world.slack.hold("chat.postMessage", when="after")
        world.owe(effects.SayInIncident(incident_id=number, text="hanging"))
        assert world.slack.held(5)
        began = time.monotonic()
        worker.stop(0.3)
        assert time.monotonic() - began < 2
        assert world.states("SayInIncident") == ["owed"]
    world.slack.release(held)
    with world.working():
        world.settled()
    assert world.texts(world.channel(number)).count("hanging") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_second_serving_process_on_sqlite_is_refused(world: World) -> None:
    held = "import fcntl,sys,time; f=open(sys.argv[1],'a'); fcntl.flock(f,2); print('held',flush=True); time.sleep(30)"
    path = Path(f"{world.storage.engine.url.database}.serving")
    other = subprocess.Popen([sys.executable, "-c", held, str(path)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(AlreadyServing, match="Another ml-incident already serves from"):
            world.worker().start()
    finally:
        other.kill()
        other.wait()
    with world.working() as worker:  # however it ended, the lock went with it
        assert worker.alive


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_process_that_starts_on_sqlite_takes_over_at_once(world: World) -> None:
    world.owe(effects.Tell(user="U02LEEOKA", text="taken over"))
    abandon(world, lease_s=30)
    with world.working():
        world.settled(5)


def test_a_commit_wakes_the_worker_at_once(world: World) -> None:
    with world.working(poll_s=30):
        for at in range(3):
            time.sleep(0.1)
            world.owe(effects.Tell(user="U02LEEOKA", text=f"woken {at}"))
            world.settled(3)


def test_what_is_owed_by_another_process_is_found_by_polling(world: World) -> None:
    with world.working():
        time.sleep(0.2)
        other = Storage(world.storage.engine)  # another one, whose commits wake nobody here
        with other.transaction() as tx:
            effects.owe(tx, effects.Tell(user="U02LEEOKA", text="polled"))
        world.settled(5)


def test_what_comes_due_later_is_done_then(world: World) -> None:
    with world.working():
        due_at = datetime.now(UTC) + timedelta(seconds=1.4)
        world.owe(effects.Tell(user="U02LEEOKA", text="later"), due_at=due_at)
        world.settled(5)
    late = world.effects()[0].settled_at
    assert late is not None
    assert timedelta(0) <= late - due_at < timedelta(seconds=0.6)


def test_a_worker_survives_a_database_that_goes_away_for_a_while(world: World) -> None:
    with world.working(poll_s=0.2) as worker:
        held = world.slack.hold("chat.postMessage")
        world.owe(effects.Tell(user="U02LEEOKA", text="survived"))
        assert world.slack.held(5)
        with world.storage.transaction() as tx:
            tx.session.execute(text("ALTER TABLE effects RENAME TO effects_away"))
        world.slack.release(held)
        time.sleep(0.5)
        with world.storage.transaction() as tx:
            tx.session.execute(text("ALTER TABLE effects_away RENAME TO effects"))
        world.settled()
        world.slack.wait_for(lambda: worker.counts.done["Tell"] == 1)
    assert world.effects("Tell")[0].attempts == 1
