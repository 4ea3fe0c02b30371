"""The registry that is an MLflow server: tags are facts, aliases say what serves and what to go back to."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot.registries.mlflow_api import READING_SECONDS, Json, MlflowApi, NotThere, aliases, tags
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.views.text import clean
from playbooks.card import Fact, FactValue, ModelCard
from playbooks.fields import field_for

SERVING_ALIAS: Final = "champion"
ROLLBACK_ALIAS: Final = "rollback"
_OF_A_VERSION: Final = ("deployed_at", "change", "features")
_KEY: Final = re.compile(r"[a-z_]+(\.[a-z0-9][a-z0-9-]{0,30})?")
_LONGEST: Final = 1000


class MlflowRegistry:
    """Reads everything anew each time: moving an alias leaves `last_updated_timestamp` as it was."""

    name = "mlflow"

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        prefix: str = "",
        within_s: float = READING_SECONDS,
    ) -> None:
        self._uri = uri
        self._token, self._username, self._password = token, username, password
        self._prefix, self._within_s = prefix, within_s

    def read(self, now: datetime) -> Reading:
        """All registered models but prompts. Raises RegistryDown."""
        with self._open() as api:
            return Reading(cards=tuple(self._card(api, model, now) for model in api.models()))

    def health(self) -> Health:
        """Whether one page of models can be read with these credentials."""
        try:
            with self._open() as api:
                api.get("registered-models/search", {"max_results": 1})
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))
        return Health(ok=True, sentence=f"{api.place} answers.")

    def _open(self) -> MlflowApi:
        if not self._uri:
            raise RegistryDown(
                "No MLflow server is named. Set MLFLOW_TRACKING_URI, or take mlflow out of the registries."
            )
        return MlflowApi(
            self._uri, token=self._token, username=self._username, password=self._password, within_s=self._within_s
        )

    def _card(self, api: MlflowApi, model: Json, now: datetime) -> ModelCard:
        name, pointers = str(model["name"]), aliases(model)
        said: dict[str, tuple[FactValue, str]] = {}
        if description := _one_line(str(model.get("description") or "")):
            said["purpose"] = (description, "mlflow description")
        said.update({key: (value, "mlflow tag") for key, value in self._known(tags(model)).items()})
        if SERVING_ALIAS in pointers:
            said.update(self._serving(api, name, pointers))
        said.update(_rollback(said, pointers))
        if pointers:
            records: FactValue = [{"alias": alias, "version": pointers[alias]} for alias in sorted(pointers)]
            said["aliases"] = (records, "mlflow")
        return ModelCard(clean(name), {key: Fact(value, source, now) for key, (value, source) in said.items()})

    def _serving(self, api: MlflowApi, name: str, pointers: dict[str, str]) -> dict[str, tuple[FactValue, str]]:
        """What the serving version and its tags say: when it went live, by which change, in which experiment."""
        try:
            version = api.version_behind(name, SERVING_ALIAS)
        except NotThere:  # the alias or the model went since the models were listed
            del pointers[SERVING_ALIAS]
            return {}
        number, tagged = str(version["version"]), self._ours(tags(version))
        pointers[SERVING_ALIAS], source = number, f"mlflow tag of version {number}"
        said: dict[str, tuple[FactValue, str]] = {"serving": (number, f"mlflow alias {SERVING_ALIAS}")}
        said.update({key: (tagged[key], source) for key in _OF_A_VERSION if tagged.get(key)})
        if experiment := tagged.get("experiment"):
            label, _, arm = experiment.partition(":")
            row = {"name": label.strip(), "arm": arm.strip(), "cleanup_by": tagged.get("cleanup_by", "")}
            said["experiments"] = ([{key: value for key, value in row.items() if value}], source)
        return said

    def _ours(self, tagged: dict[str, str]) -> dict[str, str]:
        """Tags under the organisation's prefix, without it; values on one line, and cut."""
        return {
            key.removeprefix(self._prefix): _one_line(value)
            for key, value in tagged.items()
            if key.startswith(self._prefix)
        }

    def _known(self, tagged: dict[str, str]) -> dict[str, str]:
        """Those that are fields of a model card."""
        known = {}
        for key, value in self._ours(tagged).items():
            spec = field_for(key) if _KEY.fullmatch(key) else None
            if spec is not None and spec.kind != "records" and value:
                known[key] = value
        return known


def _one_line(text: str) -> str:
    return " ".join(clean(text[: _LONGEST * 8]).split())[:_LONGEST]


def _rollback(said: dict[str, tuple[FactValue, str]], pointers: dict[str, str]) -> dict[str, tuple[FactValue, str]]:
    """The version behind the rollback alias; a tag may name another alias as `alias:<name>`, or say it in words."""
    tagged = said.pop("rollback", None)
    text = tagged[0] if tagged and isinstance(tagged[0], str) else ""
    alias = text.removeprefix("alias:").strip() if text.startswith("alias:") else ROLLBACK_ALIAS
    if alias in pointers:
        return {"rollback": (pointers[alias], f"mlflow alias {alias}")}
    return {"rollback": tagged} if tagged and not text.startswith("alias:") else {}
