"""The registry that is a DataHub server: groups of model versions, typed owners, lineage up and down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, NotAllowed, Service
from bot.registries.datahub_owners import say_owners
from bot.registries.drafts import Draft, known_key, reading
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.registries.shapes import Shape, listed, oddities

SERVICE: Final = Service(
    name="DataHub",
    setting="DATAHUB_GMS_URL",
    address="the metadata service's address, without /api/graphql",
    credentials="Set DATAHUB_GMS_TOKEN to a personal access token, and see whether it has expired.",
    right="Let that token's user view ML models, their owners and their lineage.",
)
_PAGE: Final = 50
_EDGES: Final = 100
_FEATURE: Final = "feature:"
_FEATURES: Final = frozenset({"mlFeature", "mlPrimaryKey", "mlFeatureTable"})
_STREAMS: Final = frozenset({"kafka", "pulsar", "kinesis", "pubsub"})
_NAMELESS: Final = frozenset({"dataProcessInstance", "container"})
QUERY: Final = """
query Models($input: ScrollAcrossEntitiesInput!) {
  scrollAcrossEntities(input: $input) {
    nextScrollId
    searchResults {
      entity {
        urn
        type
        ... on MLModelGroup {
          name
          description
          editableProperties { description }
          ownership { ...owned }
          upstream: lineage(input: {direction: UPSTREAM, start: 0, count: EDGES}) { ...sources }
          downstream: lineage(input: {direction: DOWNSTREAM, start: 0, count: EDGES}) { ...edges }
        }
        ... on MLModel {
          name
          description
          editableProperties { description }
          properties { groups { urn } customProperties { key value } }
          institutionalMemory { elements { url label } }
          ownership { ...owned }
          upstream: lineage(input: {direction: UPSTREAM, start: 0, count: EDGES}) { ...sources }
          downstream: lineage(input: {direction: DOWNSTREAM, start: 0, count: EDGES}) { ...edges }
        }
      }
    }
  }
}
fragment edges on EntityLineageResult { relationships { entity { urn } } }
fragment sources on EntityLineageResult {
  relationships { entity { urn ... on MLFeature { properties { sources { urn } } } } }
}
fragment owned on Ownership {
  owners {
    type
    ownershipType { urn info { name } }
    owner {
      ... on CorpUser {
        username
        properties { displayName email }
        editableProperties { displayName slack email }
      }
      ... on CorpGroup { name properties { displayName slack } }
    }
  }
}
""".replace("EDGES", str(_EDGES))


class DataHubRegistry:
    """Reads all groups of models, and the models that are in none, anew each time."""

    name = "datahub"

    def __init__(self, url: str, *, token: str | None = None, within_s: float = READING_SECONDS) -> None:
        self._url, self._token, self._within_s = url, token, within_s

    def read(self, now: datetime) -> Reading:
        """All of them. Raises RegistryDown."""
        odd: list[str] = []
        with self._open() as calls:
            entities = {entity.at("urn").exact(): entity for entity in self._entities(calls, odd)}
        drafts: dict[str, Draft] = {}
        lineage: dict[str, tuple[list[str], list[str]]] = {}
        home = {urn: _group(entity, entities) or urn for urn, entity in entities.items()}
        for urn, entity in sorted(entities.items(), key=lambda item: home[item[0]] != item[0]):
            if home[urn] == urn and (draft := _draft(entity, now)) is not None:
                drafts[urn] = draft
            up, down = lineage.setdefault(home[urn], ([], []))
            up += _edges(entity.at("upstream")) + _sources(entity.at("upstream"))
            down += _edges(entity.at("downstream"))
        for urn, draft in drafts.items():
            up, down = (
                [said for one in some if home.get(one) != urn and (said := spoken(one))] for some in lineage[urn]
            )
            features = [said for said in up if said.startswith(_FEATURE)]
            draft.say("features", [said.removeprefix(_FEATURE) for said in features], "datahub lineage")
            draft.say("upstreams", [said for said in up if said not in features], "datahub lineage")
            draft.say("consumers", down, "datahub lineage")
        return reading(calls.place, list(drafts.values()), [oddities(calls.place, odd), calls.nothing(entities)])

    def health(self) -> Health:
        """Whether one model can be read with this token."""
        try:
            with self._open() as calls:
                answer = self._page(calls, None, [], count=1)
                return calls.well(listed(answer, calls, "data", "scrollAcrossEntities", "searchResults"))
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))

    def _open(self) -> Calls:
        return Calls(SERVICE, self._url, path="api/", token=self._token, within_s=self._within_s)

    def _entities(self, calls: Calls, odd: list[str]) -> Iterator[Shape]:
        scroll: str | None = None
        for _ in range(MOST_PAGES):
            answer = self._page(calls, scroll, odd)
            for row in listed(answer, calls, "data", "scrollAcrossEntities", "searchResults"):
                entity = row.at("entity")
                if entity.at("urn").text():
                    yield entity
                else:
                    entity.at("urn").missed()
            scroll = answer.at("data", "scrollAcrossEntities", "nextScrollId").exact()
            if not scroll:
                return
        raise calls.endless()

    def _page(self, calls: Calls, scroll: str | None, odd: list[str], *, count: int = _PAGE) -> Shape:
        wanted: dict[str, Any] = {"types": ["MLMODEL_GROUP", "MLMODEL"], "query": "*", "count": count}
        if scroll:
            wanted["scrollId"] = scroll
        answer = Shape(calls.post("graphql", {"query": QUERY, "variables": {"input": wanted}}), odd=odd)
        if answer.at("errors").value:  # GraphQL answers 200 when it fails, too
            raise _failure(calls, answer)
        listed(answer, calls, "data", "scrollAcrossEntities", "searchResults")
        return answer


def _failure(calls: Calls, answer: Shape) -> RegistryDown:
    first = next(iter(answer.at("errors").rows()), Shape(None))
    message = calls.brief_text(first.at("message").text()) or "it gave no reason"
    kind = str(first.at("extensions", "classification").value) + str(first.at("extensions", "code").value)
    if "403" in kind or "UNAUTHORIZED" in kind or "unauthorized" in message.lower():
        return NotAllowed(f"{calls.place} {SERVICE.what_to_do(403, '')}")
    if "ValidationError" in kind or "Validation error" in message:
        return RegistryDown(
            f"{calls.place} does not know a field that the bot asks for ({message}). Update DataHub to 0.13 or later."
        )
    return RegistryDown(f"{calls.place} could not answer ({message}). Look at the log of its metadata service.")


def _draft(entity: Shape, now: datetime) -> Draft | None:
    name = entity.at("name").exact() or spoken(entity.at("urn").exact())
    if not name.strip():
        entity.at("name").missed()
        return None
    draft = Draft(name, now, identity=entity.at("urn").exact())
    for row in entity.at("properties", "customProperties").rows():
        if (key := known_key(row.at("key").exact())) is not None:
            draft.say(key, row.at("value").text(), "datahub property")
    draft.say("purpose", entity.at("editableProperties", "description").text(), "datahub description")
    draft.say("purpose", entity.at("description").text(), "datahub description")
    say_owners(draft, entity.at("ownership", "owners"))
    for row in entity.at("institutionalMemory", "elements").rows():
        draft.link(row.at("label").text(), row.at("url").exact(), "datahub link")
    return draft


def _group(entity: Shape, entities: dict[str, Shape]) -> str | None:
    """The group that a version belongs to, when it is among what was read."""
    groups = [row.at("urn").exact() for row in entity.at("properties", "groups").rows()]
    return next((group for group in groups if group in entities), None)


def _edges(lineage: Shape) -> list[str]:
    return [urn for row in lineage.at("relationships").rows() if (urn := row.at("entity", "urn").exact())]


def _sources(lineage: Shape) -> list[str]:
    """What the features of a model are made from: a table that is wrong is wrong in every feature of it."""
    features = [row.at("entity") for row in lineage.at("relationships").rows()]
    found = [one for feature in features for one in feature.at("properties", "sources").rows()]
    return [urn for one in found if (urn := one.at("urn").exact())]


def spoken(urn: str) -> str:
    """`topic:clicks`, `table:dw.items`, `airflow:dag.task`, a model by its name; empty for what has but an id."""
    kind, _, rest = urn.removeprefix("urn:li:").partition(":")
    parts = rest.removeprefix("(").removesuffix(")").replace("urn:li:dataPlatform:", "").split(",")
    if kind == "dataJob" and len(parts) == 4:
        return f"{parts[0].removeprefix('urn:li:dataFlow:(')}:{parts[1]}.{parts[3]}"
    if kind in _NAMELESS or len(parts) < 2:
        return ""
    # A name may hold commas itself; the last part of three is the environment.
    name = ",".join(parts[1:-1]) if len(parts) > 2 else parts[1]
    if kind in {"mlModel", "mlModelGroup"}:
        return name
    if kind in _FEATURES:
        return _FEATURE + (name if kind == "mlFeatureTable" else f"{parts[0]}.{name}")
    if kind == "dataset":
        return f"{'topic' if parts[0] in _STREAMS else 'table'}:{name}"
    return f"{parts[0]}:{name}"
