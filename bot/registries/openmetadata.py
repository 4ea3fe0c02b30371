"""The registry that is an OpenMetadata server: ML models with owners, an endpoint, a dashboard and features."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from bot.registries.calls import MOST_PAGES, READING_SECONDS, Calls, Refused, Service
from bot.registries.drafts import Draft, known_key, link, reading
from bot.registries.openmetadata_lineage import SOURCE as LINEAGE
from bot.registries.openmetadata_lineage import Edges, LineageOf, called
from bot.registries.openmetadata_people import People
from bot.registries.protocol import Health, Reading, RegistryDown
from bot.registries.shapes import Shape, listed, oddities

SERVICE: Final = Service(
    name="OpenMetadata",
    setting="OPENMETADATA_HOST",
    address="the server's address, without /api/v1",
    credentials="Set OPENMETADATA_JWT_TOKEN to the token of a bot (Settings, Bots), and see whether it has expired.",
    right="Give that bot a role with ViewAll on ML models.",
)
FIELDS_ASKED: Final = ("owners,tags,extension,dashboard", "owners,tags,extension", "owner,tags,extension,dashboard")
"""Without `owners` none are answered. Servers differ in what they let one ask for: the first list accepted is used."""
_PAGE: Final = 200


class OpenMetadataRegistry:
    """Reads all ML models anew each time; teams and people are asked for once in a reading."""

    name = "openmetadata"

    def __init__(self, host: str, *, token: str | None = None, within_s: float = READING_SECONDS) -> None:
        # OpenMetadata's own clients take the address with /api, and its pages are below the one without.
        self._host = host.strip().rstrip("/").removesuffix("/api/v1").removesuffix("/api")
        self._token, self._within_s = token, within_s
        self._lineage = LineageOf()

    def read(self, now: datetime) -> Reading:
        """All ML models that are not deleted. Raises RegistryDown."""
        odd: list[str] = []
        with self._open() as calls:
            models = self._models(calls, odd)
            people = People(calls, odd)
            people.fetch([owner for model in models for owner in _owners(model)])
            self._lineage.read(calls, [model.at("id").exact() for model in models], odd, within_s=self._within_s)
            drafts = [draft for model in models if (draft := self._draft(model, people, now)) is not None]
            problems = [people.problem, self._lineage.problem, oddities(calls.place, odd), calls.nothing(models)]
            return reading(calls.place, drafts, problems)

    def health(self) -> Health:
        """Whether one ML model can be read with this token."""
        try:
            with self._open() as calls:
                return calls.well(listed(Shape(calls.get("mlmodels", {"limit": 1})), calls, "data"))
        except RegistryDown as down:
            return Health(ok=False, sentence=str(down))

    def _open(self) -> Calls:
        return Calls(SERVICE, self._host, path="api/v1/", token=self._token, within_s=self._within_s)

    def _models(self, calls: Calls, odd: list[str]) -> list[Shape]:
        asked: dict[str, Any] = {"limit": _PAGE, "include": "non-deleted"}
        found: list[Shape] = []
        for _ in range(MOST_PAGES):
            answer = Shape(self._page(calls, asked), odd=odd)
            found += listed(answer, calls, "data")
            after = answer.at("paging", "after").exact()
            if not after:
                return found
            asked["after"] = after
        raise calls.endless()

    def _page(self, calls: Calls, asked: dict[str, Any]) -> dict[str, Any]:
        if "fields" in asked:
            return calls.get("mlmodels", asked)
        for fields in FIELDS_ASKED[:-1]:
            try:
                answer = calls.get("mlmodels", asked | {"fields": fields})
            except Refused:
                continue
            asked["fields"] = fields
            return answer
        asked["fields"] = FIELDS_ASKED[-1]
        return calls.get("mlmodels", asked)

    def _draft(self, model: Shape, people: People, now: datetime) -> Draft | None:
        name = model.at("name").exact()
        if not model.at("name").text():
            model.at("name").missed()
            return None
        draft = Draft(name, now, identity=model.at("fullyQualifiedName").exact())
        for title, value in model.at("extension").fields().items():
            # The names of custom properties cannot hold dots: owner_backup is owner.backup.
            key = known_key(title) or known_key(title.replace("_", ".", 1))
            if key is not None:
                draft.say(
                    key, value.texts() if isinstance(value.value, list) else value.text(), "openmetadata property"
                )
        if (title := model.at("displayName").text()) != name:
            draft.say("plain_name", title, "openmetadata display name")
        draft.say("purpose", model.at("description").text(), "openmetadata description")
        people.say_owner(draft, _owners(model))
        draft.say("endpoint.server", link(model.at("server").exact()), "openmetadata server")
        if board := model.at("dashboard", "fullyQualifiedName").exact():
            draft.say("dashboard", link(f"{self._host}/dashboard/{quote(board, safe='')}"), "openmetadata dashboard")
        _say_lineage(draft, model, self._lineage.of(model.at("id").exact()))
        labels = [row.at("tagFQN").text() for row in model.at("tags").rows()]
        draft.say("data_class", ", ".join(tag for tag in labels if tag.startswith("PII.")), "openmetadata tag")
        return draft


def _owners(model: Shape) -> list[Shape]:
    """Newer servers send a list, older ones one; owners that were deleted are left out."""
    one = model.at("owner")
    rows = model.at("owners").rows() + ([one] if one.value is not None else [])
    return [row for row in rows if row.at("deleted").value is not True]


def _say_lineage(draft: Draft, model: Shape, edges: Edges) -> None:
    features = model.at("mlFeatures").rows()
    sources = [called(source.at("dataSource")) for row in features for source in row.at("featureSources").rows()]
    draft.say("features", [row.at("name").text() for row in features], "openmetadata features")
    more = set(edges.up) - set(sources)
    draft.say("upstreams", [*sources, *edges.up], LINEAGE if more else "openmetadata feature sources")
    draft.say("consumers", edges.down, LINEAGE)
