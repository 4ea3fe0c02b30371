"""What people said in Slack of owners, for a draft: what they confirmed, and what they said is not theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from bot.errors import Stop
from bot.registries.proposals import Denied, Proposal
from playbooks.card import ModelCard
from playbooks.people import contact_key
from storage import ownership, people, upkeep
from storage.transaction import Storage, Transaction

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What there is to know before anything is proposed."""

    cards: Mapping[str, ModelCard]
    """What the registries say, with what people said of it."""
    confirmed: Mapping[str, list[Proposal]] = field(default_factory=dict)
    """Model → what people said that no registry says."""
    denied: Denied = field(default_factory=dict)
    problem: str | None = None
    """Why it could not be read."""


def spoken(settings: Settings, today: Mapping[str, ModelCard]) -> Spoken:
    """What was said of these models; nothing where there is no database yet, as on the first day."""
    from bot.database import engine_for, require_schema, said_plainly

    engine = engine_for(settings)
    try:
        with said_plainly(engine):
            if _is_new(engine):
                return Spoken(cards=today)
            require_schema(engine)
            with Storage(engine).reading() as tx:
                return _spoken(tx, today)
    except Stop as stop:
        return Spoken(cards=today, problem=f"What people confirmed in Slack is not in the draft. {stop}")
    finally:
        engine.dispose()


def _is_new(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return True
    return upkeep.current(engine) is None


def _spoken(tx: Transaction, today: Mapping[str, ModelCard]) -> Spoken:
    cards = {card.name: card for card in ownership.all_settled(tx, today.values())}
    news = {name: list(_news(today[name], card)) for name, card in cards.items()}
    return Spoken(
        cards=cards,
        confirmed={name: them for name, them in news.items() if them},
        denied=_denied(tx),
    )


def _news(registry: ModelCard, settled: ModelCard) -> Iterator[Proposal]:
    for key, fact in settled.facts.items():
        if fact is registry.facts.get(key) or (key == "owner" and _owners(registry) == _owners(settled)):
            continue
        source = f"{fact.source} on {fact.as_of.date().isoformat()}"
        yield Proposal(key=key, value=fact.value, source=source, is_confirmed=True)


def _owners(card: ModelCard) -> set[str]:
    return {contact_key(contact) for contact in card.contacts("owner")}


def _denied(tx: Transaction) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for word in ownership.denials(tx):
        said = f"{word.said_by_name} said in Slack on {word.at.date().isoformat()} that it is not theirs"
        theirs = {*people.contacts_of(tx, word.said_by), f"slack:{word.said_by}"}
        found.setdefault(word.model, {}).update(dict.fromkeys(theirs, said))
    return found
