"""An MLflow that does not answer holds up nothing else that is owed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from bot import effects
from bot.delivery import writing
from bot.effects.writing import WriteOwner
from bot.registries.owner_tags import OwnerTags
from storage import ownership
from tests.bot.connections.service import Asked, Told, serve
from tests.bot.delivery.world import KIM, World

MANY = 12
TOLD = "told-while-mlflow-hangs"


def test_people_are_told_things_while_mlflow_hangs(world: World) -> None:
    go_on = threading.Event()

    def answer(asked: Asked) -> Told:
        go_on.wait(20)
        return Told(b"", 503)

    with world.storage.transaction() as tx:
        for number in range(MANY):
            said = {"by": KIM, "by_name": "Kim", "registry_said": "kim@example.com", "at": datetime.now(UTC)}
            ownership.say(tx, f"model-{number}", kind="confirmed", **said)  # type: ignore[arg-type]
    with serve(answer) as service:
        for number in range(MANY):
            world.owe(WriteOwner(model=f"model-{number}"))
        with world.working(in_flight=6, ways={WriteOwner: writing.way(OwnerTags(service.url))}):
            try:
                world.slack.wait_for(lambda: len(service.asked) >= 4 or None, timeout=10)
                world.owe(effects.Tell(user=KIM, text="While MLflow hangs", name=TOLD))
                world.slack.wait_for(lambda: _state(world, TOLD) == "done" or None, timeout=2.5)
            finally:
                go_on.set()


def _state(world: World, key: str) -> str:
    return next(row.state for row in world.effects("Tell") if row.key == key)
