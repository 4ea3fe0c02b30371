"""`ml-incident demo --own`: a rehearsal with your own models, policy and playbooks, before Slack is involved."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from bot.demo.company import YOU, write_company
from bot.demo.hands import Stagehand
from bot.demo.narrator import Narrator
from bot.demo.pace import Pace
from bot.demo.play import on_stage, show_page, stay
from bot.demo.stage import Production, Stage
from bot.errors import WrongUsage
from bot.registries import RegistryDown, open_registries
from bot.sandbox.client import Json
from bot.sandbox.server import DEFAULT_PORT
from bot.serving import read_practice
from bot.settings import Settings, env_name, read_settings
from playbooks.card import ModelCard

PASSED_ON = (
    "announce_channel",
    "digest_channel",
    "policy",
    "playbooks",
    "registries",
    "mlflow_tracking_uri",
    "mlflow_tracking_token",
    "mlflow_tracking_username",
    "mlflow_tracking_password",
    "mlflow_tag_prefix",
)
"""What the rehearsal takes from the operator. Slack's tokens and the database are never among it."""


def rehearse(*, port: int | None, browser: bool) -> int:
    """Serve the workspace with your own facts until Ctrl-C; the exit code. Raises Stop for what cannot be used."""
    settings = read_settings()
    _check(settings)
    policy, _ = read_practice(settings)
    console = Console(highlight=False)
    cards = _read_cards(settings, console)
    with tempfile.TemporaryDirectory(prefix="ml-incident-own-") as folder:
        channels = [settings.announce_channel, settings.digest_place]
        company = write_company(cards, channels=channels, into=Path(folder) / "company.yaml")
        production = Production(
            port=DEFAULT_PORT if port is None else port,
            models=settings.registry_file if "file" in settings.registries else None,
            company=company,
            settings=_passed_on(settings),
            zone=str(policy.zone),
        )

        def act(stage: Stage) -> None:
            pace = Pace(slowly=False)
            with Stagehand(stage, pace):
                show_page(stage, console, browser=browser)
                said = f"This is your own catalogue of {len(cards)} models. Nothing here reaches your Slack. Try:"
                Narrator(stage.slack, console, pace).hand_over(said, _tries(cards))
                stay(console)

        return on_stage(production, console, act)


def _check(settings: Settings) -> None:
    if "file" in settings.registries and not settings.registry_file.is_file():
        raise WrongUsage(
            f"There is no {settings.registry_file} here; copy deploy/examples/models.yaml, "
            "or name yours in ML_INCIDENT_REGISTRY_FILE."
        )
    if "mlflow" in settings.registries and settings.mlflow_tracking_uri is None:
        raise WrongUsage("ML_INCIDENT_REGISTRIES names mlflow, so MLFLOW_TRACKING_URI has to be set.")


def _read_cards(settings: Settings, console: Console) -> list[ModelCard]:
    """Every card of every registry. One that cannot be read is named, and the rehearsal goes on without it."""
    cards: dict[str, ModelCard] = {}
    for registry in open_registries(settings):
        try:
            reading = registry.read(datetime.now(UTC))
        except RegistryDown as down:
            console.print(f"{registry.name}: {down}")
            continue
        if reading.problem:
            console.print(f"{registry.name}: {reading.problem}")
        for card in reading.cards:
            known = cards.get(card.name)
            cards[card.name] = ModelCard(card.name, {**card.facts, **(known.facts if known else {})})
        console.print(f"{registry.name}: {len(reading.cards)} models")
    return list(cards.values())


def _passed_on(settings: Settings) -> dict[str, str]:
    given = {}
    for name in PASSED_ON:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        elif isinstance(value, Path):
            value = value.resolve()
        elif isinstance(value, tuple):
            value = ",".join(value)
        if value not in (None, ""):
            given[env_name(name)] = str(value)
    return given


def _tries(cards: Sequence[ModelCard]) -> list[Json]:
    model = min(cards, key=lambda card: (card.tier is None, card.tier or 0, card.name)).name if cards else ""
    opening = f"/ml-incident open {model} what you fear most" if model else "/ml-incident open"
    return [
        {
            "title": f"Open an incident of {model}" if model else "Open an incident",
            "said": "See who is invited, what the card says, and which of your facts are UNKNOWN.",
            "who": YOU,
            "channel": "general",
            "text": opening,
        },
        {
            "title": "Kill the bot in the middle",
            "said": "Open another one, press “Kill the bot” at once, look at what is owed, and start it again.",
            "who": YOU,
            "channel": "general",
            "text": opening,
        },
        {
            "title": "Read next Monday's digest",
            "said": "It says what your models lack, and whom to ask; or let time pass to next Monday.",
            "who": YOU,
            "channel": "general",
            "text": "/ml-incident digest",
        },
    ]
