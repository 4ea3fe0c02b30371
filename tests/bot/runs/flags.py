"""A service with flags, each by its name, that playbooks of these tests ask and turn off; and what a step says."""

from __future__ import annotations

from pathlib import Path

from bot.connections import Connections, load
from bot.settings import Settings
from tests.bot.connections.service import Asked, Told
from tests.bot.runs.team import Team


class Flags:
    """What the service holds: every flag is on until somebody says otherwise."""

    def __init__(self) -> None:
        self.on: dict[str, bool | str] = {}
        self.errors, self.down = 0, False

    def __call__(self, asked: Asked) -> Told:
        if self.down:
            return Told({"error": "no"}, 503)
        name = asked.target.rpartition("/")[2]
        if asked.method == "PUT":
            self.on[name] = asked.json["on"] in (True, "true")
        return Told({"on": self.on.get(name, True), "errors": self.errors})


def connected(url: str, folder: Path) -> Connections:
    """The connection `flags` to the service at this address, from a file in the folder."""
    file = folder / "connections.yaml"
    file.write_text(f"connections: {{flags: {{kind: http, base_url: {url}, methods: [GET, PUT]}}}}", "utf-8")
    return load(file, Settings(_env_file=None))


def said(team: Team) -> str:
    """Everything that the step shows."""
    return str(team.step().blocks)
