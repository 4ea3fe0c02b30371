"""What `ml-incident registry` prints: a card, where aliases pointed at a time, and the verdict on a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from bot.errors import Stop, WrongUsage
from bot.registries.duty import on_calls
from bot.registries.file import Catalogue
from bot.settings import Settings, env_name
from bot.sync import Synced
from bot.views.text import when_plain
from playbooks.card import from_json, missing
from playbooks.components import in_words
from playbooks.durations import say_duration
from playbooks.faults import Fault
from playbooks.fields import field_title
from playbooks.moves import stays
from playbooks.people import contact_key
from storage import catalogue, listing, ownership, registries
from storage.models import AliasMove, CatalogueModel
from storage.transaction import Transaction

_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}")


def read_time(text: str, *, now: datetime) -> datetime:
    """A moment in the past; a time alone means the last time it was that late. Raises WrongUsage."""
    word = text.strip()
    try:
        if _CLOCK.fullmatch(word):
            hour, minute = (int(part) for part in word.split(":"))
            moment = now.astimezone(UTC).replace(hour=hour, minute=minute, second=0, microsecond=0)
            return moment if moment <= now else moment - timedelta(days=1)
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise WrongUsage(
            f"“{word[:40]}” is not a time; write 14:05, “2026-11-20 14:05” or 2026-11-20T14:05+01:00."
        ) from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if moment > now:
        raise WrongUsage(f"{when_plain(moment)} has not come yet; --at asks about the past.")
    return moment


def find(tx: Transaction, model: str) -> CatalogueModel:
    """The catalogue's row for what somebody typed. Raises Stop with the closest names."""
    row = catalogue.entry(tx, model)
    if row is not None:
        return row
    close = listing.closest(tx, model)
    hint = f" Did you mean {' or '.join(close)}?" if close else " `ml-incident registry sync` fills the catalogue."
    raise Stop(f"The catalogue knows no model “{model[:80]}”.{hint}")


def card_lines(tx: Transaction, row: CatalogueModel, now: datetime) -> Iterator[str]:
    """Everything known of a model, each fact with its source and age."""
    card = ownership.settled(tx, from_json(row.card))
    yield f"{card.name}: {card.title}"
    if row.missing_since is not None:
        yield f"No registry lists it since {when_plain(row.missing_since)}; this is what was last known."
    titles = {key: field_title(key) for key in card.facts if card.fact(key)}
    others = catalogue.conflicts(row, card)
    width = max(map(len, titles.values()), default=0)
    for key, title in titles.items():
        fact = card.facts[key]
        parts = card.records(key) if key == "components" else ()
        first, *rest = [in_words(part) for part in parts] or [fact.text]
        yield f"  {title:<{width}}  {first}  [{fact.source}, {say_duration(now - fact.as_of)} old]"
        yield from (f"  {'':<{width}}  {line}" for line in rest)
        for other in others.get(key, []):
            yield f"  {'':<{width}}  but {other.source} says {other.value}"
    if gaps := missing(card):
        yield f"Undocumented: {', '.join(gap.title for gap in gaps)}"
    for one in registries.syncs(tx):
        if one.problem:
            yield f"Registry “{one.source}”: {one.problem}"


def alias_lines(tx: Transaction, model: str, at: datetime) -> Iterator[str]:
    """Which version each alias pointed at at that time. Raises Stop when nothing had been seen by then."""
    moves = registries.aliases_at(tx, model, at)
    if not moves:
        first = registries.moves(tx, model)[:1]
        begins = f"the record begins {when_plain(first[0].at)}" if first else "no alias of it was ever seen"
        raise Stop(f"Which versions served {model} at {when_plain(at)} is UNKNOWN: {begins}.")
    yield f"{model} at {when_plain(at)}, as the bot saw it by then:"
    for move in moves:
        yield f"  {move.alias}: {_pointed(move)} [{move.source}, since {when_plain(move.at)}]"
    yield "A move is seen at the next sync, so it may have been made a few minutes earlier."


def history_lines(tx: Transaction, model: str) -> Iterator[str]:
    """Which version each alias pointed at since when. Raises Stop when no alias of the model was ever seen."""
    them = stays((move.source, move.alias, move.version, move.at) for move in registries.moves(tx, model))
    if not them:
        raise Stop(f"No alias of {model} was ever seen. `ml-incident registry sync` reads where they point now.")
    yield f"{model}, as the bot saw it; a move is seen at the next sync, which may be a few minutes later."
    for (alias, source), of_one in groupby(them, key=lambda stay: (stay.alias, stay.source)):
        yield f"{alias} [{source}]"
        for number, stay in enumerate(of_one):
            at = f"version {stay.version}" if stay.version is not None else "nowhere"
            lasted = f"for {say_duration(stay.until - stay.since)}" if stay.until else "until now"
            yield f"  {when_plain(stay.since)}  {at}, {lasted}{'' if number else ', and perhaps before'}"


def _pointed(move: AliasMove) -> str:
    return f"version {move.version}" if move.version is not None else "pointed nowhere"


def gap_lines(found: Catalogue) -> Iterator[str]:
    """What each model of a file leaves undocumented; that is no fault of the file."""
    for card in found.cards:
        if gaps := missing(card):
            yield f"{card.name} leaves undocumented: {', '.join(gap.title for gap in gaps)}"


_NEEDS: Final = {"rota": "rotas", "pagerduty": "pagerduty_token", "opsgenie": "opsgenie_api_key"}
"""The setting without which nobody knows who is on call there."""


def unset_lines(found: Catalogue, settings: Settings) -> Iterator[str]:
    """Schedules that cards name and these settings cannot ask; no fault of the file, which others read with theirs."""
    for kind, name in _NEEDS.items():
        named = [(contact, place) for _, contact, place in on_calls(found) if contact.kind == kind]
        if named and getattr(settings, name) is None:
            contact, place = named[0]
            others = f" ({_count(len(named) - 1, 'other line')} too)" if len(named) > 1 else ""
            missing = f"names {contact_key(contact)}{others}, and {env_name(name)} is not set here."
            yield str(replace(place, message=missing))


def verdicts(path: Path, found: Catalogue, faults: Sequence[Fault], others: Sequence[Path]) -> str:
    """Whether these files can be used; `faults` are of all of them."""
    count = {other: sum(fault.file == str(other) for fault in faults) for other in others}
    ours = len(faults) - sum(count.values())
    lost = f" Until they are mended, {', '.join(sorted(found.spoilt))} cannot be read from it." if found.spoilt else ""
    said = (
        f"{path} has {_count(ours, 'fault')}.{lost}"
        if ours
        else f"{path} is right: {_count(len(found.cards), 'model')}."
    )
    return " ".join(
        [said, *(f"{one} has {_count(n, 'fault')}." if n else f"{one} is right." for one, n in count.items())]
    )


def sync_lines(done: Synced) -> Iterator[str]:
    """How a sync went, without its problems."""
    yield (
        f"The catalogue holds {_count(done.models, 'model')}. "
        f"{_count(done.moved, 'alias', 'aliases')} moved; {_count(done.asked, 'contact')} to look up in Slack."
    )
    if done.vanished:
        yield f"No registry lists any more: {', '.join(done.vanished)}."


def _count(number: int, noun: str, several: str | None = None) -> str:
    return f"{number} {noun if number == 1 else several or noun + 's'}"
