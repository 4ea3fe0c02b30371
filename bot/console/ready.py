"""`ml-incident registry ready`: what models lack for production, how that is added, and how teams do over time."""

from __future__ import annotations

from typing import Annotated

import typer


def ready(
    model: Annotated[
        str | None, typer.Argument(help="A model's name, or its plain name; all teams when left out.")
    ] = None,
    *,
    team: Annotated[
        str | None, typer.Option(help="The models of one team instead, those that lack most first.")
    ] = None,
) -> None:
    """Show what a model lacks for production, each with the line or call that adds it; without a model, how well each
    team documents its models, against last week and four weeks ago."""
    from datetime import UTC, datetime

    from bot.database import opened_storage
    from bot.errors import Stop, WrongUsage
    from bot.incidents import readiness
    from bot.incidents.desk import Desk
    from bot.registries.printed import find
    from bot.settings import read_settings
    from bot.views.terminal import in_lines
    from playbooks.fields import FIELDS
    from playbooks.lifecycle import RuleBroken
    from playbooks.load import load_library
    from playbooks.policy import load_policy

    if model is not None and team is not None:
        raise WrongUsage("Give a model or --team, not both.")
    settings = read_settings()
    policy, library = load_policy(settings.policy), load_library(settings.playbooks)
    with opened_storage(settings) as storage, storage.reading() as tx:
        now = datetime.now(UTC)
        desk = Desk(tx=tx, now=now, by="", policy=policy, library=library, sources=settings.sources)
        if model is not None:
            answer = readiness.of_model(desk, find(tx, model).name, most=len(FIELDS))
        else:
            try:
                answer = readiness.of_teams(desk) if team is None else readiness.of_team(desk, team)
            except RuleBroken as unknown:
                raise Stop(str(unknown).replace("/ml-incident ready", "ml-incident registry ready")) from None
        for line in in_lines(answer.blocks or []):
            typer.echo(line)
