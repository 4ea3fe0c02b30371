"""A shop whose models read the same tables and each other, and a team with an incident in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update

from bot.effects.impact import FindAffected
from bot.incidents import affected
from bot.incidents.impact import impact_lines
from playbooks.card import Fact, FactValue, ModelCard
from storage import catalogue, people
from storage.models import Effect
from storage.transaction import Storage
from tests.bot.runs.team import ANA, KIM, LEE, NAMES, PAT, SAM, START, Team

FRAUD: dict[str, FactValue] = {
    "plain_name": "Fraud scoring",
    "tier": "0",
    "owner": "Ana Moreau <ana@example.com>",
    "upstreams": "topic:payments, table:dw.items",
    "consumers": "checkout, manual-review",
    "experiments": [{"name": "exp-412", "arm": "10 % of payments"}],
}
OTHERS: dict[str, dict[str, FactValue]] = {
    "ranker": {"plain_name": "Search ranking", "tier": "1", "owner": "Lee Okafor <lee@example.com>",
               "upstreams": "Table: DW.Items", "consumers": "web-search"},
    "refunds": {"tier": "2", "owner": "pat@example.com", "upstreams": "fraud_scorer", "consumers": ["support-desk"]},
    "pages": {"tier": "3", "owner": "nobody@example.com", "owner.backup": "lee@example.com", "upstreams": "dw.items"},
    "lonely": {"owner": "kim@example.com"},
    "orphan": {"tier": "3", "owner": "sam@example.com", "upstreams": "topic:payments"},
}  # fmt: skip


def keep(storage: Storage, models: dict[str, dict[str, FactValue]], *, now: datetime = START) -> None:
    """Have a registry list these."""
    with storage.transaction() as tx:
        for name, facts in models.items():
            card = ModelCard(name, {key: Fact(value, "models.yaml", START) for key, value in facts.items()})
            catalogue.keep(tx, card, now=now)


def shop(storage: Storage, **said: Any) -> Team:
    """Erik opened an incident of the fraud scorer; the worker found out whom it reaches."""
    keep(storage, OTHERS)
    with storage.transaction() as tx:
        people.keep_contact(tx, "nobody@example.com", user_id=None, problem="is not in this Slack workspace", now=START)
        people.keep_person(tx, SAM, name="Sam Doyle", deactivated=True, now=START)
        people.keep_contact(tx, "sam@example.com", user_id=SAM, problem=None, now=START)
    team = Team(storage, facts=FRAUD, **said)
    find_affected(team)
    return team


def find_affected(team: Team) -> None:
    """Do what is owed of it, as the worker would."""
    for row in team.owed("FindAffected"):
        if row.state == "done":
            continue
        effect = FindAffected(**row.payload)
        with team.storage.reading() as tx:
            learnt = affected.found(team.desk(tx, ""), effect)
        with team.storage.transaction() as tx:
            if learnt is not None:
                team.feature.learnt[FindAffected](team.desk(tx, ""), effect, learnt)
            tx.session.execute(update(Effect).where(Effect.id == row.id).values(state="done"))


def lines(team: Team) -> str:
    """What the card says of who is affected."""
    with team.storage.reading() as tx:
        return "\n".join(impact_lines(team.desk(tx, ""), team.incident()))


__all__ = ["ANA", "KIM", "LEE", "NAMES", "PAT", "find_affected", "keep", "lines", "shop"]
