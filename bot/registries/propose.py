"""`ml-incident registry propose`: reads what exists, and drafts what could be written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import WrongUsage
from bot.registries.codeowners import owned, read_rules
from bot.registries.opened import open_backstage, open_mlflow, open_registries
from bot.registries.proposals import Proposal, owners, proposals, write
from bot.registries.protocol import Registry, RegistryDown
from bot.registries.spoken import spoken
from bot.registries.trainers import trained
from playbooks.card import ModelCard, merge

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass
class Drafted:
    """What came of it."""

    proposed: dict[str, list[Proposal]] = field(default_factory=dict)
    text: str = ""
    lines: list[str] = field(default_factory=list)
    """What there is to say of it."""
    problems: list[str] = field(default_factory=list)
    """What could not be read, a sentence each."""


def read_paths(words: Sequence[str]) -> dict[str, str]:
    """Model → path, of `model=path`. Raises WrongUsage."""
    found = {}
    for word in words:
        model, equals, path = word.rpartition("=")
        if not equals or not model.strip() or not path.strip():
            raise WrongUsage(f"--paths {word}: write a model, = and where its code lives: fraud-scorer=services/fraud.")
        found[model.strip()] = path.strip()
    return found


def draft(
    settings: Settings, *, codeowners: Path | None, paths: dict[str, str], domain: str | None, output: Path | None
) -> Drafted:
    """Read everything, and write the file where one is wanted. Raises WrongUsage."""
    if output is not None and output.exists():
        raise WrongUsage(f"{output} is there already. Name a new file; nothing is overwritten.")
    rules = read_rules(_text(codeowners)) if codeowners is not None else []
    now, done = datetime.now(UTC), Drafted()
    today = _today(open_registries(settings), now, done)
    heard = spoken(settings, today)
    if heard.problem is not None:
        done.problems.append(heard.problem)
    said: list[ModelCard] = []
    for registry in _not_read(settings):
        said += _cards(registry, now, done)
    models = sorted(today.keys() | {card.name for card in said} | paths.keys())
    said += owned(models, rules, paths, now)
    said += trained([*today.values(), *said], now, domain=domain)
    done.proposed = proposals(heard.cards, said, confirmed=heard.confirmed, denied=heard.denied)
    done.text = write(done.proposed, now)
    if done.problems and not any(one.is_usable for all_of in done.proposed.values() for one in all_of):
        output = None  # an empty file would stand in the way of the next try
    if output is not None:
        try:
            output.write_text(done.text, "utf-8")
        except OSError as error:
            raise WrongUsage(f"{output} cannot be written: {(error.strerror or 'unknown reason').lower()}.") from None
    done.lines.append(_summary(done.proposed, output))
    return done


def _summary(proposed: Mapping[str, Sequence[Proposal]], output: Path | None) -> str:
    usable = [one for all_of in proposed.values() for one in all_of if one.is_usable]
    sure = sum(one.is_confirmed for one in usable)
    facts = len(usable) - sure
    besides = f", and {sure} confirmed in Slack," if sure else ""
    where = f" in {output}" if output is not None else ""
    return (
        f"{facts} proposed {'fact' if facts == 1 else 'facts'}{besides} of {len(proposed)} "
        f"{'model' if len(proposed) == 1 else 'models'}{where}. Keep what is true."
    )


def ask_them(settings: Settings, drafted: Drafted) -> None:
    """Owe the questions to those who were proposed as owners. Raises Stop without a database."""
    from bot.database import opened_storage
    from bot.incidents.desk import Desk
    from bot.incidents.proposed import ask_owners
    from playbooks.load import load_library
    from playbooks.policy import load_policy

    policy, library = load_policy(settings.policy), load_library(settings.playbooks)
    with opened_storage(settings) as storage, storage.transaction() as tx:
        desk = Desk(tx=tx, now=datetime.now(UTC), by="", policy=policy, library=library)
        drafted.lines += ask_owners(desk, owners(drafted.proposed))


def _today(registries: Sequence[Registry], now: datetime, done: Drafted) -> dict[str, ModelCard]:
    cards: dict[str, list[ModelCard]] = {}
    for registry in registries:
        for card in _cards(registry, now, done):
            cards.setdefault(card.name, []).append(card)
    return {name: merge(name, all_of) for name, all_of in cards.items()}


def _not_read(settings: Settings) -> list[Registry]:
    """Registries that could be read and that the bot does not: what they say is news."""
    return [
        opened(settings)
        for name, address, opened in (
            ("mlflow", settings.mlflow_tracking_uri, open_mlflow),
            ("backstage", settings.backstage_url, open_backstage),
        )
        if address and name not in settings.registries
    ]


def _cards(registry: Registry, now: datetime, done: Drafted) -> Sequence[ModelCard]:
    try:
        reading = registry.read(now)
    except RegistryDown as down:
        done.problems.append(f"{registry.name}: {down}")
        return ()
    if reading.problem:
        done.problems.append(f"{registry.name}: {reading.problem}")
    return reading.cards


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {(error.strerror or 'unknown reason').lower()}.") from None
