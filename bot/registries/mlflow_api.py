"""Asking an MLflow server over its REST API 2.0."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from urllib.parse import quote

from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, Json, NotThere, Refused, Service
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape

__all__ = ["SERVICE", "MlflowApi", "aliases", "tags"]

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

AT_ONCE: Final = 4
"""Questions to one server at the same time."""
_IN_ONE: Final = 100
_LONGEST_LIST: Final = 3000
"""Bytes of names as they stand in an address; proxies refuse addresses that are much longer than this."""
_NOT_QUOTED: Final = frozenset("'\"\\`")

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

    @property
    def half_time(self) -> bool:
        """Whether half of the time for everything is over."""
        return self._ends - time.monotonic() < self._within_s / 2

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

    def versions(self, wanted: Iterable[tuple[str, str]], odd: list[str]) -> dict[tuple[str, str], Shape]:
        """The versions of these (model, version), with their tags, in few questions; those that are gone are left out.

        Moving an alias and setting a tag leave every timestamp as it was, so there is nothing to go by but asking.
        """
        by_number: dict[str, list[str]] = {}
        alone: list[tuple[str, str]] = []
        for name, number in sorted(set(wanted)):
            if number.isdecimal() and not set(name) & _NOT_QUOTED:
                by_number.setdefault(number, []).append(name)
            else:
                alone.append((name, number))
        together = [(names, number) for number, all_of in by_number.items() for names in _in_batches(all_of)]
        found: dict[tuple[str, str], Shape] = {}
        several = [(names, number) for names, number in together if len(names) > 1]
        alone += [(names[0], number) for names, number in together if len(names) == 1]
        for (
            names,
            number,
        ) in several:  # one after the other: of two lists at once, MLflow on Python 3.11 may fail on both
            if (rows := self._versions_of(names, number)) is None:
                alone += [(name, number) for name in names]
            else:
                shapes = [Shape(row, "model_versions", odd) for row in rows]
                found |= {(one.at("name").exact(), one.at("version").exact()): one for one in shapes}
        for pair, row in zip(alone, self._each(self._version, alone), strict=True):
            if row is not None:
                found[pair] = Shape(row, "model_version", odd)
        return found

    def _each(self, ask: Callable[[Asked], Answer], these: Sequence[Asked]) -> list[Answer]:
        """The answers to questions that are asked a few at a time, in their order; the first failure ends it."""
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            return list(pool.map(ask, these))
        finally:
            pool.shutdown(cancel_futures=True)

    def _versions_of(self, names: list[str], number: str) -> list[Json] | None:
        """One version number of several models; None where the server is too old to be asked for several."""
        quoted = ", ".join(f"'{name}'" for name in names)
        question: Json = {"filter": f"name IN ({quoted}) AND version_number = {number}", "max_results": 2 * _IN_ONE}
        rows: list[Json] = []
        for _ in range(MOST_PAGES):
            try:
                answer = self.get("model-versions/search", question)
            except Refused:
                return None
            said = answer.get("model_versions")
            rows += said if isinstance(said, list) else []
            token = answer.get("next_page_token")
            if not token or not isinstance(token, str):
                return rows
            question["page_token"] = token
        raise self.endless()

    def _version(self, asked: tuple[str, str]) -> Json | None:
        try:
            answer = self.get("model-versions/get", {"name": asked[0], "version": asked[1]})
        except NotThere:
            return None
        found = answer.get("model_version")
        return found if isinstance(found, dict) else None

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


def _in_batches(names: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    room = _LONGEST_LIST
    for name in names:
        length = len(quote(name)) + 12  # the quotes, the comma and the blank are three bytes each in an address
        if batch and (len(batch) == _IN_ONE or length > room):
            yield batch
            batch, room = [], _LONGEST_LIST
        batch.append(name)
        room -= length
    if batch:
        yield batch


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
