"""`ml-incident playbooks show`: a playbook as a tree in the terminal, or as a picture in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType
    from rich.text import Text
    from rich.tree import Tree

    from playbooks.drawing.picture import Picture
    from playbooks.drawing.plan import Plan
    from playbooks.drawing.tree import Limb
    from playbooks.load import Library, Source

DEEPEST: Final = 3
_COLOURS: Final = {
    "triage": "magenta",
    "contain": "yellow",
    "diagnose": "blue",
    "mitigate": "red",
    "verify": "cyan",
    "remediate": "green",
    "communicate": "bright_magenta",
    "close": "bright_black",
}


def show(
    name: Annotated[str, typer.Argument(help="Its id, as `playbooks list` shows it, or the file that it is in.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw it into this file, .svg or .png, in place of the tree.")
    ] = None,
    depth: Annotated[
        int, typer.Option("--depth", "-d", min=0, max=DEEPEST, help="How deep to walk into included playbooks.")
    ] = 0,
    raw: Annotated[bool, typer.Option("--raw", help="Print it as it is written, in YAML.")] = False,
) -> None:
    """Show every step of a playbook once, with its answers and where each of them leads."""
    from bot.errors import WrongUsage
    from playbooks.drawing.plan import plan
    from playbooks.pinning import pin

    if output is not None and output.suffix.lower() not in {".svg", ".png"}:
        raise WrongUsage(f"{output} has to end in .svg or .png, so that it is known what to draw.")
    library, source = _found(name)
    if raw:
        typer.echo(source.text, nl=False)
        return
    drawn = plan(pin(library, source.playbook.id), depth=depth)
    if output is None:
        _print(drawn, folded=depth < DEEPEST)
    else:
        from playbooks.drawing.painting import paint

        _write(paint(drawn), output)


def _found(name: str) -> tuple[Library, Source]:
    """The playbook of this id, or the one in this file. Raises Stop when it cannot be read."""
    from bot.errors import Stop
    from bot.settings import read_settings
    from playbooks.lifecycle import RuleBroken
    from playbooks.load import load_library

    file = Path(name) if name.endswith((".yaml", ".yml")) else None
    if file is not None and not file.is_file():
        raise Stop(f"There is no file {file}.")
    library = load_library(file or read_settings().playbooks)
    for fault in library.faults:
        typer.echo(str(fault), err=True)
    if file is not None:
        own = next((source for source in library.sources.values() if source.file == str(file)), None)
        if own is None:
            raise Stop(f"{file} has faults, so that it cannot be shown.")
        return library, own
    try:
        return library, library.source(name)
    except RuleBroken as unknown:
        raise Stop(str(unknown)) from None


def _write(picture: Picture, output: Path) -> None:
    from bot.errors import Stop

    if output.suffix.lower() == ".svg":
        from playbooks.drawing.svg import svg

        content = svg(picture).encode()
    else:
        from bot.pictures.png import png

        content = png(picture)
    try:
        output.write_bytes(content)
    except OSError as problem:
        raise Stop(f"{output} cannot be written: {problem.strerror}.") from None
    typer.echo(f"Wrote {output}: {picture.said}")


def _print(plan: Plan, *, folded: bool) -> None:
    from rich.console import Console

    from playbooks.drawing.tree import tree

    # Never markup and no highlighting: what authors write is shown as they wrote it.
    console = Console(markup=False, highlight=False, emoji=False)
    for part in (*_above(plan), _grown(tree(plan), "Steps")):
        console.print(part)
    if folded and any(node.step.kind == "include" for node in plan.nodes):
        console.print(_text("Playbooks that are walked inside are one step here; --depth 1 shows theirs too.", "dim"))


def _above(plan: Plan) -> Iterable[RenderableType]:
    from rich.padding import Padding

    from playbooks.drawing.tree import headings
    from playbooks.drawing.words import clean

    playbook = plan.pinned.playbook
    yield _text(plan.title, "bold")
    owned = f"{playbook.id} {playbook.version}, owned by {playbook.owner}, to be reviewed by {playbook.review_by}"
    yield _text(clean(owned), "dim")
    if playbook.summary:
        yield _text(clean(playbook.summary))
    yield _text("")
    for heading in headings(playbook):
        yield _text(heading.title, "bold")
        for line in heading.lines:
            yield Padding(_text(f"- {line}"), (0, 0, 0, 2))
        yield _text("")


def _grown(limbs: list[Limb], title: str) -> Tree:
    from rich.tree import Tree

    root = Tree(_text(title, "bold"))
    waiting = [(root, limb) for limb in reversed(limbs)]
    while waiting:
        above, limb = waiting.pop()
        branch = above.add(_label(limb))
        waiting += [(branch, below) for below in reversed(limb.limbs)]
    return root


def _label(limb: Limb) -> Text:
    if limb.kind == "step":
        label = _text(limb.words, "bold")
        label.append(f"\n{limb.beside}", _COLOURS.get(limb.phase or "", ""))
        return label
    label = _text(limb.words)
    if limb.beside:
        label.append(f" ({limb.beside})", "dim")
    return label


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(words, style)
