"""What one look over the catalogue, or a part of it, found: who looks after what, how well, and what is wrong.

Plain data, so that a large catalogue can be surveyed in parts, each kept until all are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.incidents.desk import Desk
from bot.incidents.ownership import Finding, Gap, account, by_urgency, find_accounts, findings, team_lead
from playbooks.card import ModelCard
from playbooks.scores import Score, by_team, folded, score_of, together


@dataclass(frozen=True)
class Kept:
    """A model, who sees to it and who leads its team, and how much of what it should have is documented."""

    name: str
    tier: int | None
    account: str | None
    lead: str | None
    team: str
    asked: int
    lacked: int

    @property
    def score(self) -> Score:
        """The same as a score."""
        return Score(models=1, asked=self.asked, lacked=self.lacked)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Models by name, and what is wrong with them, the most urgent first."""

    models: Sequence[Kept]
    found: Sequence[Finding]

    def owned(self) -> dict[str, list[Kept]]:
        """Account → what they see to, the most critical first."""
        owned: dict[str, list[Kept]] = {}
        for one in sorted(self.models, key=lambda one: (9 if one.tier is None else one.tier, one.name)):
            if one.account is not None:
                owned.setdefault(one.account, []).append(one)
        return owned

    def led(self) -> dict[str, list[Kept]]:
        """Team lead → the models of their team that others see to."""
        led: dict[str, list[Kept]] = {}
        for one in self.models:
            if one.lead is not None and one.lead != one.account:
                led.setdefault(one.lead, []).append(one)
        return led

    def leads(self) -> dict[str, frozenset[str]]:
        """Team lead → the teams of the models that they lead, also where they see to those themselves."""
        leads: dict[str, set[str]] = {}
        for one in self.models:
            if one.lead is not None and one.team:
                leads.setdefault(one.lead, set()).add(folded(one.team))
        return {user: frozenset(teams) for user, teams in leads.items()}

    def teams(self) -> dict[str, tuple[str, Score]]:
        """Team, as it is compared → as its first model spells it, and how well its models are documented together.

        Models of no team are there too, under an empty name.
        """
        return by_team((one.team, one.score) for one in self.models)


def survey(desk: Desk, cards: Sequence[ModelCard]) -> Survey:
    """Look these models over."""
    accounts = find_accounts(desk, cards)
    models = [
        Kept(
            name=card.name,
            tier=card.tier,
            account=account(card, accounts),
            lead=team_lead(card, accounts),
            team=(card.text("team") or "")[:100],
            asked=score.asked,
            lacked=score.lacked,
        )
        for card in cards
        for score in (score_of(card),)
    ]
    return Survey(models=models, found=findings(desk, cards, accounts))


def merged(parts: Iterable[Survey]) -> Survey:
    """Several parts as one."""
    all_parts = list(parts)
    return Survey(
        models=sorted((one for part in all_parts for one in part.models), key=lambda one: one.name),
        found=by_urgency(one for part in all_parts for one in part.found),
    )


def percent(models: Iterable[Kept]) -> int | None:
    """How well models are documented, each counted by what it should have; None without models."""
    return together(one.score for one in models).percent


_GAPS = tuple(Gap)
_PLACES = {gap: place for place, gap in enumerate(_GAPS)}


def to_json(said: Survey) -> dict[str, Any]:
    """Plain data for a database column; `from_json` reads it back unchanged."""
    return {
        "models": [[one.name, one.tier, one.account, one.lead, one.team, one.asked, one.lacked] for one in said.models],
        "found": [[_PLACES[one.gap], one.model, one.tier, one.account, one.detail] for one in said.found],
    }


def from_json(data: dict[str, Any]) -> Survey:
    """What `to_json` wrote."""
    return Survey(
        models=[Kept(*row) for row in data["models"]],
        found=[
            Finding(gap=_GAPS[gap], model=model, tier=tier, account=user, detail=detail)
            for gap, model, tier, user, detail in data["found"]
        ],
    )
