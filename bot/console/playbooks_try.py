"""`ml-incident playbooks try`: walk a playbook in the terminal, with no Slack, no database and no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from playbooks.card import ModelCard
    from playbooks.load import Library
    from playbooks.pinning import Pinned


def try_playbook(
    name: Annotated[str, typer.Argument(help="Its id, as `playbooks list` shows it, or the file that it is in.")],
    *,
    fact: Annotated[
        list[str] | None,
        typer.Option(help="Something that is known, such as model.tier=1 or vars.last_good=41; may be repeated."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="A model of your models.yaml, whose card fills the texts.")] = None,
) -> None:
    """Walk a playbook here, step by step, as people would in Slack. Nothing is asked, sent or kept."""
    import sys
    from datetime import UTC, datetime

    from rich.console import Console

    from bot.console.trying import Trying
    from playbooks.pinning import pin
    from playbooks.walk import Walk, known_facts

    library, playbook_id = find_playbook(name)
    pinned = pin(library, playbook_id)
    card = _card(model) if model is not None else None
    facts = known_facts(card, {}) | _facts(fact or [], pinned)
    console = Console(markup=False, highlight=False, emoji=False)
    trying = Trying(console, Walk(pinned, datetime.now(UTC)), facts, echo=not sys.stdin.isatty())
    try:
        trying.to_the_end()
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def find_playbook(name: str) -> tuple[Library, str]:
    """The library to walk in and the id of the playbook that was meant: an id, or a file. Raises Stop."""
    from bot.errors import Stop
    from bot.settings import read_settings
    from playbooks.lifecycle import RuleBroken
    from playbooks.load import load_library

    if name.lower().endswith((".yaml", ".yml")):
        return _in_file(Path(name))
    library = load_library(read_settings().playbooks)
    try:
        return library, library.source(name).playbook.id
    except RuleBroken as unknown:
        raise Stop("\n".join([*(str(fault) for fault in library.faults), str(unknown)])) from None


def _in_file(file: Path) -> tuple[Library, str]:
    """The playbook of this file, which may include shipped ones and those that lie beside it."""
    from bot.errors import Stop
    from playbooks.load import load_library

    faults = None
    for place in (file, file.parent):
        library = load_library(place)
        for source in library.sources.values():
            if source.file == str(file):
                return library, source.playbook.id
        faults = faults or [str(fault) for fault in library.faults if fault.file == str(file)]
    raise Stop("\n".join(faults or [f"{file} holds no playbook that can be walked."]))


def _facts(pairs: list[str], pinned: Pinned) -> dict[str, str]:
    from bot.errors import WrongUsage
    from playbooks.placeholders import is_known

    variables = {name for playbook in (pinned.playbook, *pinned.included.values()) for name in playbook.vars}
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise WrongUsage(f"--fact {pair[:60]}: write a name, = and a value, such as model.tier=1.")
        if not is_known(key.strip(), dict.fromkeys(variables)):
            known = ", ".join(["model.tier", "incident.severity", *(f"vars.{name}" for name in sorted(variables))])
            raise WrongUsage(f"--fact {key.strip()[:60]}: no playbook knows such a fact. There are: {known} …")
        found[key.strip()] = value.strip()
    return found


def _card(name: str) -> ModelCard:
    from datetime import UTC, datetime

    from bot.errors import Stop
    from bot.registries.file import FileRegistry
    from bot.registries.protocol import RegistryDown
    from bot.settings import read_settings
    from playbooks.faults import closest

    try:
        cards = FileRegistry(read_settings().registry_file).read(datetime.now(UTC)).cards
    except RegistryDown as down:
        raise Stop(str(down)) from None
    for card in cards:
        if name.strip().lower() in {card.name.lower(), card.title.lower()}:
            return card
    meant = closest(name, [card.name for card in cards])
    raise Stop(f"There is no model “{name[:60]}” in your catalogue{f'; did you mean “{meant}”?' if meant else '.'}")
