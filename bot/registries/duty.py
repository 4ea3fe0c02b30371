"""The people file and the rotas that the settings name, and where model cards in files say who is on call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.errors import WrongUsage
from bot.registries.file import Catalogue
from playbooks.contacts import Contact
from playbooks.duty import Duty, Written, read_duty
from playbooks.faults import Fault


def duty_at(people: Path | None, rotas: Path | None) -> Duty:
    """Both files as they are now. Raises WrongUsage for one that cannot be read at all."""
    return read_duty(_written(people), _written(rotas))


def _written(path: Path | None) -> Written | None:
    if path is None:
        return None
    try:
        return Written(path.read_bytes(), str(path))
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from None


def on_calls(found: Catalogue) -> Iterator[tuple[str, Contact, Fault]]:
    """(model, whom its card names as on call, where that stands); the fault has no message."""
    for card in found.cards:
        if (place := found.on_calls.get(card.name)) is not None:
            yield from ((card.name, contact, place) for contact in card.contacts("oncall"))
