"""`ml-incident demo --own`: a rehearsal with your own models, policy and playbooks, before Slack is involved."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from bot.demo.cast import YOU
from bot.demo.company import channel_of, write_company
from bot.demo.hands import Stagehand
from bot.demo.narrator import Narrator
from bot.demo.pace import Pace
from bot.demo.play import on_stage, show_page, stay
from bot.demo.stage import Production, Stage
from bot.errors import SettingsBroken, WrongUsage
from bot.practice import read_practice, read_template
from bot.registries import Reading, RegistryDown, open_registries
from bot.registry_settings import RegistrySettings
from bot.sandbox.client import Json
from bot.sandbox.server import DEFAULT_PORT
from bot.settings import Settings, env_name, read_settings
from playbooks.card import Fact, ModelCard, merge
from playbooks.contacts import parse_contact
from playbooks.faults import FileBroken
from playbooks.people import read_people
from playbooks.rota import read_rotas
from storage import listing, registries
from storage.database import open_engine, parse_url
from storage.transaction import Storage

PASSED_ON = (
    "announce_channel",
    "digest_channel",
    "policy",
    "playbooks",
    "people",
    "rotas",
    *(name for name in RegistrySettings.model_fields if name not in {"registry_file", "mlflow_write_owners"}),
)
"""What the rehearsal takes from the operator; the catalogue's file is copied. Slack's tokens and the database are never
among it, nor the connections and what may be written to MLflow: nobody rehearses on what is really serving."""

NOT_USED: dict[str, Any] = {
    "slack_bot_token": None,
    "slack_app_token": None,
    "slack_signing_secret": None,
    "slack_api_url": "http://127.0.0.1",
    "database_url": SecretStr("sqlite:///rehearsal.db"),
    "host": "127.0.0.1",
    "port": 0,
    "alert_token": None,
}
"""What it has no use for, so that a fault in it is none: people rehearse before they have all of it."""

POLITE_SYNC_S = 60.0
"""How often a server of the operator's is asked for its models; a file is read more often."""
CATALOGUE_WITHIN_S = 75.0
MOST_NAMED = 5
_TYPED_EASILY = re.compile(r"[\w .:/-]+")


@dataclass
class Known:
    """What the registries say now."""

    cards: list[ModelCard] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def rehearse(*, port: int | None, browser: bool) -> int:
    """Serve the workspace with your own facts until Ctrl-C; the exit code. Raises Stop for what cannot be used."""
    settings = read_settings(**NOT_USED)
    if missing := settings.missing_for_registries():
        raise SettingsBroken(missing)
    policy, _ = read_practice(settings)
    read_template(settings)
    places = _places(settings)
    crew = _crew(settings)
    console = Console(highlight=False)
    known = _read_registries(settings, console)
    with tempfile.TemporaryDirectory(prefix="ml-incident-own-") as folder:
        zone = str(policy.zone)
        production = Production(
            port=DEFAULT_PORT if port is None else port,
            models=settings.registry_file if "file" in settings.registries else None,
            company=write_company([*known.cards, *crew], places=places, zone=zone, into=Path(folder) / "company.yaml"),
            settings=_passed_on(settings),
            zone=zone,
            sync_seconds=POLITE_SYNC_S if set(settings.registries) - {"file"} else Production.sync_seconds,
        )
        return on_stage(production, console, lambda stage: _hand_over(stage, known, settings, console, browser))


def _crew(settings: Settings) -> list[ModelCard]:
    """Whom the rotas and the people file name, as cards that name them, so that they are in the workspace, too."""
    now, crew = datetime.now(UTC), []
    try:
        if settings.rotas is not None:
            for name, rota in read_rotas(settings.rotas.read_bytes(), settings.rotas.name).items():
                people = [*rota.people, *(swap.person for swap in rota.overrides)]
                crew.append(ModelCard(name, {"oncall": Fact(people, settings.rotas.name, now)}))
        if settings.people is not None:
            meant = read_people(settings.people.read_bytes(), settings.people.name)
            named = [f"{name} <{who}>" if _is_name(name, who) else who for name, who in meant.items()]
            crew.append(ModelCard("your people file", {"stakeholders": Fact(named, settings.people.name, now)}))
    except FileBroken as broken:
        raise WrongUsage(str(broken)) from None
    return crew


def _is_name(name: str, who: str) -> bool:
    """Whether a line of the people file says what somebody with this address is called."""
    return parse_contact(name).kind == "name" and parse_contact(who).kind == "email"


def _hand_over(stage: Stage, known: Known, settings: Settings, console: Console, browser: bool) -> None:  # noqa: FBT001 -- passed on
    pace = Pace(slowly=False)
    with Stagehand(stage, pace):
        show_page(stage, console, browser=browser)
        _wait_for_catalogue(stage, settings.registries, some=bool(known.cards))
        Narrator(stage.slack, console, pace).hand_over(_welcome(known), tries(known.cards))
        stay(console)


