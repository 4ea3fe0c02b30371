"""`ml-incident playbooks export`: a playbook in a format that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export_playbook(
    name: Annotated[str, typer.Argument(help="Its id, as `playbooks list` shows it, or the file that it is in.")],
    *,
    cacao: Annotated[bool, typer.Option("--cacao", help="Write it as CACAO v2.0, a standard of OASIS.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; printed when left out.")
    ] = None,
) -> None:
    """Write a playbook for other tools."""
    import json

    from bot.console.playbooks_try import find_playbook
    from bot.errors import Stop, WrongUsage
    from playbooks.cacao.document import document
    from playbooks.load import included_ids
    from playbooks.pinning import pin

    if not cacao:
        raise WrongUsage("Say in which format: --cacao is the one there is.")
    library, playbook_id = find_playbook(name)
    text = json.dumps(document(pin(library, playbook_id)), indent=2, ensure_ascii=False)
    if output is None:
        typer.echo(text)
    else:
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as problem:
            raise Stop(f"{output} cannot be written: {(problem.strerror or 'unknown reason').lower()}.") from None
        typer.echo(f"Wrote {output}.")
    for included in included_ids(library.get(playbook_id)):
        typer.echo(f"It refers to the playbook “{included}”; export that one, too.", err=True)
