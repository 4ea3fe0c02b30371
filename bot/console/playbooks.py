"""`ml-incident playbooks`: check the organisation's own, and read what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.console.playbooks_check import check
from bot.console.playbooks_choose import choose
from bot.console.playbooks_export import export_playbook
from bot.console.playbooks_import import import_playbook
from bot.console.playbooks_show import show
from bot.console.playbooks_try import try_playbook

if TYPE_CHECKING:
    from playbooks.load import Library

playbooks_app = typer.Typer(no_args_is_help=True, help="Playbooks: check your own, list and read them.")
playbooks_app.command()(check)
playbooks_app.command()(choose)
playbooks_app.command("try")(try_playbook)
playbooks_app.command("import")(import_playbook)
playbooks_app.command("export")(export_playbook)
playbooks_app.command()(show)


@playbooks_app.command("list")
def list_playbooks() -> None:
    """List the playbooks that a serving bot would offer."""
    library = _library()
    for playbook in library.all():
        own = "" if library.source(playbook.id).is_shipped else "  (your own)"
        typer.echo(f"{playbook.id:<40} {playbook.title}{own}")


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
