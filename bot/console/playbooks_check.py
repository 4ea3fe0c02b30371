"""`ml-incident playbooks check`: every fault of playbooks, for a person, for a program, or on a pull request."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.settings import Settings
    from playbooks.faults import Fault


class Format(StrEnum):
    """For whom faults are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; ML_INCIDENT_PLAYBOOKS when none is named.")
    ] = None,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs, github for notes on a pull request.")
    ] = Format.TEXT,
) -> None:
    """Say every fault as file:line:column: field: what to mend. Exits 1 when there is one."""
    from datetime import UTC, datetime

    from bot.errors import WrongUsage
    from bot.settings import read_settings
    from playbooks.load import check as find_faults

    settings = read_settings()
    chosen = list(paths or [])
    if not chosen:
        if settings.playbooks is None:
            raise WrongUsage("Name the files or folders to check, or set ML_INCIDENT_PLAYBOOKS.")
        chosen = [settings.playbooks]
    if missing := [str(path) for path in chosen if not os.path.lexists(path)]:
        raise WrongUsage(f"There is no {', '.join(missing)}.")
    faults = find_faults(chosen, today=datetime.now(UTC).date(), connections=_connections(settings))
    _say(faults, form)
    if faults:
        raise typer.Exit(1)


def _connections(settings: Settings) -> Collection[str]:
    """The names in the operator's file. Its secrets are not needed for that, and its own faults are for `doctor`."""
    from bot.errors import WrongUsage
    from playbooks.reading import read_yaml

    file = settings.connections
    if file is None:
        return ()
    try:
        data = read_yaml(file.read_bytes(), str(file)).data
    except OSError as error:
        raise WrongUsage(f"{file} cannot be read: {error.strerror}.") from None
    named = data.get("connections") if isinstance(data, dict) else None
    return tuple(named) if isinstance(named, dict) else ()


def _say(faults: Sequence[Fault], form: Format) -> None:
    import json
    from dataclasses import asdict

    if form is Format.JSON:
        typer.echo(json.dumps([asdict(fault) for fault in faults], indent=2, ensure_ascii=False))
        return
    for fault in faults:
        typer.echo(annotation(fault) if form is Format.GITHUB else str(fault), err=form is Format.TEXT)
    if not faults:
        typer.echo("No faults.")


def annotation(fault: Fault) -> str:
    """The fault as a workflow command of GitHub Actions, which shows it beside its line.

    Escaped as GitHub's own toolkit does it (actions/toolkit, packages/core/src/command.ts).
    """
    file, here = Path(fault.file), Path.cwd()
    where = str(file.relative_to(here)) if file.is_absolute() and file.is_relative_to(here) else fault.file
    said = {"file": where, "line": fault.line, "col": fault.column, "title": f"Playbook: {fault.field or 'the file'}"}
    return (
        f"::error {','.join(f'{name}={_property(str(value))}' for name, value in said.items())}::{_data(fault.message)}"
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
