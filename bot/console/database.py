"""`ml-incident db`: the database's schema."""

from __future__ import annotations

import typer

db_app = typer.Typer(no_args_is_help=True, help="The database: bring its schema up to date.")


@db_app.command()
def upgrade() -> None:
    """Bring the schema to what this version needs. Harmless when it is there already."""
    from bot.database import engine_for, said_plainly
    from bot.settings import read_settings
    from storage import upkeep

    engine = engine_for(read_settings())
    try:
        with said_plainly(engine):
            before, needed = upkeep.current(engine), upkeep.newest()
            if before == needed:
                typer.echo(f"The database is up to date ({needed}).")
                return
            upkeep.upgrade(engine)
    finally:
        engine.dispose()
    typer.echo(
        f"The database is now at {needed}; it was at {before}." if before else f"The tables are there ({needed})."
    )


@db_app.callback()
def db() -> None:
    """The database: bring its schema up to date."""
