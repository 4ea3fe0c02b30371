"""`ml-incident playbooks import`: a playbook that was exported from Mattermost, as a file of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def import_playbook(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="What Mattermost Playbooks exported.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write it to.")] = Path(),
) -> None:
    """Turn a playbook exported from Mattermost into one of ours, and say what could not be carried over."""
    from datetime import UTC, datetime

    from bot.errors import Stop, WrongUsage
    from playbooks.lifecycle import RuleBroken
    from playbooks.load import shipped_library
    from playbooks.mattermost.conversion import convert

    try:
        content = file.read_bytes()
    except OSError as problem:
        raise WrongUsage(f"{file} cannot be read: {(problem.strerror or 'unknown reason').lower()}.") from None
    try:
        # A file with the id of a shipped playbook would silently take its place.
        made = convert(content, today=datetime.now(UTC).date(), taken=shipped_library().sources)
    except RuleBroken as broken:
        raise Stop(f"{file}: {broken}") from None
    written = output / f"{made.id}.yaml"
    try:
        output.mkdir(parents=True, exist_ok=True)
        with written.open("x", encoding="utf-8") as target:
            target.write(made.text)
    except FileExistsError:
        raise Stop(f"{written} is there already. Move it away, or name another folder with -o.") from None
    except OSError as problem:
        raise Stop(f"{written} cannot be written: {(problem.strerror or 'unknown reason').lower()}.") from None
    for note in made.notes:
        typer.echo(note, err=True)
    tasks = "1 task" if made.tasks == 1 else f"{made.tasks} tasks"
    typer.echo(f"Wrote {written} with {tasks}. Set its owner and review_by, then: ml-incident playbooks try {written}")
