"""Opening on an upstream, and the open incident that may be the same: one for all affected models instead of five."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.incidents.desk import Desk
from bot.incidents.finding import brief, card_of
from bot.incidents.lineages import upstream, whole
from bot.views import impact as views
from playbooks.card import ModelCard
from playbooks.lineage import Lineage
from storage import catalogue, incidents
from storage import lineage as stored
from storage.models import Incident

_MOST_COMPARED: Final = 50
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


def related_open(desk: Desk, model: str) -> Related | None:
    """The open incident of what this model reads, else of a model that reads the same; that this person may see.

    Only the cards of the open incidents are compared, so that nobody waits for a lineage of the whole catalogue.
    """
    card = catalogue.card(desk.tx, model)
    if card is None:
        return None
    listed = incidents.listed(desk.tx, user=desk.by, everything=False, limit=_MOST_COMPARED)
    others = [one for one in listed if one.kind == "real" and one.model != card.name]
    if not others:
        return None
    cards = {one.model: card_of(one) for one in reversed(others)}
    lineage = Lineage([card, *cards.values()])
    node = lineage.find(card.name)
    reads = set(lineage.reads(node)) if node is not None else set()
    shared = {one.node.name: one.shares for one in lineage.affected(node).siblings} if node is not None else {}
    upstream = next((one for one in others if lineage.find(one.model) in reads), None)
    if upstream is not None:
        return Related(incident=upstream, why=views.why_same(card.title, brief(upstream).model, ()))
    sibling = next((one for one in others if one.model in shared), None)
    if sibling is None:
        return None
    return Related(incident=sibling, why=views.why_same(card.title, brief(sibling).model, shared[sibling.model]))
