"""Asking an MLflow server over its REST API 2.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, Json, NotThere, Service
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape

__all__ = ["SERVICE", "MlflowApi", "NotThere", "aliases", "tags"]

SERVICE: Final = Service(
    name="MLflow",
    setting="MLFLOW_TRACKING_URI",
    address="the server's address without /api or /#/models",
    credentials="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
    right="Give that account the right to READ registered models.",
)


class MlflowApi(Calls):
    """An open connection; use it in a `with`. Every failure is a RegistryDown."""

    def __init__(
        self,
        uri: str,
        *,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
        within_s: float = READING_SECONDS,
    ) -> None:
        login = (username, password or "") if username and not token else None
        super().__init__(SERVICE, uri, path="api/2.0/mlflow/", token=token, login=login, within_s=within_s)

    def models(self, odd: list[str], *, page: int = 200) -> Iterator[Shape]:
        """Every registered model with its tags and aliases; prompts are registered models too, and left out."""
        asked: Json = {"max_results": page, "order_by": "name ASC"}
        for _ in range(MOST_PAGES):
            answer = Shape(self.get("registered-models/search", asked), odd=odd)
            yield from (model for model in paged(answer, self) if not _is_prompt(model))
            # A page may be empty and still not be the last one.
            if not (token := answer.at("next_page_token").exact()):
                return
            asked["page_token"] = token
        raise self.endless()

    def version_behind(self, name: str, alias: str) -> Json:
        """The version that an alias points at now, with its tags. Raises NotThere."""
        answer = self.get("registered-models/alias", {"name": name, "alias": alias}).get("model_version")
        if not isinstance(answer, dict) or not Shape(answer).at("version").text():
            raise NotThere(f"{self.place} did not say which version the alias {alias} points at.")
        return answer

    def _refusal(self, status: int, text: str, answer: Json) -> RegistryDown:
        code, message = str(answer.get("error_code", "")), self.brief_text(str(answer.get("message", "")))
        if code == "RESOURCE_DOES_NOT_EXIST":
            said = message or "it gave no reason"
            return NotThere(f"{self.place} knows nothing of that name: {said}. Check its spelling.")
        if code == "INVALID_PARAMETER_VALUE" and "alias" in message.lower() and "not found" in message.lower():
            return NotThere(f"{self.place} has no such alias: {message}. Set it on the version that is meant.")
        if "Invalid Host header" in text:
            return RegistryDown(
                f"{self.place} refuses the name under which the bot calls it. "
                f"Start the server with --allowed-hosts and the host that stands in {SERVICE.setting}."
            )
        return super()._refusal(status, text, answer)


def paged(answer: Shape, calls: Calls) -> list[Shape]:
    """The models of a page; MLflow leaves the list out where it is empty."""
    models = answer.at("registered_models")
    if models.value is not None and not isinstance(models.value, list):
        raise RegistryDown(
            f"{calls.place} answered without a list of models. "
            f"Check that {calls.service.setting} is {calls.service.address}."
        )
    return models.rows()


def tags(thing: Shape) -> dict[str, str]:
    """The tags of a model or version by key."""
    return {key: tag.at("value").exact() for tag in thing.at("tags").rows() if (key := tag.at("key").exact())}


def aliases(model: Shape, *, name: str = "alias", version: str = "version") -> dict[str, str]:
    """Alias → version of a registered model. Versions carry no aliases in lists, so this is where they are read."""
    rows = [(row.at(name).text(), row.at(version).text()) for row in model.at("aliases").rows()]
    return {alias: number for alias, number in rows if alias and number}


def _is_prompt(model: Shape) -> bool:
    return tags(model).get("mlflow.prompt.is_prompt", "").lower() == "true"
