"""An MLflow on loopback with registered models and their tags, and a team whose words the real worker writes there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select

from bot.delivery import Delivery, writing
from bot.effects.writing import WriteOwner
from bot.incidents.desk import Desk
from bot.incidents.features import feature
from bot.registries.mlflow import MlflowRegistry
from bot.registries.owner_tags import OwnerTags
from bot.registries.protocol import Registry
from bot.sync import sync
from playbooks.card import ModelCard, from_json
from storage import catalogue, ownership
from storage.models import Effect
from storage.transaction import Storage, Transaction
from tests.bot.connections.service import Asked, Service, Told, serve
from tests.bot.runs.team import Team

TAGS = ("owner", "reviewed_at")
MODEL = "fraud-scorer"
NO_SUCH_MODEL = Told({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Registered Model not found"}, 404)


class Mlflow:
    """What the server holds. `refuse` may answer first; `hold` waits before or after a tag is set."""

    def __init__(self, **models: dict[str, str]) -> None:
        self.models = {name.replace("_", "-"): dict(tags) for name, tags in models.items()}
        self.refuse: Callable[[Asked], Told | None] = lambda asked: None
        self.set: list[tuple[str, str, str]] = []
        self.hold = ""
        self.held, self.go_on = threading.Event(), threading.Event()
        self.service = Service()

    def __call__(self, asked: Asked) -> Told | None:
        if (refused := self.refuse(asked)) is not None:
            return refused
        question = urlsplit(asked.target)
        match question.path.rpartition("/")[2]:
            case "search":
                return Told({"registered_models": [self._shown(name) for name in sorted(self.models)]})
            case "get":
                name = parse_qs(question.query)["name"][0]
                return Told({"registered_model": self._shown(name)}) if name in self.models else NO_SUCH_MODEL
            case _:
                return self._set(asked)

    def _set(self, asked: Asked) -> Told | None:
        name, key, value = (str(asked.json[word]) for word in ("name", "key", "value"))
        when, self.hold = self.hold, ""
        if when != "before":
            self.models[name][key] = value
            self.set.append((name, key, value))
        if when:
            self.held.set()
            self.go_on.wait(30)
            return None  # nobody is there any more to be answered
        return Told({})

    def _shown(self, name: str) -> dict[str, object]:
        return {"name": name, "tags": [{"key": key, "value": value} for key, value in self.models[name].items()]}


@contextmanager
def mlflow(**models: dict[str, str]) -> Iterator[Mlflow]:
    """A server that is up as long as the block lasts."""
    made = Mlflow(**models)
    with serve(made) as service:
        made.service = service
        try:
            yield made
        finally:
            made.go_on.set()


class Writers(Team):
    """A team whose bot may set the tags."""

    tags: tuple[str, str] | None = TAGS

    def __init__(self, storage: Storage, uri: str, *before: Registry, tags: tuple[str, str] | None = TAGS) -> None:
        super().__init__(storage)
        self.tags, self.uri = tags, uri
        prefix = (tags or TAGS)[0].removesuffix("owner")
        self.registries: list[Registry] = [*before, MlflowRegistry(uri, prefix=prefix)]
        self.read()

    def desk(self, tx: Transaction, by: str) -> Desk:
        return replace(super().desk(tx, by), owner_tags=self.tags)

    def read(self) -> None:
        """The registries are read, a minute later."""
        self.wait(minutes=1)
        sync(self.storage, self.registries, self.now)
        self.wait(minutes=1)

    def known(self, model: str = MODEL) -> ModelCard:
        with self.storage.reading() as tx:
            found = catalogue.card(tx, model)
        assert found is not None
        return found

    def conflicts(self, model: str = MODEL) -> dict[str, list[str]]:
        """Field → what registries say that is not shown."""
        with self.storage.reading() as tx:
            row = catalogue.entry(tx, model)
            assert row is not None
            card = ownership.settled(tx, from_json(row.card))
            return {
                key: [f"{one.source} {one.value}" for one in said]
                for key, said in catalogue.conflicts(row, card).items()
            }

    @contextmanager
    def working(self, *, allowed: bool = True) -> Iterator[None]:
        """The worker works, without a Slack: only what is owed to MLflow can be done."""
        tags = OwnerTags(self.uri, names=self.tags or TAGS) if allowed else None
        worker = Delivery(
            self.storage,
            token="xoxb-none",
            base_url="http://127.0.0.1:9/api/",
            desk=lambda tx: self.desk(tx, ""),
            feature=feature(),
            announce_channel="x",
            ways={WriteOwner: writing.way(tags)},
            poll_s=0.02,
            lease=timedelta(seconds=30),
        )
        worker.start()
        try:
            yield
        finally:
            worker.stop(5)

    def writings(self) -> list[Effect]:
        with self.storage.reading() as tx:
            return list(tx.session.scalars(select(Effect).where(Effect.kind == "WriteOwner").order_by(Effect.id)))

    def until(self, is_so: Callable[[], object]) -> None:
        by = time.monotonic() + 15
        while not is_so():
            assert time.monotonic() < by, [(row.state, row.attempts, row.error) for row in self.writings()]
            time.sleep(0.02)

    def write(self) -> None:
        """Everything owed to MLflow is done, or given up."""
        with self.working():
            self.until(lambda: all(row.state in ("done", "dead") for row in self.writings()))
