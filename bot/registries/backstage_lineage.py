"""What a component of Backstage reads, and who is hurt when it is wrong, by its relations and those of its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.registries.backstage_people import Directory, kind_of, related, short
from bot.registries.drafts import Draft
from bot.registries.shapes import Shape

_SORTS: Final = ("feature", "topic", "table", "view", "index", "prompt", "bucket", "database", "stream")
"""Words of a resource's type that say what it is, the telling ones first."""
_SOURCE: Final = "backstage relations"


def looked_up(entity: Shape) -> list[str]:
    """The neighbours that say more: what sort of resource it is, and who stands behind an API."""
    refs = [ref for kind in ("dependsOn", "providesApi", "consumesApi") for ref in related(entity, kind)]
    return [ref for ref in refs if kind_of(ref) in {"api", "resource"}]


class Neighbours:
    """Entities as cards write them: models by the names that people know, resources by what they are."""

    def __init__(self, directory: Directory, models: Mapping[str, str]) -> None:
        self._directory, self._models = directory, models

    def say(self, draft: Draft, entity: Shape) -> None:
        """Add upstreams and consumers. The system around a model counts where nothing else says who depends on it."""
        refs = [*related(entity, "dependsOn"), *related(entity, "consumesApi")]
        reads = [said for ref in refs for said in (self._behind(ref) if kind_of(ref) == "api" else [self._called(ref)])]
        draft.say("upstreams", [said for said in reads if said != draft.name], _SOURCE)
        fed = related(entity, "dependencyOf")
        for api in related(entity, "providesApi"):
            found = self._directory.get(api)
            fed += related(found, "apiConsumedBy") if found is not None else []
        consumers = [said for ref in fed if (said := self._called(ref)) != draft.name]
        draft.say("consumers", consumers, _SOURCE)
        draft.say(
            "consumers",
            [short(ref) for ref in related(entity, "partOf") if kind_of(ref) == "system"],
            "backstage system",
        )

    def _called(self, ref: str) -> str:
        if (model := self._models.get(ref.lower())) is not None:
            return model
        found = self._directory.get(ref) if kind_of(ref) == "resource" else None
        sort = found.at("spec", "type").text().lower().replace("_", "-") if found is not None else ""
        kind = next((word for word in _SORTS if word in sort.split("-")), "")
        return f"{kind}:{short(ref).removeprefix('resource:')}" if kind else short(ref)

    def _behind(self, api: str) -> list[str]:
        """The models that provide an API that is called, else the API."""
        found = self._directory.get(api)
        providers = related(found, "apiProvidedBy") if found is not None else []
        models = [self._models[ref.lower()] for ref in providers if ref.lower() in self._models]
        return models or [short(api)]
