"""The stage of the demo: a small Slack and the bot in it, which talk over HTTP and Socket Mode, and end together."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.children import Child
from bot.errors import Stop
from bot.guide import build_guide
from bot.manifest import subscribed_events
from bot.sandbox.client import SandboxSlack

BROKEN_CATALOGUE = "models: [this is no catalogue\n"


@dataclass(frozen=True)
class Production:
    """What is put on the stage."""

    port: int
    models: Path | None
    """The catalogue; the stage plays with a copy, which it can break."""
    company: Path | None = None
    """Who works there; the demo company when None."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the bot besides those of the stage."""
    zone: str = "UTC"
    """Where Monday morning is."""
    sync_seconds: float = 5.0
    """How often the registries are read."""


@dataclass(frozen=True)
class Stage:
    """What stands on it."""

    slack: SandboxSlack
    bot: Child
    folder: Path
    models: Path | None
    database: str

    def break_catalogue(self) -> None:
        """Make models.yaml unreadable."""
        if self.models is not None and not self._kept.exists():
            shutil.copy(self.models, self._kept)
            self.models.write_text(BROKEN_CATALOGUE, "utf-8")

    def mend_catalogue(self) -> None:
        """Put it back as it was."""
        if self.models is not None and self._kept.exists():
            self._kept.replace(self.models)

    @property
    def catalogue_broken(self) -> bool:
        return self._kept.exists()

    @property
    def _kept(self) -> Path:
        return self.folder / "models.kept"


@contextmanager
def running(production: Production) -> Iterator[Stage]:
    """A fresh workspace with the bot in it, both ended on leaving. Raises Stop when one of them cannot start.

    Everything that it keeps is in a folder that goes with it, and no setting of yours is read.
    """
    with tempfile.TemporaryDirectory(prefix="ml-incident-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        models = _copied(production.models, folder)
        sandbox = Child("sandbox", _sandbox_command(production, folder), folder=folder, settings={})
        with _ended(sandbox):
            sandbox.start()
            address = sandbox.wait()
            database = f"sqlite:///{folder / 'demo.db'}"
            settings = {**production.settings, **_settings(address, database, models)}
            command = ["-m", "bot.demo.process", address, str(folder / "bot.ready"), str(production.sync_seconds)]
            bot = Child("bot", command, folder=folder, settings=settings)
            with _ended(bot), SandboxSlack(address) as slack:
                bot.start()
                bot.wait()
                yield Stage(slack=slack, bot=bot, folder=folder, models=models, database=database)


def lost_thread(stage: Stage, broken: Exception) -> Stop:
    """What is said when the story cannot go on."""
    return Stop(
        "\n".join([f"The demo lost its thread: {broken!r}", "The bot's log ends with:", *stage.bot.last_words()])
    )


@contextmanager
def _ended(child: Child) -> Iterator[None]:
    try:
        yield
    finally:
        child.end()


def _copied(models: Path | None, folder: Path) -> Path | None:
    return Path(shutil.copy(models, folder / models.name)) if models is not None else None


def _sandbox_command(production: Production, folder: Path) -> list[str]:
    guide = folder / "guide.json"
    guide.write_text(json.dumps(build_guide(zone=production.zone)), "utf-8")
    command = ["-m", "bot.sandbox.server", "--port", str(production.port), "--until-input-ends", "--lived-in"]
    command += ["--ready-file", str(folder / "sandbox.ready"), "--guide", str(guide)]
    command += ["--events", ",".join(subscribed_events())]
    return command + (["--company", str(production.company)] if production.company else [])


def _settings(address: str, database: str, models: Path | None) -> dict[str, str]:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "SLACK_API_URL": f"{address}/api/",
        "DATABASE_URL": database,
        "ML_INCIDENT_PORT": "0",
    }
    # By its name alone: the bot runs in its folder, and people read of the file that they know, not of our copy.
    return given | ({"ML_INCIDENT_REGISTRY_FILE": models.name} if models is not None else {})