def _places(settings: Settings) -> dict[str, str]:
    """Where the bot speaks. Raises SettingsBroken for what no channel of Slack can be called."""
    named = {
        "announcements": ("announce_channel", settings.announce_channel),
        "digest": ("digest_channel", settings.digest_place),
    }
    faults = [
        f"{env_name(setting)} names “{place}”, and no channel of Slack can be called that."
        for setting, place in named.values()
        if (channel := channel_of(place, called="x")) is None or (channel[0] is None and channel[1] != place.lower())
    ]
    if faults:
        raise SettingsBroken(list(dict.fromkeys(faults)))
    return {called: place for called, (_, place) in named.items()}


def _read_registries(settings: Settings, console: Console) -> Known:
    """Every card of every registry. Raises WrongUsage for a file of yours; a server that is down is named."""
    known = Known()
    found: dict[str, list[ModelCard]] = {}
    for registry in open_registries(settings):
        _say(console, f"Reading the registry {registry.name} …")
        try:
            reading = registry.read(datetime.now(UTC))
        except RegistryDown as down:
            if registry.name == "file":
                raise WrongUsage(str(down)) from None
            known.problems.append(str(down))
            _say(console, f"{registry.name}: {down}")
            continue
        for card in reading.cards:
            found.setdefault(card.name, []).append(card)
        _say(console, f"{registry.name}: {_models(len(reading.cards))}")
        if problem := _left_out(reading):
            known.problems.append(problem)
            _say(console, f"{registry.name}: {problem}")
    known.cards = [merge(name, cards) for name, cards in sorted(found.items())]
    return known


def _left_out(reading: Reading) -> str | None:
    """Which models are not there. The registry's own words speak of what was last known, and here nothing was."""
    if not reading.unreadable:
        return reading.problem
    names = ", ".join(sorted(reading.unreadable)[:MOST_NAMED])
    more = f" and {len(reading.unreadable) - MOST_NAMED} more" if len(reading.unreadable) > MOST_NAMED else ""
    return f"Left out, because their entries have faults: {names}{more}; `ml-incident registry check` lists them."


def _say(console: Console, sentence: str) -> None:
    """Plainly: names of models may hold brackets, which are no markup."""
    console.print(sentence, markup=False, soft_wrap=True)


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


def _wait_for_catalogue(stage: Stage, named: Sequence[str], *, some: bool) -> None:
    """Until the bot has asked every registry once, so that nobody opens an incident of a model that it will know."""
    engine = open_engine(parse_url(stage.database))
    storage = Storage(engine)
    until = time.monotonic() + CATALOGUE_WITHIN_S
    try:
        while time.monotonic() < until:
            try:
                with storage.reading() as tx:
                    asked = {row.source for row in registries.syncs(tx)} >= set(named)
                    if asked and (listing.names(tx) or not some):
                        return
            except SQLAlchemyError:
                pass  # the bot was killed in the middle, or is making the database
            time.sleep(0.1)
    finally:
        storage.close()
        engine.dispose()


def _welcome(known: Known) -> str:
    count = len(known.cards)
    yours = f"This is your own catalogue of {_models(count)}." if count else "Your registries list no model yet."
    return " ".join([yours, *known.problems, "Nothing here reaches your Slack or your database. Try:"])


def _models(count: int) -> str:
    return "one model" if count == 1 else f"{count:,} models"


def tries(cards: Sequence[ModelCard]) -> list[Json]:
    """Three things to try, with the models that matter most."""

    def first_choice(card: ModelCard) -> tuple[bool, bool, int, str]:
        return not _TYPED_EASILY.fullmatch(card.name), card.tier is None, card.tier or 0, card.name

    by_tier = sorted(cards, key=first_choice)
    first, second = [*(card.name for card in by_tier[:2]), "", ""][:2]
    what = "what you fear most"
    return [
        _try(
            f"Open an incident of {first}" if first else "Open an incident",
            "See who is invited, what the card says, and which of its facts are UNKNOWN.",
            f"/ml-incident open {first} {what}" if first else "/ml-incident open",
        ),
        _try(
            "Kill the bot in the middle",
            "Send this, press “Kill the bot” at once, and look at what is owed. Start it again: one channel, one card, "
            "everybody invited once.",
            # Of the first one an incident is open by then, and the bot would rather bring people there.
            f"/ml-incident open {second} {what}" if second else "/ml-incident open",
        ),
        _try(
            "Read next Monday's digest",
            "It says what your models lack, and whom to ask; or let time pass to next Monday.",
            "/ml-incident digest",
        ),
    ]


def _try(title: str, said: str, text: str) -> Json:
    return {"title": title, "said": said, "who": YOU, "channel": "general", "text": text}
