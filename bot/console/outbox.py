"""`ml-incident outbox`: what we still owe the outside, what gave up and why, and trying that again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.models import Effect

outbox_app = typer.Typer(no_args_is_help=True, help="What is owed to Slack: look at it, and try again what gave up.")


@outbox_app.command("list")
def list_effects(*, dead: Annotated[bool, typer.Option("--dead", help="Only what gave up.")] = False) -> None:
    """Show what is owed, being done or given up, oldest first. Exits 1 when something gave up."""
    from bot.database import opened_storage
    from bot.settings import read_settings
    from storage import outbox

    with opened_storage(read_settings()) as storage, storage.reading() as tx:
        rows = outbox.dead(tx) if dead else outbox.unsettled(tx)
        counts = outbox.depth(tx)
    for row in rows:
        typer.echo(describe(row))
    typer.echo(f"{counts['owed']} owed, {counts['doing']} being done, {counts['dead']} given up.")
    if counts["dead"]:
        typer.echo("Mend the cause, then run: ml-incident outbox retry --all")
        raise typer.Exit(1)


@outbox_app.command()
def retry(
    ids: Annotated[
        list[int] | None, typer.Argument(min=1, max=2**63 - 1, help="Numbers, as `outbox list` shows them.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Everything that gave up.")] = False,
) -> None:
    """Owe again what gave up. The process that serves finds it within seconds."""
    from datetime import UTC, datetime

    from bot.database import opened_storage
    from bot.errors import Stop, WrongUsage
    from bot.settings import read_settings
    from storage import outbox

    if bool(ids) == everything:
        raise WrongUsage("Say which ones: `ml-incident outbox retry 12 15`, or `--all` for everything that gave up.")
    with opened_storage(read_settings()) as storage, storage.transaction() as tx:
        owed = outbox.retry(tx, None if everything else ids, now=datetime.now(UTC))
    if ids and owed < len(set(ids)):
        raise Stop(f"{owed} of {len(set(ids))} are owed again; the others had not given up, or there are none such.")
    typer.echo(f"{owed} owed again.")


def describe(row: Effect) -> str:
    """One line: number, state, what it is, for which incident, how often it was tried, and why it has not worked."""
    state = {"dead": "gave up", "doing": "being done"}.get(row.state, row.state)
    incident = f" of incident {row.incident_id}" if row.incident_id else ""
    tried = f", tried {row.attempts} time{'s' if row.attempts != 1 else ''}" if row.attempts else ""
    waits = f", needs {row.needs_id}" if row.needs_id and row.state == "owed" else ""
    why = f": {row.error}" if row.error else ""
    return f"{row.id:>6}  {state:<10}  {row.kind}{incident}, since {row.owed_at:%Y-%m-%d %H:%M} UTC{tried}{waits}{why}"
