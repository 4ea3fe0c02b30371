"""What OpenMetadata's lineage says one step up and down from a model: asked for one model at a time, and remembered."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from bot.registries.calls import Calls, NotAllowed, NotThere, Refused
from bot.registries.protocol import RegistryDown
from bot.registries.shapes import Shape

SOURCE: Final = "openmetadata lineage"
_AT_ONCE: Final = 8
_ONE_STEP: Final = {"upstreamDepth": 1, "downstreamDepth": 1}
_CALLED: Final = {"searchIndex": "index", "apiEndpoint": "api", "dashboardDataModel": "dashboard-data-model"}


@dataclass(frozen=True)
class Edges:
    """What a model reads, and what reads it, as cards write it."""

    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


class LineageOf:
    """Half of a reading's time goes into this at most: new models first, then those asked longest ago."""

    def __init__(self) -> None:
        self._known: dict[str, Edges] = {}
        self.problem: str | None = None

    def read(self, calls: Calls, models: Iterable[str], odd: list[str], *, within_s: float) -> None:
        """Ask for these models by id. Where the server fails at it, what was known stays, and `problem` says so."""
        self.problem, until = None, time.monotonic() + within_s / 2
        wanted = dict.fromkeys(one for one in models if one)
        self._known = {one: edges for one, edges in self._known.items() if one in wanted}
        turns = [*(one for one in wanted if one not in self._known), *self._known]

        def ask(one: str) -> None:
            if time.monotonic() < until and self.problem is None:
                self._ask(calls, one, odd)

        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            list(pool.map(ask, turns))
        finally:
            pool.shutdown(cancel_futures=True)

    def of(self, model: str) -> Edges:
        """What is known of a model."""
        return self._known.get(model, Edges())

    def _ask(self, calls: Calls, one: str, odd: list[str]) -> None:
        try:
            answer = calls.get(f"lineage/mlmodel/{quote(one, safe='')}", _ONE_STEP)
        except NotThere:
            found = Edges()
        except (NotAllowed, Refused):  # the account may see models alone: their features still say what they read
            return
        except RegistryDown as down:  # a question beside the point must not cost the models
            self.problem = f"Lineage stays as it was known. {down}"
            return
        else:
            found = _edges(one, Shape(answer, "lineage", odd))
        self._known.pop(one, None)
        self._known[one] = found


def _edges(model: str, graph: Shape) -> Edges:
    nodes = {node.at("id").exact(): called(node) for node in graph.at("nodes").rows()}
    up = [
        row.at("fromEntity").exact() for row in graph.at("upstreamEdges").rows() if row.at("toEntity").exact() == model
    ]
    down = [
        row.at("toEntity").exact()
        for row in graph.at("downstreamEdges").rows()
        if row.at("fromEntity").exact() == model
    ]
    return Edges(*(tuple(dict.fromkeys(said for one in some if (said := nodes.get(one, "")))) for some in (up, down)))


def called(entity: Shape) -> str:
    """`table:dw.prod.items`, a model by its name; empty for what was deleted."""
    kind = entity.at("type").text() or "table"
    if entity.at("deleted").value is True:
        return ""
    if kind == "mlmodel":
        return entity.at("name").text()
    name = entity.at("fullyQualifiedName").text() or entity.at("name").text()
    return f"{_CALLED.get(kind, kind)}:{name}" if name else ""
