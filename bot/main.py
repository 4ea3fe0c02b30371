"""The command `ml-incident`. What a command needs is imported when it is run, so that each starts quickly."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bot.console.database import db_app
from bot.console.outbox import outbox_app
from bot.console.playbooks import playbooks_app
from bot.console.ready import ready
from bot.console.reports import digest_app, review_app
from bot.registries.commands import registry_app

app = typer.Typer(
    name="ml-incident",
    help="Runs the response in Slack when a machine-learning model fails in production.",
    epilog="Exit codes: 0 done, 1 it found a problem, 2 wrong usage or settings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(playbooks_app, name="playbooks")
registry_app.command()(ready)
app.add_typer(registry_app, name="registry")
app.add_typer(review_app, name="review")
app.add_typer(digest_app, name="digest")
app.add_typer(outbox_app, name="outbox")
app.add_typer(db_app, name="db")


def _say_version(asked: bool) -> None:  # noqa: FBT001 -- as typer calls it
    if asked:
        from importlib.metadata import version

        typer.echo(f"ml-incident {version('ml-incident-bot')}")
        raise typer.Exit


@app.callback()
def begin(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Runs the response in Slack when a machine-learning model fails in production."""


class Level(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


@app.command()
def serve(
    *,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object per line.")] = False,
    log_level: Annotated[Level, typer.Option(help="The least that is logged.")] = Level.INFO,
    ready_file: Annotated[Path | None, typer.Option(help="Gets the web address once requests are taken.")] = None,
    sandbox_clock: Annotated[
        str | None, typer.Option(help="Follow the clock of the sandbox at this address, to let time pass there.")
    ] = None,
) -> None:
    """Run the bot: Slack's requests, what is owed, and the clock, in one process."""
    from bot.errors import WrongUsage
    from bot.logs import start_logging
    from bot.settings import REAL_SLACK, read_settings

    settings = read_settings(serving=True)
    if sandbox_clock is not None and settings.slack_api_url == REAL_SLACK:
        raise WrongUsage("--sandbox-clock is for a bot in the sandbox; set SLACK_API_URL to its address, too.")
    start_logging(secrets=settings.secrets(), as_json=log_json, level=log_level.upper())

    from bot.processes import leave_at_once, write_whole
    from bot.serving import serve_bot

    ready = (lambda address: write_whole(ready_file, address)) if ready_file else None
    if sandbox_clock is None:
        serve_bot(settings, ready=ready)
    else:
        from bot.demo.clock import following

        with following(sandbox_clock) as now:
            serve_bot(settings, now=now, tick_seconds=1, ready=ready)
    leave_at_once()


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Play it fast, print the transcript and end.")] = False,
    own: Annotated[
        bool, typer.Option("--own", help="Rehearse with your own registries, policy and playbooks; plays no story.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="The model that fails.")] = None,
    title: Annotated[str | None, typer.Option(help="What is wrong with it.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser where there is one.")] = True,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Where the workspace listens: 8400, or a free one with --once."),
    ] = None,
) -> None:
    """Play an incident from open to overdue review, in a Slack of its own."""
    from bot.errors import WrongUsage

    if own and (once or model is not None or title is not None):
        raise WrongUsage("--own plays no story, so it takes neither --once nor --model nor --title.")
    if own:
        from bot.demo.own import rehearse

        raise typer.Exit(rehearse(port=port, browser=browser))

    from bot.demo import play, play_once

    if once:
        raise typer.Exit(play_once(model=model, title=title, port=port))
    raise typer.Exit(play(model=model, title=title, port=port, browser=browser))


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Where it listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8400,
    events_url: Annotated[str, typer.Option(help="Where the bot takes Slack's signed requests, if over HTTP.")] = "",
) -> None:
    """Run a small Slack on this machine, for trying things out."""
    from bot.guide import build_guide
    from bot.manifest import subscribed_events
    from bot.sandbox.guide import as_guide
    from bot.sandbox.server import serve as serve_sandbox

    guide = as_guide(build_guide(zone="UTC"))
    events = subscribed_events()
    raise typer.Exit(serve_sandbox(host, port, lived_in=True, events_url=events_url, events=events, guide=guide))


@app.command()
def doctor() -> None:
    """Look at everything the bot needs. Per line: ok, or the one thing to do. Exits 1 when there is something to do."""
    from bot.doctor import examine

    raise typer.Exit(examine())


@app.command()
def manifest(
    *,
    http: Annotated[
        str | None, typer.Option("--http", help="Make it for HTTP at this public address, instead of Socket Mode.")
    ] = None,
) -> None:
    """Print the manifest to create the Slack app from. It asks for exactly what the code uses."""
    from bot.errors import WrongUsage
    from bot.manifest import as_json, build_manifest

    if http is not None and not http.startswith("https://"):
        raise WrongUsage("--http needs the address at which Slack reaches the bot, beginning with https://.")
    typer.echo(as_json(build_manifest(public_url=http)))


def run() -> None:
    """The entry point. Whatever an operator can mend is said in a sentence each, without a traceback."""
    from bot.errors import FOUND_A_PROBLEM, WRONG_USAGE, Stop

    prepare_terminal()
    try:
        app()
    except Stop as stop:
        typer.echo(str(stop), err=True)
        sys.exit(stop.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as broken:
        from bot.console.failures import told
        from playbooks.faults import FileBroken

        usage = isinstance(broken, FileBroken)
        typer.echo(str(broken) if usage else told(broken), err=True)
        sys.exit(WRONG_USAGE if usage else FOUND_A_PROBLEM)


def prepare_terminal() -> None:
    """What the terminal has no letters for is replaced; what libraries would log is left to `serve`, which does log."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if not logging.getLogger().handlers:
        logging.getLogger().addHandler(logging.NullHandler())


if __name__ == "__main__":
    run()
