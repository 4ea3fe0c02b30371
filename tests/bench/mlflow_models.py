"""Fills MLflow's own database: `python mlflow_models.py sqlite:///mlflow.db 10000`, run where mlflow is installed.

Registering thousands of models over REST takes longer than all that is measured with them.
"""

# mypy: ignore-errors

from __future__ import annotations

import sys
import time

import sqlalchemy
from mlflow.store.model_registry.dbmodels import models as tables
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore

PEOPLE, TEAMS, VERSIONS = 1500, 80, 3


def twelve_tags(number: int) -> dict[str, str]:
    """What a well-kept model says."""
    name = f"bench-{number:05}"
    return {
        "owner": f"owner{number % PEOPLE}@example.com",
        "owner.backup": f"owner{(number + 1) % PEOPLE}@example.com",
        "team": f"team-{number % TEAMS}",
        "team.lead": f"lead{number % TEAMS}@example.com",
        "tier": str(number % 4),
        "mode": "online",
        "poc.product": f"product{number % TEAMS}@example.com",
        "poc.dsp": f"platform{number % TEAMS}@example.com",
        "endpoint.prod": f"https://ml.example.com/{name}",
        "docs": f"https://docs.example.com/{name}",
        "consumers": "checkout, search",
        "reviewed_at": "2026-10-01",
    }


def rows(number: int, now: int) -> dict[type, list[dict]]:
    """All of one model: every fifth serves a version that is not the newest."""
    name = f"bench-{number:05}"
    serving = VERSIONS - 1 if number % 5 == 0 else VERSIONS
    tags = {"deployed_at": "2026-11-18T09:30:00Z", "change": f"https://git.example.com/{number}"}
    at = {"creation_time": now, "last_updated_time": now}
    versions = range(1, VERSIONS + 1)
    return {
        tables.SqlRegisteredModel: [{"name": name, "description": "Scores things.", **at}],
        tables.SqlModelVersion: [
            {"name": name, "version": version, "current_stage": "None", "source": f"s3://models/{name}", **at}
            for version in versions
        ],
        tables.SqlRegisteredModelTag: [{"name": name, "key": k, "value": v} for k, v in twelve_tags(number).items()],
        tables.SqlModelVersionTag: [
            {"name": name, "version": version, "key": k, "value": v} for version in versions for k, v in tags.items()
        ],
        tables.SqlRegisteredModelAlias: [
            {"name": name, "alias": "champion", "version": serving},
            {"name": name, "alias": "rollback", "version": serving - 1},
        ],
    }


def fill(uri: str, count: int) -> None:
    """Write so many models."""
    store, now = SqlAlchemyStore(uri), int(time.time() * 1000)
    every: dict[type, list[dict]] = {}
    for number in range(count):
        for table, some in rows(number, now).items():
            every.setdefault(table, []).extend(some)
    with store.engine.begin() as connection:
        for table, all_rows in every.items():
            connection.execute(sqlalchemy.insert(table.__table__), all_rows)


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]))
