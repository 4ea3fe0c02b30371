"""`ml-incident review export` and `ml-incident digest preview`: what was written, without Slack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

review_app = typer.Typer(no_args_is_help=True, help="Reviews of incidents.")
digest_app = typer.Typer(no_args_is_help=True, help="The weekly ownership digest.")


@review_app.callback()
def _reviews() -> None:
    """Reviews of incidents."""


@digest_app.callback()
def _digests() -> None:
    """The weekly ownership digest."""


@review_app.command()
def export(
    incident: Annotated[str, typer.Argument(help="The incident, as INC-12 or 12.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; printed when left out.")
    ] = None,
) -> None:
    """Write the review of an incident as Markdown, as it stands in the database."""
    from bot.database import opened_storage
    from bot.errors import Stop
    from bot.settings import read_settings
    from storage import reviews

    number = _number(incident)
    with opened_storage(read_settings()) as storage, storage.reading() as tx:
        review = reviews.by_incident(tx, number)
        if review is None:
            raise Stop(f"There is no review of {incident}. It is drafted when the incident is resolved.")
        text = review.markdown
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise Stop(f"{output} cannot be written: {problem.strerror}.") from None
    typer.echo(f"Wrote {output}.")


def _number(text: str) -> int:
    from bot.errors import WrongUsage

    digits = text.rpartition("-")[2]
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise WrongUsage(f"“{text}” is no incident; write it as INC-12 or 12.")
    return int(digits)


@digest_app.command()
def preview(
    *,
    reader: Annotated[
        str | None,
        typer.Option("--for", help="One person, as ana@example.com, @ana or a Slack id: what they would be told."),
    ] = None,
) -> None:
    """Print the digest as it would be posted now, or as one person would be told. Nothing is sent."""
    from datetime import UTC, datetime

    from bot.database import opened_storage
    from bot.errors import Stop
    from bot.incidents.desk import Desk
    from bot.incidents.digest_preview import preview_for, preview_lines
    from bot.settings import read_settings
    from playbooks.lifecycle import RuleBroken
    from playbooks.load import load_library
    from playbooks.policy import load_policy

    settings = read_settings()
    policy, library = load_policy(settings.policy), load_library(settings.playbooks)
    with opened_storage(settings) as storage, storage.reading() as tx:
        desk = Desk(tx=tx, now=datetime.now(UTC), by="", policy=policy, library=library)
        try:
            lines = preview_lines(desk) if reader is None else preview_for(desk, reader)
        except RuleBroken as nobody:
            raise Stop(str(nobody)) from None
        for line in lines:
            typer.echo(line)
