"""`ml-incident doctor`: everything the bot needs, looked at before the first incident. Per line ok, or what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.addresses import is_here, reach_directly
from bot.connections import ConnectionsBroken, load
from bot.connections.health import look
from bot.database import engine_for, said_plainly
from bot.duty import look as look_who_is_on_call
from bot.env_file import misspelt
from bot.errors import DONE, FOUND_A_PROBLEM, SettingsBroken, Stop
from bot.manifest import needed_scopes
from bot.registries import open_registries
from bot.settings import Settings, env_name, read_settings
from playbooks.load import load_library
from playbooks.policy import PolicyBroken, load_policy
from storage import outbox, upkeep
from storage.transaction import Storage

PATIENCE_S = 10


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is well, and how it is or the one thing to do."""

    what: str
    ok: bool
    say: str


Check = Callable[[Settings], Iterator[Finding]]


def examine(console: Console | None = None) -> int:
    """Print every finding as it is made; the exit code: 1 when there is something to do."""
    # Lines are for people and for grep: never wrapped.
    console = console or Console(soft_wrap=True, highlight=False)
    to_do = 0
    for finding in findings():
        mark = Text("ok     ", style="green") if finding.ok else Text("to do  ", style="bold red")
        console.print(mark + Text(f"{finding.what}: {finding.say}", style=""))
        to_do += not finding.ok
    console.print(f"{to_do} to do." if to_do else "Everything is as it should be.")
    return FOUND_A_PROBLEM if to_do else DONE


def findings() -> Iterator[Finding]:
    """Everything that can be found with the settings there are."""
    try:
        settings = read_settings(serving=True)
    except SettingsBroken as broken:
        yield from (Finding("settings", ok=False, say=fault) for fault in broken.faults)
        try:
            settings = read_settings()
        except SettingsBroken:
            return  # the rest would only say the same again
    else:
        way = "Socket Mode" if settings.over_socket else "HTTP"
        yield Finding("settings", ok=True, say=f"complete, for {way}")
    for name, meant in misspelt(map(env_name, Settings.model_fields), os.environ):
        yield Finding("settings", ok=False, say=f"{name} is no setting; did you mean {meant}?")
    for name, check in CHECKS.items():
        try:
            yield from check(settings)
        except Exception as problem:  # a check that breaks must not keep the others from being made
            yield Finding(
                name, ok=False, say=f"could not be looked at ({type(problem).__name__}: {_first_line(problem)})"
            )


def _slack(settings: Settings) -> Iterator[Finding]:
    if settings.slack_bot_token is None:
        return
    client = _client(settings, settings.slack_bot_token.get_secret_value())
    try:
        answer = client.auth_test()
    except SlackApiError as refused:
        token = f"refuses SLACK_BOT_TOKEN ({refused.response['error']}); copy it from the app's pages."
        yield Finding("Slack", ok=False, say=token if _is_slack(refused) else _no_slack(settings))
        return
    except OSError as problem:
        yield Finding("Slack", ok=False, say=f"cannot be reached at {settings.slack_api_url}: {_first_line(problem)}")
        return
    yield Finding("Slack", ok=True, say=f"the token is for {answer.get('user')} in {answer.get('team')}")
    scopes = _scopes(answer.headers)
    yield scopes
    try:
        yield from _channels(client, settings)
    except SlackApiError as refused:
        then = "mend the scopes first." if not scopes.ok else "run the doctor again, or ask your Slack's administrator."
        yield Finding("channels", ok=False, say=f"Slack will not tell them ({refused.response['error']}); {then}")


def _scopes(headers: Any) -> Finding:
    said = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    granted = {scope.strip() for scope in str(said).split(",")}
    if missing := [scope for scope in needed_scopes() if scope not in granted]:
        return Finding(
            "scopes",
            ok=False,
            say=f"missing {', '.join(missing)}; update the app with `ml-incident manifest` and install it again.",
        )
    return Finding("scopes", ok=True, say=f"all {len(needed_scopes())} that the bot uses")


def _channels(client: WebClient, settings: Settings) -> Iterator[Finding]:
    wanted = {"announce channel": settings.announce_channel, "digest channel": settings.digest_place}
    mine: set[str] = set()
    for page in client.users_conversations(types="public_channel,private_channel", exclude_archived=True, limit=200):
        mine |= {channel[key] for channel in page["channels"] for key in ("id", "name") if channel.get(key)}
    for what, name in wanted.items():
        shown = f"the channel {name}" if re.fullmatch(r"[CG][0-9A-Z]{8,}", name) else f"#{name}"
        if name in mine or name.lower() in mine:
            yield Finding(what, ok=True, say=f"the bot is in {shown}")
        else:
            yield Finding(what, ok=False, say=f"the bot is not in {shown}; type /invite @ml-incident there.")


