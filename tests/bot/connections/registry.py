"""What MLflow's REST API answers about models, where no real server is needed; refusals are recorded from one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bot.connections.service import Asked, Told

RECORDED = Path(__file__).parents[2] / "data" / "mlflow"
API = "/api/2.0/mlflow"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


class Registry:
    """One model; a test changes it as people would, also between two requests (`after`)."""

    def __init__(
        self, name: str = "ranker", *, versions: tuple[str, ...] = ("7", "8", "9"), champion: str = "8"
    ) -> None:
        self.name = name
        self.versions: dict[str, dict[str, Any]] = {
            version: {"version": version, "status": "READY"} for version in versions
        }
        self.aliases = {"champion": champion}
        self.told: list[str] = []

    def tag(self, version: str, key: str, value: str) -> None:
        self.versions[version].setdefault("tags", []).append({"key": key, "value": value})

    def __call__(self, asked: Asked) -> Told | None:
        parts = urlsplit(asked.target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match asked.method, parts.path.removeprefix(API):
            case "GET", "/registered-models/alias" if query["name"] == self.name:
                version = self.aliases.get(query["alias"])
                if version is None:
                    return Told(recorded("alias_missing_400"), status=400)
                return Told({"model_version": {**self.versions[version], "name": self.name}})
            case "GET", "/model-versions/get" if query["name"] == self.name and query["version"] in self.versions:
                return Told({"model_version": self.versions[query["version"]]})
            case "POST", "/registered-models/alias" if asked.json["name"] == self.name:
                self.aliases[asked.json["alias"]] = asked.json["version"]
                return Told({})
            case "GET", "/registered-models/search":
                return Told({"registered_models": [{"name": self.name}]})
        return Told(recorded("registered_model_404"), status=404)
