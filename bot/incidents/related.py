"""Opening on an upstream, and the open incident that may be the same: one for all affected models instead of five."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.incidents.desk import Desk
from bot.incidents.finding import brief, card_of
from bot.incidents.lineages import upstream, whole
from bot.incidents.together import hurt_too, packed
from bot.views import impact as views
from playbooks.card import ModelCard
from playbooks.lineage import Lineage
from storage import catalogue, incidents
from storage import lineage as stored
from storage.models import Incident

_MOST_COMPARED: Final = 50
_LATELY: Final = timedelta(hours=6)
"""Models that read the same and fail at other times of the day most likely fail for reasons of their own."""
_MOST_WORDS: Final = 5
_AROUND: Final = "\"“”„«»'`,"
_A_NAME: Final = re.compile(r"[\w)][:._/-]+\s*[\w(]")
"""What nobody writes in a sentence: `table:dw.items`, `dw.items`, `card_velocity`."""


def split_upstream(desk: Desk, text: str) -> tuple[str, str] | None:
    """(upstream, the words after it) of what somebody typed after `open`; the longest name wins.

    None for plain words: “clicks are gone” may mean anything, so the person is asked which model is meant.
    """
    words = text.split()
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        begin = " ".join(words[:count]).strip(_AROUND)
        if _A_NAME.search(begin) and (node := upstream(desk.tx, begin)) is not None:
            return node.spelled, " ".join(words[count:])
    return None


def spelled(desk: Desk, name: str) -> str:
    """The name of a model as it is, that of an upstream as the lineage spells it."""
    if not name or catalogue.entry(desk.tx, name) is not None:
        return name
    node = upstream(desk.tx, name)
    return name if node is None else node.spelled


def cards_of_readers(desk: Desk, name: str) -> list[ModelCard]:
    """The cards of the models that read an upstream; nothing for anything else."""
    node = upstream(desk.tx, name)
    if node is None:
        return []
    readers = [reader.name for reader in whole(desk.tx).leads_to(node) if reader.known]
    return list(stored.whole_cards(desk.tx, readers).values())


@dataclass(frozen=True, kw_only=True)
class Related:
    """An open incident that may be the same, and why."""

    incident: Incident
    why: str | None = None
    """None where it is plainly of the same model."""

    def join_with(self, model: str, what: str) -> str | None:
        """The value of the button that joins it with another model's words; None where it is of the same model."""
        return None if self.why is None else packed(self.incident, model, what)


def related_open(desk: Desk, model: str) -> Related | None:
    """The open incident that may be the same and that this person may see; the surest first.

    That is one in which somebody named this model, one of what it reads, one of what reads it, and, for some hours, one
    of a model that reads the same. Only cards of open incidents are compared, so that nobody waits for a lineage of the
    whole catalogue.
    """
    listed = incidents.listed(desk.tx, user=desk.by, everything=False, limit=_MOST_COMPARED)
    others = [one for one in listed if one.kind == "real" and one.model != model]
    if not others:
        return None
    card = catalogue.card(desk.tx, model)
    title = card.title if card else model
    named = next((one for one in others if any(hurt.model == model for hurt in hurt_too(desk.tx, one))), None)
    if named is not None:
        return Related(incident=named, why=views.why_named(title, brief(named).model))
    return _read_by_or_reads(desk, others, model, card)


def _read_by_or_reads(desk: Desk, others: list[Incident], model: str, card: ModelCard | None) -> Related | None:
    cards = {one.model: card_of(one) for one in reversed(others)} | ({model: card} if card else {})
    lineage, title = Lineage(cards.values()), card.title if card else model
    node = lineage.find(model)
    if node is None:
        return None
    reads, readers = set(lineage.reads(node)), set(lineage.leads_to(node))
    if (upstream := next((one for one in others if lineage.find(one.model) in reads), None)) is not None:
        return Related(incident=upstream, why=views.why_same(title, brief(upstream).model, ()))
    if (reader := next((one for one in others if lineage.find(one.model) in readers), None)) is not None:
        return Related(incident=reader, why=views.why_read(title, brief(reader).model))
    shared = {one.node.name: one.shares for one in lineage.affected(node).siblings}
    lately = [one for one in others if one.model in shared and one.declared_at > desk.now - _LATELY]
    if not lately:
        return None
    return Related(incident=lately[0], why=views.why_same(title, brief(lately[0]).model, shared[lately[0].model]))