def _way_in(settings: Settings) -> Iterator[Finding]:
    if settings.slack_app_token is not None:
        client = _client(settings, None)
        try:
            client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
        except SlackApiError as refused:
            token = (
                f"Slack refuses SLACK_APP_TOKEN ({refused.response['error']}); "
                "make an app-level token with connections:write, and turn Socket Mode on."
            )
            yield Finding("Socket Mode", ok=False, say=token if _is_slack(refused) else _no_slack(settings))
        except OSError as problem:
            yield Finding("Socket Mode", ok=False, say=f"Slack cannot be reached: {_first_line(problem)}")
        else:
            yield Finding("Socket Mode", ok=True, say="Slack would connect")
    elif settings.slack_signing_secret is not None:
        address = f"http://{settings.host}:{settings.port}"
        try:
            httpx.get(f"{address}/healthz", timeout=3, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            yield Finding("HTTP", ok=True, say=f"nothing serves at {address} yet; start it with `ml-incident serve`")
        else:
            yield Finding("HTTP", ok=True, say=f"a bot serves at {address}")


def _database(settings: Settings) -> Iterator[Finding]:
    engine = engine_for(settings)
    file = engine.url.database
    try:
        if engine.dialect.name == "sqlite" and file and not Path(file).exists():
            yield Finding("database", ok=True, say=f"{file} is made when the bot starts")
            return
        with said_plainly(engine):
            if problem := upkeep.problem(upkeep.current(engine)):
                # On SQLite the bot brings an older schema up to date by itself when it starts.
                by_itself = engine.dialect.name == "sqlite" and "db upgrade" in problem
                yield Finding("database", ok=by_itself, say=problem)
                return
            yield Finding("database", ok=True, say=f"{engine.dialect.name}, schema {upkeep.newest()}")
            with Storage(engine).reading() as tx:
                dead = outbox.depth(tx)["dead"]
        if dead:
            yield Finding("outbox", ok=False, say=f"{dead} effects gave up; see `ml-incident outbox list --dead`.")
        else:
            yield Finding("outbox", ok=True, say="nothing gave up")
    except Stop as problem:
        yield Finding("database", ok=False, say=str(problem))
    finally:
        engine.dispose()


def _practice(settings: Settings) -> Iterator[Finding]:
    try:
        load_policy(settings.policy)
    except PolicyBroken as broken:
        yield from (Finding("policy", ok=False, say=str(fault)) for fault in broken.faults)
    else:
        yield Finding("policy", ok=True, say=str(settings.policy or "the shipped one"))
    library = load_library(settings.playbooks)
    yield from (Finding("playbooks", ok=False, say=str(fault)) for fault in library.faults)
    if not library.faults:
        yield Finding("playbooks", ok=True, say=f"{len(library.sources)} can be used")


def _registries(settings: Settings) -> Iterator[Finding]:
    for registry in open_registries(settings):
        health = registry.health()
        yield Finding(f"registry {registry.name}", ok=health.ok, say=health.sentence)
    if "mlflow" in settings.registries:
        tags = " and ".join(settings.owner_tags or ())
        on = f"who is confirmed in Slack is written to the tags {tags}, which needs EDIT on the models"
        yield Finding("owners in MLflow", ok=True, say=on if tags else "read, and never written")


def _on_call(settings: Settings) -> Iterator[Finding]:
    yield from (Finding(health.name, ok=health.ok, say=health.say) for health in look_who_is_on_call(settings))


def _connections(settings: Settings) -> Iterator[Finding]:
    try:
        connections = load(settings.connections, settings)
    except ConnectionsBroken as broken:
        yield from (Finding("connections", ok=False, say=str(fault)) for fault in broken.faults)
    else:
        yield from (Finding(f"connection {health.name}", ok=health.ok, say=health.say) for health in look(connections))


CHECKS: dict[str, Check] = {
    "Slack": _slack,
    "Slack's way in": _way_in,
    "database": _database,
    "practice": _practice,
    "registries": _registries,
    "on call": _on_call,
    "connections": _connections,
}


def _is_slack(refused: SlackApiError) -> bool:
    """Slack's errors are words like invalid_auth; what else answers is told of in a sentence of the client's own."""
    return " " not in str(refused.response["error"])


def _no_slack(settings: Settings) -> str:
    return f"something answers at {settings.slack_api_url}, but not as Slack does; check SLACK_API_URL."


def _client(settings: Settings, token: str | None) -> WebClient:
    client = WebClient(token=token, base_url=settings.slack_api_url, timeout=PATIENCE_S, retry_handlers=[])
    if is_here(settings.slack_api_url):
        reach_directly(settings.slack_api_url)
        client.proxy = None
    return client


def _first_line(problem: BaseException) -> str:
    lines = str(getattr(problem, "reason", problem)).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
