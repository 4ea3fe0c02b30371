"""`ml-incident registry`: what the catalogue knows of a model now and then, whether a file can be used, and syncing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

registry_app = typer.Typer(no_args_is_help=True, help="The registries of models, and the catalogue made of them.")


@registry_app.command()
def show(
    model: Annotated[str, typer.Argument(help="A model's name, or its plain name.")],
    at: Annotated[
        str | None,
        typer.Option(
            help="Which versions its aliases pointed at then: 14:05 or “2026-11-20 14:05” (UTC), or with a zone."
        ),
    ] = None,
) -> None:
    """Show what is known of a model, each fact with its source and age; with --at, which version was serving then."""
    from datetime import UTC, datetime

    from bot.database import opened_storage
    from bot.registries.printed import alias_lines, card_lines, find, read_time
    from bot.settings import read_settings

    now = datetime.now(UTC)
    moment = read_time(at, now=now) if at else None
    with opened_storage(read_settings()) as storage, storage.reading() as tx:
        row = find(tx, model)
        lines = list(card_lines(tx, row, now) if moment is None else alias_lines(tx, row.name, moment))
    for line in lines:
        typer.echo(line)


@registry_app.command()
def history(model: Annotated[str, typer.Argument(help="A model's name, or its plain name.")]) -> None:
    """Show which versions its aliases pointed at since when, aliases that are gone too, as the bot saw it."""
    from bot.database import opened_storage
    from bot.registries.printed import find, history_lines
    from bot.settings import read_settings

    with opened_storage(read_settings()) as storage, storage.reading() as tx:
        lines = list(history_lines(tx, find(tx, model).name))
    for line in lines:
        typer.echo(line)


@registry_app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="A catalogue, or a folder of model cards; that of ML_INCIDENT_REGISTRY_FILE unless given."),
    ] = None,
) -> None:
    """Check a models.yaml or a folder, and the people file and rotas that the settings name: every fault by file, line
    and field; and what each model leaves undocumented."""
    from datetime import UTC, datetime

    from bot.errors import Stop, WrongUsage
    from bot.registries.duty import duty_at, on_calls
    from bot.registries.folder import catalogue_at
    from bot.registries.printed import gap_lines, unset_lines, verdicts
    from bot.registries.protocol import RegistryDown
    from bot.settings import read_settings
    from playbooks.duty import missing_rotas

    settings = read_settings()
    path = file or settings.registry_file
    try:
        found = catalogue_at(path, now=datetime.now(UTC))
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from None
    except RegistryDown as down:
        raise WrongUsage(str(down)) from None
    duty = duty_at(settings.people, settings.rotas)
    missing = missing_rotas(on_calls(found), duty.rotas) if duty.rotas is not None else []
    faults = [*found.faults, *missing, *duty.faults]
    for fault in faults:
        typer.echo(str(fault), err=True)
    for line in [*gap_lines(found), *unset_lines(found, settings)]:
        typer.echo(line)
    said = verdicts(path, found, faults, [one for one in (settings.people, settings.rotas) if one is not None])
    if faults:
        raise Stop(said)
    typer.echo(said)


@registry_app.command()
def schema() -> None:
    """Print the JSON Schema (draft-07) of model cards, from which editors complete and check models.yaml."""
    import json

    from bot.registries.card_schema import card_schema

    typer.echo(json.dumps(card_schema(), indent=2, ensure_ascii=False))


@registry_app.command()
def propose(
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A new file; printed where it is left out.")
    ] = None,
    codeowners: Annotated[Path | None, typer.Option(help="A CODEOWNERS file of GitHub or GitLab.")] = None,
    paths: Annotated[
        list[str] | None,
        typer.Option(
            help="Where the code of a model lives: fraud-scorer=services/fraud. May be repeated. Without it, a line of "
            "CODEOWNERS counts whose path has a folder called like the model."
        ),
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="Where log-in names get mail: ana of MLflow is then ana@example.com.")
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Also ask the proposed owners in Slack, each in one direct message.")
    ] = False,
) -> None:
    """Draft a models.yaml of what no registry says today: from MLflow, its runs, Backstage and a CODEOWNERS file."""
    from bot.errors import FOUND_A_PROBLEM
    from bot.registries.propose import ask_them, draft, read_paths
    from bot.settings import read_settings

    drafted = draft(read_settings(), codeowners=codeowners, paths=read_paths(paths or []), domain=domain, output=output)
    if output is None:
        typer.echo(drafted.text, nl=False)
    if ask:
        ask_them(read_settings(), drafted)
    for line in drafted.lines:
        typer.echo(line, err=True)
    for problem in drafted.problems:
        typer.echo(problem, err=True)
    if drafted.problems:
        raise typer.Exit(FOUND_A_PROBLEM)


@registry_app.command("sync")
def sync_now() -> None:
    """Read all registries now, and bring the catalogue up to date. Exits 1 when one could not be read in full."""
    from datetime import UTC, datetime

    from bot.database import opened_storage
    from bot.errors import FOUND_A_PROBLEM
    from bot.registries import open_registries
    from bot.registries.printed import sync_lines
    from bot.settings import read_settings
    from bot.sync import sync

    settings = read_settings()
    with opened_storage(settings) as storage:
        done = sync(storage, open_registries(settings), datetime.now(UTC))
    for line in sync_lines(done):
        typer.echo(line)
    for name, problem in done.problems.items():
        typer.echo(f"{name}: {problem}", err=True)
    if done.problems:
        raise typer.Exit(FOUND_A_PROBLEM)
