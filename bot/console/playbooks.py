"""`ml-incident playbooks`: check the organisation's own, and read what there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.console.playbooks_import import import_playbook

if TYPE_CHECKING:
    from playbooks.load import Library

playbooks_app = typer.Typer(no_args_is_help=True, help="Playbooks: check your own, list and read them.")
playbooks_app.command("import")(import_playbook)


@playbooks_app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; ML_INCIDENT_PLAYBOOKS when none is named.")
    ] = None,
) -> None:
    """Say every fault as file:line:column: field: what to mend. Exits 1 when there is one."""
    from datetime import UTC, datetime

    from bot.errors import WrongUsage
    from bot.settings import read_settings
    from playbooks.load import check as find_faults

    chosen = list(paths or [])
    if not chosen:
        folder = read_settings().playbooks
        if folder is None:
            raise WrongUsage("Name the files or folders to check, or set ML_INCIDENT_PLAYBOOKS.")
        chosen = [folder]
    if missing := [str(path) for path in chosen if not path.exists()]:
        raise WrongUsage(f"There is no {', '.join(missing)}.")
    faults = find_faults(chosen, today=datetime.now(UTC).date())
    for fault in faults:
        typer.echo(str(fault), err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo("No faults.")


@playbooks_app.command("list")
def list_playbooks() -> None:
    """List the playbooks that a serving bot would offer."""
    library = _library()
    for playbook in library.all():
        own = "" if library.source(playbook.id).is_shipped else "  (your own)"
        typer.echo(f"{playbook.id:<40} {playbook.title}{own}")


@playbooks_app.command()
def show(name: Annotated[str, typer.Argument(help="Its id, as `playbooks list` shows it.")]) -> None:
    """Print a playbook as it is written."""
    from bot.errors import Stop
    from playbooks.lifecycle import RuleBroken

    try:
        typer.echo(_library().source(name).text, nl=False)
    except RuleBroken as unknown:
        raise Stop(str(unknown)) from None


@playbooks_app.command()
def schema() -> None:
    """Print the JSON Schema of a playbook, for your editor."""
    import json

    from playbooks.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def _library() -> Library:
    from bot.settings import read_settings
    from playbooks.load import load_library

    library = load_library(read_settings().playbooks)
    for fault in library.faults:
        typer.echo(str(fault), err=True)
    return library
