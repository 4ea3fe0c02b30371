"""The registry that is a Backstage catalogue: components of some types are models, relations lead to their people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.registries.backstage_lineage import Neighbours, looked_up
from bot.registries.backstage_people import Directory, kind_of, related
from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, Service
from bot.registries.drafts import Draft, known_key, reading
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.registries.shapes import Shape, listed, oddities

SERVICE: Final = Service(
    name="Backstage",
    setting="BACKSTAGE_URL",
    address="the address of the backend (backend.baseUrl) without /api/catalog",
    credentials="Set BACKSTAGE_TOKEN to a static token of backend.auth.externalAccess.",
    right="Let that token's subject read the catalogue (accessRestrictions, permission policy).",
)
ANNOTATION: Final = "ml-incident/"
"""An annotation that begins so is the field that follows: `ml-incident/tier`."""
MODEL_NAME: Final = "mlflow.org/model-name"
_PAGER: Final = "pagerduty.com/service-id"
_CHANNEL: Final = "slack.com/channel"
_PAGE: Final = 250
_WANTED: Final = (
    "kind,metadata.name,metadata.namespace,metadata.title,metadata.description,metadata.annotations,metadata.links,"
    "spec.type,spec.lifecycle,relations"
)


class BackstageRegistry:
    """Reads all components anew each time; groups, people and APIs are asked for by reference, many at a time."""

    name = "backstage"

    def __init__(
        self, url: str, *, token: str | None = None, types: Sequence[str] = (), within_s: float = READING_SECONDS
    ) -> None:
        self._url, self._token, self._types, self._within_s = url, token, tuple(types), within_s

    def read(self, now: datetime) -> Reading:
        """All components of the types that are models. Raises RegistryDown."""
        odd: list[str] = []
        with self._open() as calls:
            entities = self._entities(calls, odd)
            directory = Directory(calls, odd)
            directory.fetch(ref for one in entities for ref in [*related(one, "ownedBy"), *looked_up(one)])
            owners = [ref for one in entities for ref in related(one, "ownedBy")]
            directory.fetch(member for ref in owners if kind_of(ref) == "group" for member in directory.members(ref))
            lineage = Neighbours(directory, {_ref(one): name for one in entities if (name := _name(one))})
            drafts = [draft for one in entities if (draft := _draft(one, directory, lineage, now)) is not None]
            return reading(
                calls.place, drafts, [directory.problem, oddities(calls.place, odd), calls.nothing(entities)]
            )

    def health(self) -> Health:
        """Whether one component can be read with this token."""
        try:
            with self._open() as calls:
                answer = Shape(calls.get("entities/by-query", self._question(limit=1)))
                return calls.well(listed(answer, calls, "items"))
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))

    def _open(self) -> Calls:
        return Calls(SERVICE, self._url, path="api/catalog/", token=self._token, within_s=self._within_s)

    def _question(self, *, limit: int) -> dict[str, Any]:
        # Commas inside a filter mean “and”, several filters mean “or”.
        filters = [f"kind=component,spec.type={kind}" for kind in self._types]
        return {"filter": filters, "fields": _WANTED, "limit": limit, "orderField": "metadata.name,asc"}

    def _entities(self, calls: Calls, odd: list[str]) -> list[Shape]:
        found: list[Shape] = []
        asked = self._question(limit=_PAGE)
        for _ in range(MOST_PAGES):
            answer = Shape(calls.get("entities/by-query", asked), odd=odd)
            found += listed(answer, calls, "items")
            cursor = answer.at("pageInfo", "nextCursor").exact()
            if not cursor:
                return found
            # A cursor holds the question; whatever is asked beside it is passed over.
            asked = {"cursor": cursor, "fields": _WANTED, "limit": _PAGE}
        raise calls.endless()


def _name(entity: Shape) -> str:
    """The model that a component is."""
    metadata = entity.at("metadata")
    return metadata.at("annotations", MODEL_NAME).text() or metadata.at("name").text()


def _ref(entity: Shape) -> str:
    metadata = entity.at("metadata")
    namespace = metadata.at("namespace").text() or "default"
    return f"component:{namespace}/{metadata.at('name').text()}".lower()


def _draft(entity: Shape, directory: Directory, lineage: Neighbours, now: datetime) -> Draft | None:
    metadata = entity.at("metadata")
    notes = metadata.at("annotations")
    said = {key: notes.at(key).text() for key in notes.fields() if key in {_PAGER, _CHANNEL}}
    name = _name(entity)
    if not name:
        metadata.at("name").missed()
        return None
    draft = Draft(name, now, identity=f"{metadata.at('namespace').text()}/{metadata.at('name').text()}")
    for annotation, value in notes.fields().items():
        if annotation.startswith(ANNOTATION) and (key := known_key(annotation, ANNOTATION)) is not None:
            draft.say(key, value.text(), "backstage annotation")
    draft.say("plain_name", metadata.at("title").text(), "backstage title")
    draft.say("purpose", metadata.at("description").text(), "backstage description")
    draft.say("lifecycle", entity.at("spec", "lifecycle").text(), "backstage lifecycle")
    draft.say("oncall", f"pagerduty:{said[_PAGER]}" if said.get(_PAGER) else "", f"backstage annotation {_PAGER}")
    draft.say("channel", said.get(_CHANNEL, ""), f"backstage annotation {_CHANNEL}")
    for row in metadata.at("links").rows():
        draft.link(f"{row.at('title').text()} {row.at('type').text()}", row.at("url").exact(), "backstage link")
    directory.say_owner(draft, related(entity, "ownedBy"))
    lineage.say(draft, entity)
    return draft
