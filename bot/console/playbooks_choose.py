"""`ml-incident playbooks choose`: which playbooks would be offered for a failure, and why."""

from __future__ import annotations

from typing import Annotated

import typer


def choose(
    words: Annotated[list[str] | None, typer.Argument(help="What is wrong, as one would type it.")] = None,
    *,
    failure_mode: Annotated[str | None, typer.Option(help="The kind of failure, e.g. bad-data.")] = None,
    mode: Annotated[str | None, typer.Option(help="How the model answers: online, batch, streaming or llm.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="A label of the alert, e.g. ml_failure_mode=bad-data; may be repeated.")
    ] = None,
) -> None:
    """Print the playbooks that fit, best first, each with the reason."""
    from bot.errors import WrongUsage
    from bot.settings import read_settings
    from playbooks.faults import not_one_of
    from playbooks.lifecycle import FAILURE_MODES, Mode
    from playbooks.load import load_library
    from playbooks.match import match

    for said, known in ((failure_mode, list(FAILURE_MODES)), (mode, [one.value for one in Mode])):
        if said is not None and said not in known:
            raise WrongUsage(not_one_of(said, known))
    labels = dict(one.split("=", 1) for one in label or [] if "=" in one)
    if wrong := [one for one in label or [] if "=" not in one]:
        raise WrongUsage(f"Write a label as name=value, not {wrong[0]}.")
    library = load_library(read_settings().playbooks)
    for found in match(library, failure_mode=failure_mode, mode=mode, words=" ".join(words or []), labels=labels):
        typer.echo(f"{found.playbook.id:<40} {found.reason}")
