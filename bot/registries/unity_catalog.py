"""The registry that is Unity Catalog of Databricks: one API knows owners, another tags and aliases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, Json, NotAllowed, NotThere, Service
from bot.registries.drafts import Draft, known_key, person, reading
from bot.registries.mlflow import SERVING_ALIAS, say_pointers, say_serving, say_tags
from bot.registries.mlflow_api import aliases, paged, tags
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.registries.shapes import Shape, oddities, one_line
from bot.registries.unity_catalog_lineage import SOURCE as LINEAGE
from bot.registries.unity_catalog_lineage import Dependencies

SERVICE: Final = Service(
    name="Unity Catalog",
    setting="DATABRICKS_HOST",
    address="the workspace's address (https://….cloud.databricks.com), without a path",
    credentials="Set DATABRICKS_TOKEN to a token that is still valid.",
    right="Grant its user USE CATALOG, USE SCHEMA and EXECUTE on the models.",
)
_MODELS: Final = "api/2.1/unity-catalog/models"
_MLFLOW: Final = "api/2.0/mlflow/unity-catalog/registered-models"
_PAGE: Final = 1000
_AT_ONCE: Final = 8
"""Models asked about at the same time: their tags and aliases come one model at a time."""


class UnityCatalogRegistry:
    """Reads everything anew each time; a model that may be listed and not read keeps what was last known of it."""

    name = "unity_catalog"

    def __init__(
        self,
        host: str,
        *,
        token: str | None = None,
        schemas: Sequence[str] = (),
        prefix: str = "",
        within_s: float = READING_SECONDS,
    ) -> None:
        self._host, self._token, self._schemas = host, token, tuple(schemas)
        self._prefix, self._within_s = prefix, within_s
        self._dependencies = Dependencies()

    def read(self, now: datetime) -> Reading:
        """All registered models of the schemas, or of all that the token may see. Raises RegistryDown."""
        odd: list[str] = []
        self._dependencies.begin(self._within_s)
        with self._open() as calls:
            models = {name: model for model in self._models(calls, odd) if (name := _name(model))}
            drafts, kept = [], []
            for name, draft in zip(models, self._each(calls, list(models.values()), now), strict=True):
                if isinstance(draft, Draft):
                    drafts.append(draft)
                elif draft is not None:
                    kept.append(name)
            problems = [_kept(calls.place, kept), oddities(calls.place, odd), calls.nothing(drafts or kept)]
            return reading(calls.place, drafts, problems, unreadable=kept)

    def health(self) -> Health:
        """Whether one page of models can be listed with this token."""
        try:
            with self._open() as calls:
                answer = Shape(calls.get(_MODELS, next(self._questions()) | {"max_results": 1}))
                # A page may be empty and still not be the last one.
                return calls.well(paged(answer, calls) or answer.at("next_page_token").exact())
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))

    def _open(self) -> Calls:
        return Calls(SERVICE, self._host, token=self._token, within_s=self._within_s)

    def _questions(self) -> Iterator[dict[str, Any]]:
        if not self._schemas:
            yield {}
        for schema in self._schemas:
            catalog, _, name = schema.partition(".")
            yield {"catalog_name": catalog, "schema_name": name}

    def _models(self, calls: Calls, odd: list[str]) -> Iterator[Shape]:
        for question in self._questions():
            asked = question | {"max_results": _PAGE}
            for _ in range(MOST_PAGES):
                answer = Shape(calls.get(_MODELS, asked), odd=odd)
                yield from paged(answer, calls)
                # A page may be empty and still not be the last one.
                token = answer.at("next_page_token").exact()
                if not token:
                    break
                asked = asked | {"page_token": token}
            else:
                raise calls.endless()

    def _each(self, calls: Calls, models: Sequence[Shape], now: datetime) -> list[Draft | NotAllowed | None]:
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            return list(pool.map(lambda model: self._draft(calls, model, now), models))
        finally:
            pool.shutdown(cancel_futures=True)  # the first failure ends it

    def _draft(self, calls: Calls, model: Shape, now: datetime) -> Draft | NotAllowed | None:
        """None for a model that went since the models were listed."""
        draft = Draft(_name(model), now)
        try:
            known = Shape(calls.get(f"{_MLFLOW}/get", {"name": draft.name}), odd=model.odd).at("registered_model")
            tagged = {_with_dots(tag, self._prefix): value for tag, value in tags(known).items()}
            # Version numbers are texts in one API and numbers in the other.
            pointers = aliases(known) or aliases(model, name="alias_name", version="version_num")
            if SERVING_ALIAS in pointers:
                say_serving(draft, lambda name, alias: _behind(calls, name, alias), pointers, self._prefix, model.odd)
            version = pointers.get(SERVING_ALIAS, "")
            reads = self._dependencies.of(calls, draft.name, version, model.odd) if version else ()
        except NotThere:
            return None
        except NotAllowed as refused:
            return refused
        say_pointers(draft, pointers, tagged.get(f"{self._prefix}rollback", ""), source="unity catalog")
        say_tags(draft, tagged, self._prefix, source="unity catalog")
        draft.say("purpose", model.at("comment").text(), "unity catalog comment")
        draft.say("upstreams", reads, LINEAGE)
        # A group or the id of a service principal is nobody to mention: it is shown.
        owner = model.at("owner").text()
        draft.say("owner", person("", owner) or person(owner, ""), "unity catalog owner")
        return draft


def _behind(calls: Calls, name: str, alias: str) -> Json:
    found = calls.get(f"{_MLFLOW}/alias", {"name": name, "alias": alias}).get("model_version")
    if not isinstance(found, dict) or not Shape(found).at("version").text():
        raise NotThere(f"{calls.place} did not say which version the alias {alias} points at.")
    return found


def _with_dots(tag: str, prefix: str) -> str:
    """The tag as it would be called in MLflow: Databricks takes neither . nor - in the key of a tag, so `owner_backup`
    stands for `owner.backup`, and `poc_merch_ops` for `poc.merch-ops`."""
    if not tag.startswith(prefix) or known_key(tag, prefix) is not None:
        return tag
    family, _, member = tag.removeprefix(prefix).partition("_")
    meant = f"{family}.{member.replace('_', '-')}"
    return f"{prefix}{meant}" if known_key(meant) is not None else tag


def _name(model: Shape) -> str:
    name = model.at("full_name").exact()
    if not one_line(name):
        model.at("full_name").missed()
        return ""
    return name


def _kept(place: str, names: Sequence[str]) -> str | None:
    if not names:
        return None
    listed = f"{', '.join(one_line(name) for name in names[:10])}{' …' if len(names) > 10 else ''}"
    return (
        f"{place} lists models that the token may not read ({listed}); what was last known of them stays. "
        f"{SERVICE.right}"
    )
