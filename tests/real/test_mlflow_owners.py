"""Owners who were confirmed in Slack, written to the tags of a real MLflow server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.registries.owner_tags import NotTaken, OwnerTags, Tagged
from bot.registries.protocol import RegistryDown
from storage.transaction import Storage
from tests.bot.owning.tagged import MODEL, Writers
from tests.bot.runs.team import ANA, KIM, LEE
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = pytest.mark.real

TODAY = "2026-11-20"
ADMIN = ("admin", "a-long-test-password")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as running:
        yield running


def tags(server: MlflowServer, name: str) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in server.model(name).get("tags", [])}


def tagged(server: MlflowServer) -> bool:
    """Whether a test before, or the same on another database, has registered the model."""
    return MODEL in {one["name"] for one in server.ask("GET", "registered-models/search").get("registered_models", [])}


def hand_over(team: Writers, by: str, to: str) -> None:
    form = team.click(by, "owning.hand-over", MODEL)
    assert form is not None
    assert team.send(by, form.modal, to=to, why="") is None


def test_a_hand_over_goes_there_and_back_and_what_is_changed_by_hand_stays(
    server: MlflowServer, storage: Storage
) -> None:
    if not tagged(server):
        server.register(MODEL)
    server.tag(MODEL, "owner", "Ana Moreau <ana@example.com>")
    server.tag(MODEL, "reviewed_at", "2025-01-31")
    team = Writers(storage, server.uri)
    hand_over(team, ANA, LEE)
    team.write()
    assert tags(server, MODEL) == {"owner": "lee@example.com", "reviewed_at": TODAY}
    team.read()
    assert (team.known().owner, team.conflicts()) == ("Lee Okafor <lee@example.com>", {})

    hand_over(team, LEE, KIM)
    server.tag(MODEL, "owner", "pat@example.com")
    team.write()
    assert tags(server, MODEL)["owner"] == "pat@example.com"
    assert "says pat@example.com" in team.told(LEE)[-1]
    team.read()
    assert team.known().owner == "pat@example.com"


def test_a_server_that_is_down_is_waited_for(server: MlflowServer, storage: Storage) -> None:
    if not tagged(server):
        server.register(MODEL)
    server.tag(MODEL, "owner", "ana@example.com")
    team = Writers(storage, server.uri)
    hand_over(team, ANA, LEE)
    server.pause()
    try:
        with team.working():
            team.until(lambda: team.writings()[0].error)
            server.go_on()
            team.until(lambda: team.writings()[0].state == "done")
    finally:
        server.go_on()
    assert tags(server, MODEL)["owner"] == "lee@example.com"


@pytest.mark.parametrize("name", ["Wyszukiwarka żółta", "価格 モデル", "50% off & more? #1"])
def test_names_of_every_alphabet_are_written(server: MlflowServer, name: str) -> None:
    server.register(name)
    names = OwnerTags(server.uri, names=("acme.owner", "acme.reviewed_at"))
    assert names.read(name) == Tagged("", "")
    names.set(name, "acme.owner", "slack:U0123ABCD")
    assert names.read(name) == Tagged("slack:U0123ABCD", "")


def test_a_model_that_is_gone_is_a_refusal_that_says_so(server: MlflowServer) -> None:
    with pytest.raises(NotTaken, match="knows no model gone any more, so the tag owner of gone was not set"):
        OwnerTags(server.uri).read("gone")
    with pytest.raises(NotTaken, match="the tag owner of gone was not set"):
        OwnerTags(server.uri).set("gone", "owner", "ana@example.com")


def test_an_account_that_may_only_read_is_told_what_it_lacks(tmp_path: Path) -> None:
    config = tmp_path / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///basic_auth.db\n"
        f"admin_username = {ADMIN[0]}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
        "utf-8",
    )
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "only-for-this-test",
    }
    with mlflow_server(tmp_path, "--app-name", "basic-auth", login=ADMIN, environment=environment) as server:
        server.register(MODEL, owner="ana@example.com")
        server.ask("POST", "users/create", {"username": "bot", "password": "the-bots-password"})
        bot = OwnerTags(server.uri, username="bot", password="the-bots-password")
        assert bot.read(MODEL).owner == "ana@example.com"
        with pytest.raises(NotTaken, match="does not let the bot's account set the tag owner of fraud-scorer"):
            bot.set(MODEL, "owner", "lee@example.com")
        with pytest.raises(RegistryDown, match="does not accept the bot's credentials"):
            OwnerTags(server.uri, username="bot", password="wrong-password-here").read(MODEL)
        assert tags(server, MODEL)["owner"] == "ana@example.com"
