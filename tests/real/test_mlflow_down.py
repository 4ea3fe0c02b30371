"""A real MLflow server that cannot be read: each way has a sentence with what to do, wherever somebody looks."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.registries.calls import NotAllowed, NotThere
from bot.registries.mlflow import MlflowRegistry
from bot.registries.mlflow_api import MlflowApi
from bot.registries.protocol import RegistryDown
from bot.sync import sync
from storage import catalogue, listing
from storage.database import open_engine, parse_url
from storage.transaction import Storage
from storage.upkeep import upgrade
from tests.databases import sqlite_url
from tests.real.mlflow_server import MlflowServer, mlflow_server

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

ADMIN = ("admin", "an-admin-password")
MANY = 2500

_CERTIFICATE = """
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mlflow")])
now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
made = (
    x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    .serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
    .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .sign(key, hashes.SHA256())
)
encoding = serialization.Encoding.PEM
open(sys.argv[1], "wb").write(made.public_bytes(encoding))
open(sys.argv[2], "wb").write(
    key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
)
"""


def environment_python() -> str:
    return str(Path(os.environ["ML_INCIDENT_TEST_MLFLOW"]) / "bin" / "python")


@contextmanager
def over_tls(folder: Path) -> Iterator[MlflowServer]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run([environment_python(), "-c", _CERTIFICATE, str(certificate), str(key)], check=True)
    options = ("--uvicorn-opts", f"--ssl-certfile {certificate} --ssl-keyfile {key}")
    with mlflow_server(folder, *options, certificate=certificate) as server:
        yield server


@contextmanager
def with_logins(folder: Path) -> Iterator[MlflowServer]:
    """Nobody may read anything but what is granted; `bot` may log in."""
    config = folder / "auth.ini"
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///basic_auth.db\n"
        f"admin_username = {ADMIN[0]}\n"
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
        "utf-8",
    )
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_PASSWORD": ADMIN[1],
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "only-for-this-test",
    }
    with mlflow_server(folder, "--app-name", "basic-auth", login=ADMIN, environment=environment) as server:
        server.register("guarded", owner="ana@example.com")
        server.ask("POST", "users/create", {"username": "bot", "password": "the-bots-password"})
        yield server


@dataclass
class Down:
    """A server that cannot be read: how it is asked, and what is said of it."""

    uri: str
    say: str
    settings: dict[str, str] = field(default_factory=dict)
    """More of the environment."""

    @property
    def environment(self) -> dict[str, str]:
        return {"MLFLOW_TRACKING_URI": self.uri, "ML_INCIDENT_REGISTRIES": "mlflow", **self.settings}

    def registry(self) -> MlflowRegistry:
        username, password = (self.settings.get(f"MLFLOW_TRACKING_{which}") for which in ("USERNAME", "PASSWORD"))
        return MlflowRegistry(self.uri, username=username, password=password)


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with with_logins(tmp_path_factory.mktemp("logins")) as server:
        yield server


@pytest.fixture(
    params=["killed", "too slow", "no login", "a wrong password", "no rights", "TLS", "another name", "host"]
)
def down(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Down]:
    folder, which = tmp_path / "mlflow", request.param
    folder.mkdir()
    bot = {"MLFLOW_TRACKING_USERNAME": "bot"}
    with ExitStack() as closing:
        if which == "killed":
            server = closing.enter_context(mlflow_server(folder))
            server.kill()
            yield Down(server.uri, "cannot be reached (Connection refused). Check MLFLOW_TRACKING_URI, and that")
        elif which == "too slow":
            server = closing.enter_context(mlflow_server(folder))
            server.pause()
            yield Down(server.uri, "did not answer within 3 seconds. Check that it is up")
        elif which == "TLS":
            server = closing.enter_context(over_tls(folder))
            yield Down(server.uri, "is not trusted (certificate verify failed")
        elif which == "another name":
            server = closing.enter_context(over_tls(folder))
            trusted = {"SSL_CERT_FILE": str(folder / "certificate.pem")}
            request.getfixturevalue("monkeypatch").setenv("SSL_CERT_FILE", trusted["SSL_CERT_FILE"])
            yield Down(server.uri.replace("127.0.0.1", "localhost"), "was made for another name (certificate", trusted)
        elif which == "host":
            server = closing.enter_context(mlflow_server(folder, "--allowed-hosts", "models.example.com"))
            yield Down(server.uri, "Start the server with --allowed-hosts")
        else:
            server = request.getfixturevalue("logins")
            if which == "no login":
                yield Down(server.uri, "does not accept the bot's credentials. Set MLFLOW_TRACKING_USERNAME")
            elif which == "a wrong password":
                wrong = {**bot, "MLFLOW_TRACKING_PASSWORD": "not-the-bots-password"}
                yield Down(server.uri, "does not accept the bot's credentials. Set MLFLOW_TRACKING_USERNAME", wrong)
            else:
                right = {**bot, "MLFLOW_TRACKING_PASSWORD": "the-bots-password"}
                yield Down(server.uri, "shows no models to the bot's account. If there are some, give that", right)


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "VIRTUAL_ENV"}}
    command = [sys.executable, "-c", "from bot.main import run; run()", *words]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_what_to_do_is_said_in_the_log_by_the_doctor_by_sync_and_beside_the_last_known_card(
    down: Down, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = sqlite_url(tmp_path)
    engine = open_engine(parse_url(database))
    upgrade(engine)
    storage, now = Storage(engine), datetime.now(UTC)
    with mlflow_before(tmp_path / "before") as well:
        sync(storage, [MlflowRegistry(well.uri)], now - timedelta(minutes=14))

    with caplog.at_level(logging.WARNING):
        done = sync(storage, [down.registry()], now)
    storage.close()

    assert down.say in done.problems["mlflow"]
    assert down.say in caplog.text
    assert not (health := down.registry().health()).ok
    assert down.say in health.sentence
    by_hand = run(tmp_path, "registry", "sync", DATABASE_URL=database, **down.environment)
    assert by_hand.returncode == 1
    assert f"mlflow: {done.problems['mlflow']}" in by_hand.stderr
    assert "The catalogue holds 1 model." in by_hand.stdout
    doctor = run(tmp_path, "doctor", DATABASE_URL=database, **down.environment)
    assert f"to do  registry mlflow: {health.sentence}" in doctor.stdout
    shown = run(tmp_path, "registry", "show", "fraud-scorer", DATABASE_URL=database, **down.environment)
    assert "ana@example.com  [mlflow tag, 14 minutes old]" in shown.stdout
    assert f"Registry “mlflow”: {done.problems['mlflow']}" in shown.stdout
    assert "Traceback" not in by_hand.stderr + doctor.stderr + shown.stderr
    assert "password" not in (by_hand.stderr + doctor.stdout + shown.stdout).replace("_PASSWORD", "")


@contextmanager
def mlflow_before(folder: Path) -> Iterator[MlflowServer]:
    """A server that can be read, and has one model."""
    folder.mkdir()
    with mlflow_server(folder) as server:
        server.register("fraud-scorer", owner="ana@example.com")
        server.point("fraud-scorer", "champion", server.add_version("fraud-scorer"))
        yield server


def test_an_account_with_a_right_to_one_model_reads_that_one(logins: MlflowServer) -> None:
    logins.register("granted", owner="ana@example.com")
    permissions = f"{logins.uri}/api/3.0/mlflow/users/permissions"
    one = {"username": "bot", "resource_type": "registered_model", "resource_id": "granted"}
    logins.ask("POST", f"{permissions}/grant", {**one, "permission": "READ"})
    try:
        with MlflowApi(logins.uri, username="bot", password="the-bots-password") as api:
            assert [model.at("name").text() for model in api.models([])] == ["granted"]
            with pytest.raises(NotAllowed, match="right to READ registered models"):
                api.get("registered-models/get", {"name": "guarded"})
    finally:
        logins.ask("POST", f"{permissions}/revoke", one)


def test_a_missing_alias_model_or_version_is_told_apart_from_a_server_that_is_down(tmp_path: Path) -> None:
    with mlflow_before(tmp_path / "mlflow") as server, MlflowApi(server.uri) as api:
        with pytest.raises(NotThere, match="has no such alias"):
            api.get("registered-models/alias", {"name": "fraud-scorer", "alias": "challenger"})
        with pytest.raises(NotThere, match="knows nothing of that name"):
            api.get("registered-models/get", {"name": "no-such-model"})
        assert api.versions([("fraud-scorer", "7"), ("no-such-model", "1")], []) == {}


def test_a_server_that_dies_in_the_middle_of_thousands_of_models_takes_none_away(
    tmp_path: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Path(__file__).parents[1] / "bench" / "mlflow_models.py"
    database = f"sqlite:///{tmp_path / 'mlflow.db'}"
    subprocess.run([environment_python(), str(script), database, str(MANY)], check=True, capture_output=True)
    asked: list[str] = []
    with mlflow_server(tmp_path) as server:
        registry, whole = MlflowRegistry(server.uri), MlflowApi.get
        first = sync(storage, [registry], datetime.now(UTC) - timedelta(minutes=14))

        def dying(api: MlflowApi, path: str, params: dict[str, object] | None = None) -> object:
            asked.append(path)
            if len(asked) == 5:
                server.kill()
            return whole(api, path, params)

        monkeypatch.setattr(MlflowApi, "get", dying)
        done = sync(storage, [registry], datetime.now(UTC))

    assert (first.models, first.problems) == (MANY, {})
    assert len(asked) == 5
    assert "Check MLFLOW_TRACKING_URI, and that the server is up." in done.problems["mlflow"]
    assert (done.models, done.vanished, done.moved) == (MANY, [], 0)
    with storage.reading() as tx:
        assert len(listing.names(tx)) == MANY
        last = catalogue.card(tx, f"bench-{MANY - 1:05}")
    assert last is not None
    assert last.text("deployed_at") == "2026-11-18T09:30:00Z"
    assert datetime.now(UTC) - last.facts["owner"].as_of >= timedelta(minutes=14)


def test_a_certificate_that_is_named_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with over_tls(tmp_path) as server:
        with pytest.raises(RegistryDown, match="SSL_CERT_FILE"):
            MlflowRegistry(server.uri).read(datetime.now(UTC))
        server.register("sealed")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert [card.name for card in MlflowRegistry(server.uri).read(datetime.now(UTC)).cards] == ["sealed"]
