"""Named connections that do not answer hold up nothing else that is owed."""

from __future__ import annotations

import threading
from pathlib import Path

from bot import effects
from bot.connections import load
from bot.delivery import calling
from bot.settings import Settings
from tests.bot.connections.service import Asked, Told, serve
from tests.bot.delivery.world import KIM, World
from tests.bot.runs.team import Team, library_of

SLOW = """
applies_to: {failure_modes: [config-migration]}
steps:
  - id: ask
    kind: check
    title: Is it on?
    http: {connection: slow, path: /x, expect: {pointer: /on, value: "yes"}}
    manual: Look.
    on_fail: end
  - {id: end, kind: end, title: Over}
"""
MANY = 6


def test_people_are_told_things_while_services_are_slow(world: World, tmp_path: Path) -> None:
    go_on = threading.Event()

    def answer(asked: Asked) -> Told:
        go_on.wait(20)
        return Told({"on": "yes"})

    with serve(answer) as service:
        file = tmp_path / "connections.yaml"
        file.write_text(f"connections: {{slow: {{kind: http, base_url: {service.url}, timeout: 20s}}}}", "utf-8")
        connections = load(file, Settings(_env_file=None))
        team = Team(world.storage, library=library_of(tmp_path / "own", slow=SLOW), connections=connections)
        for _ in range(MANY):
            team.declare(failure_mode="config-migration")
        with world.working(ways={effects.CallConnection: calling.way(connections)}):
            try:
                world.slack.wait_for(lambda: len(service.asked) >= 4 or None, timeout=10)
                world.owe(effects.Tell(user=KIM, text="While all of them are slow", name="told-while-slow"))
                world.slack.wait_for(lambda: _state(world, "told-while-slow") == "done" or None, timeout=5)
                assert len(service.asked) == MANY
            finally:
                go_on.set()


def _state(world: World, key: str) -> str:
    return next(row.state for row in world.effects("Tell") if row.key == key)
