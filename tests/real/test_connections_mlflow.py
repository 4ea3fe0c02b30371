"""Moving an alias back on a real MLflow server: what it lets happen, what it must not, and when it dies midway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from bot.connections import Connections, load
from bot.connections.health import look
from bot.settings import Settings
from playbooks.asking import AliasCheck, Expected, HttpCall
from playbooks.steps import ActionStep
from tests.bot.connections.service import Asked, Told, serve
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = pytest.mark.real

ROLL_BACK = ActionStep.model_validate(
    {
        "kind": "action",
        "id": "roll-back",
        "title": "Point the alias back",
        "mlflow": {"to": "{vars.last_good}"},
        "approval": ["commander"],
        "reversible": "minutes",
        "manual": "Move the alias in MLflow.",
        "undo": "Move it back.",
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connections]:
    """A connection that may move aliases."""
    monkeypatch.chdir(tmp_path)

    def do(uri: str, prefix: str = "", methods: str = "[GET, POST]") -> Connections:
        path = tmp_path / "connections.yaml"
        path.write_text(f"connections: {{mlflow: {{kind: mlflow, methods: {methods}, timeout: 10s}}}}", "utf-8")
        return load(path, Settings(mlflow_tracking_uri=uri, mlflow_tag_prefix=prefix))

    return do


def model(server: MlflowServer, name: str, *, champion: str = "8", versions: int = 9) -> dict[str, str]:
    """A registered model whose champion is version 8, and the facts of an incident about it."""
    server.register(name)
    for _ in range(versions):
        server.add_version(name)
    server.point(name, "champion", champion)
    return {"model.name": name, "vars.last_good": "7"}


def champion(server: MlflowServer, name: str) -> str:
    aliases = {row["alias"]: row["version"] for row in server.model(name)["aliases"]}
    return str(aliases["champion"])


def test_a_rollback_is_read_approved_moved_verified_repeated_and_taken_back(
    server: MlflowServer, connect: Callable[..., Connections]
) -> None:
    facts = model(server, "Wyszukiwarka żółta & co?")
    connections = connect(server.uri)
    holds = AliasCheck(expect=Expected(value="{vars.last_good}"))

    assert connections.ask(holds, facts).got == "8"
    reading = connections.read_before(ROLL_BACK, facts)
    assert reading.value == "8"
    preview = connections.preview(ROLL_BACK, facts, reading.value)
    acted = connections.act(preview, reading.value)
    assert (acted.done, acted.sent, acted.before, acted.after) == (True, True, "8", "7")
    assert champion(server, facts["model.name"]) == "7"
    assert connections.ask(holds, facts).passed

    again = connections.act(preview, reading.value)
    assert (again.done, again.sent) == (True, False)

    undone = connections.undo(ROLL_BACK, facts, "8", "7", done=preview)
    assert (undone.done, undone.before, undone.after) == (True, "7", "8")
    assert champion(server, facts["model.name"]) == "8"


def test_a_version_that_is_missing_is_refused_and_nothing_moves(
    server: MlflowServer, connect: Callable[..., Connections]
) -> None:
    facts = model(server, "few-versions", champion="2", versions=2)
    connections = connect(server.uri)
    acted = connections.act(connections.preview(ROLL_BACK, facts, "2"), "2")
    assert (acted.done, acted.sent) == (False, False)
    assert str(acted.problem).startswith("There is no version 7 of few-versions in mlflow.")
    assert champion(server, "few-versions") == "2"


@pytest.mark.parametrize(("prefix", "key"), [("", "blocked"), ("acme.", "acme.blocked")])
def test_a_version_that_is_blocked_is_refused_with_the_reason(
    server: MlflowServer, connect: Callable[..., Connections], prefix: str, key: str
) -> None:
    name = f"blocked-{len(prefix)}"
    facts = model(server, name)
    tag = {"name": name, "version": "7", "key": key, "value": "trained on leaked labels"}
    server.ask("POST", "model-versions/set-tag", tag)
    connections = connect(server.uri, prefix)
    acted = connections.act(connections.preview(ROLL_BACK, facts, "8"), "8")
    assert (acted.done, acted.sent) == (False, False)
    assert str(acted.problem).startswith(f"Version 7 of {name} is blocked: trained on leaked labels.")
    assert champion(server, name) == "8"


def test_a_move_by_somebody_else_in_between_is_left_alone_in_both_directions(
    server: MlflowServer, connect: Callable[..., Connections]
) -> None:
    facts = model(server, "in-between")
    connections = connect(server.uri)
    preview = connections.preview(ROLL_BACK, facts, "8")
    server.point("in-between", "champion", "9")
    refused = connections.act(preview, "8")
    assert (refused.done, refused.sent, refused.after) == (False, False, "9")
    assert "It is 9 now, not 8: somebody changed it meanwhile." in str(refused.problem)
    assert "It is 9 now, not 7" in str(connections.undo(ROLL_BACK, facts, "8", "7").problem)
    assert champion(server, "in-between") == "9"


def test_an_alias_or_model_that_is_not_there_is_told_apart(
    server: MlflowServer, connect: Callable[..., Connections]
) -> None:
    facts = model(server, "aliases")
    connections = connect(server.uri)
    absent = AliasCheck(alias="never-set", expect=Expected(op="absent"))
    assert connections.ask(absent, facts).passed
    unknown = connections.ask(AliasCheck(expect=Expected(value="7")), {"model.name": "no-such-model"})
    assert unknown.passed is None
    assert "knows nothing of that name" in str(unknown.problem)


def test_a_connection_that_only_reads_reads_and_asks_plain_questions_too(
    server: MlflowServer, connect: Callable[..., Connections]
) -> None:
    facts = model(server, "plain")
    connections = connect(server.uri, methods="[GET]")
    path = "/api/2.0/mlflow/registered-models/get"
    call = HttpCall.model_validate(
        {
            "connection": "mlflow",
            "path": path,
            "query": {"name": "{model.name}"},
            "expect": {"pointer": "/registered_model/aliases/0/version", "value": "8"},
        }
    )
    assert connections.ask(call, facts).passed
    assert [(one.ok, one.say) for one in look(connections)] == [
        (True, "answers; playbooks may read versions and aliases")
    ]


class Relay:
    """Stands before the server under one address that stays, and ends the server as a move comes along."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack, self._running = folder, stack, ExitStack()
        self.kill: str | None = None
        self.server = self.start()

    def start(self) -> MlflowServer:
        self._running = self._stack.enter_context(ExitStack())
        self.server = self._running.enter_context(mlflow_server(self._folder))
        return self.server

    def __call__(self, asked: Asked) -> Told | None:
        if asked.method == "POST" and self.kill == "before":
            self._running.close()
            return None
        try:
            answer = httpx.request(
                asked.method,
                f"{self.server.uri}{asked.target}",
                content=asked.body,
                headers={"Content-Type": "application/json"},
                timeout=10,
            )
        except httpx.HTTPError:
            return None
        if asked.method == "POST" and self.kill == "after":
            self._running.close()
            return None
        return Told(answer.content, status=answer.status_code)


@contextmanager
def relay(folder: Path) -> Iterator[tuple[Relay, str]]:
    with ExitStack() as stack:
        between = Relay(folder, stack)
        yield between, stack.enter_context(serve(between)).url


@pytest.mark.parametrize("kill", ["before", "after"])
def test_a_server_that_is_killed_midway_is_said_to_be_unknown_and_a_repeat_puts_it_right(
    tmp_path: Path, connect: Callable[..., Connections], kill: str
) -> None:
    with relay(tmp_path) as (between, url):
        facts = model(between.server, "killed")
        connections = connect(url)
        preview = connections.preview(ROLL_BACK, facts, "8")
        between.kill = kill

        acted = connections.act(preview, "8")
        assert (acted.done, acted.sent, acted.after) == (None, True, None)
        assert "Whether it was done is not known" in str(acted.problem)
        down = connections.act(preview, "8")
        assert (down.done, down.sent) == (False, False)
        assert [health.ok for health in look(connections)] == [False]

        between.kill = None
        between.start()
        again = connections.act(preview, "8")
        assert (again.done, again.sent) == (True, kill == "before")
        assert champion(between.server, "killed") == "7"
