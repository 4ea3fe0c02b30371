"""What people are told while a registry is down: one sentence with what to do, the same wherever somebody looks."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx
from typer.testing import CliRunner

from bot.doctor import CHECKS
from bot.incidents import catalogue as asking
from bot.incidents.desk import Desk
from bot.registries import open_registries
from bot.registries.commands import registry_app
from bot.registries.file import FileRegistry
from bot.settings import read_settings
from bot.sync import Synced, sync
from playbooks.load import shipped_library
from playbooks.policy import load_policy
from storage import listing
from storage.transaction import Storage
from tests.bot.registries.documented import ALL, HOST, SECRET, Service
from tests.bot.registries.test_failing import LASTING, PASSING, Fails

NOW = datetime.now(UTC)
TOKENS = {
    "mlflow": "MLFLOW_TRACKING_TOKEN",
    "unity_catalog": "DATABRICKS_TOKEN",
    "backstage": "BACKSTAGE_TOKEN",
    "datahub": "DATAHUB_GMS_TOKEN",
    "openmetadata": "OPENMETADATA_JWT_TOKEN",
}
SAID = {
    "reset": "cannot be reached (Connection reset by peer). Check {setting}",
    "broken off": "Look at its log and that of any proxy",
    "slow": "did not answer within 3 seconds. Check that it is up",
    "429": "asks for fewer questions (HTTP 429). Nothing needs to be done unless this stays.",
    "502": "failed (HTTP 502), as what stands in front of a server does",
    "401": "does not accept the bot's credentials. Set ",
    "403": "does not let the bot's account read models.",
    "404": "API there. Give {setting} ",
    "500": "failed (HTTP 500). Look at the server's log.",
    "login page": "sends the bot to /login, as a log-in page does.",
    "login elsewhere": "sends the bot to https://login.example.com, as a log-in page does.",
    "page": "answered with a page instead of data. Check that {setting} is ",
    "cut": "answered with data that is damaged or breaks off (15 bytes). Check that {setting} is ",
    "empty": "answered with data that is damaged or breaks off (0 bytes).",
    "refused": "cannot be reached (Connection refused). Check {setting}, and that the server is up.",
    "unknown name": "nobody knows that name where the bot runs. Check its spelling in {setting}",
    "self-signed": "is not trusted (certificate verify failed: self-signed certificate). Name the file",
    "wrong host": "was made for another name (certificate verify failed: Hostname mismatch, certificate is not valid",
    "expired": "has expired. Renew it on the server.",
    "no TLS": "does not speak TLS. Write http:// in {setting}",
    "client certificate": "cannot be set up (alert certificate required). Check that {setting} is ",
    "proxy": "the proxy refuses (407 Proxy Authentication Required). Check it, or name the host in NO_PROXY.",
    "nothing": "shows no models to the bot's account. If there are some",
}
_TLS = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
MORE: dict[str, Fails] = {
    "login elsewhere": lambda: httpx.Response(
        302, headers={"Location": f"https://a:{SECRET}@login.example.com/{SECRET}?x={SECRET}"}
    ),
    "cut": lambda: httpx.Response(200, content=b'{"models": [{"n'),
    "empty": lambda: httpx.Response(200),
    "wrong host": lambda: httpx.ConnectError(
        f"{_TLS}Hostname mismatch, certificate is not valid for 'registry.example.com'. (_ssl.c:1006)"
    ),
    "expired": lambda: httpx.ConnectError(f"{_TLS}certificate has expired (_ssl.c:1006)"),
}


@pytest.fixture(params=sorted(ALL))
def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """A server, and the settings that name it."""
    made: Service = ALL[request.param]()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ML_INCIDENT_REGISTRIES", made.name)
    monkeypatch.setenv(made.setting, HOST)
    monkeypatch.setenv(TOKENS[made.name], SECRET)
    return made


@contextmanager
def answering(how: Callable[[httpx.Request], httpx.Response]) -> Iterator[None]:
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=HOST).mock(side_effect=how)
        yield


def failing(failure: str, service: Service) -> Callable[[httpx.Request], httpx.Response]:
    empty: dict[str, Fails] = {"nothing": lambda: httpx.Response(200, json=service.empty)}

    def how(_request: httpx.Request) -> httpx.Response:
        fault = (PASSING | LASTING | MORE | empty)[failure]()
        if isinstance(fault, Exception):
            raise fault
        return fault

    return how


def read(storage: Storage, now: datetime = NOW) -> Synced:
    return sync(storage, open_registries(read_settings()), now)


@pytest.fixture
def well(service: Service, storage: Storage, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Storage:
    """The catalogue, a quarter of an hour after the server was last well."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    with answering(service.answer):
        assert read(storage, NOW - timedelta(minutes=14)).problems == {}
    return storage


def who(storage: Storage, model: str) -> str:
    with storage.transaction() as tx:
        answer = asking.show(Desk(tx=tx, now=NOW, by="U1", policy=load_policy(), library=shipped_library()), model)
    assert answer.blocks is not None
    return "\n".join(
        json.loads(f'"{said}"') for said in re.findall(r'"text": "((?:[^"\\]|\\.)*)"', json.dumps(answer.blocks))
    )


def listed(storage: Storage) -> list[str]:
    with storage.reading() as tx:
        return listing.names(tx)


def test_the_sentence_is_in_the_log_the_doctor_the_command_and_beside_the_last_known_card(
    service: Service, well: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    (model,) = listed(well)
    for failure, what in SAID.items():
        caplog.clear()
        with answering(failing(failure, service)):
            finding = next(iter(CHECKS["registries"](read_settings())))
            with caplog.at_level(logging.WARNING):
                command = CliRunner().invoke(registry_app, ["sync"])

        said = finding.say
        assert what.format(setting=service.setting) in said
        assert re.search(r" at https?://registry\.example\.com", said)
        assert not finding.ok
        assert f"registry {service.name}: {said}" in caplog.messages
        assert (command.exit_code, command.stderr) == (1, f"{service.name}: {said}\n")
        shown = who(well, model)
        assert "14 minutes ago" in shown, failure
        assert said in html.unescape(shown)
        assert SECRET not in caplog.text + command.output + shown
        assert listed(well) == [model]


@pytest.mark.parametrize("wrong", ["missing", "in the way", "too long", "a loop", "not yaml", "an empty folder"])
def test_a_file_that_cannot_be_read_is_told_of_alike(wrong: str, storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text("models:\n  fraud-scorer: {owner: ana@example.com}\n", "utf-8")
    sync(storage, [FileRegistry(path)], NOW - timedelta(minutes=14))
    said = {
        "missing": f"There is no file {tmp_path}/none.yaml. Write one",
        "in the way": "(not a directory). Check ML_INCIDENT_REGISTRY_FILE",
        "too long": "(file name too long). Check ML_INCIDENT_REGISTRY_FILE",
        "a loop": "(too many levels of symbolic links). Check ML_INCIDENT_REGISTRY_FILE",
        "not yaml": "models.yaml:2:18: this is not YAML",
        "an empty folder": "holds no .yaml file; write one for each model.",
    }[wrong]
    registry = FileRegistry(broken(wrong, path))

    done = sync(storage, [registry], NOW)

    assert said in done.problems["file"]
    assert not (health := registry.health()).ok
    assert said in health.sentence
    shown = who(storage, "fraud-scorer")
    assert "14 minutes ago" in shown
    assert "Registry “file”: " in shown
    assert listed(storage) == ["fraud-scorer"]


def broken(wrong: str, path: Path) -> Path:
    folder = path.parent
    if wrong == "not yaml":
        path.write_text("models:\n  fraud-scorer: [}\n", "utf-8")
    if wrong == "an empty folder":
        (folder / "none").mkdir()
    if wrong == "a loop":
        (folder / "loop").symlink_to(folder / "loop")
    return {
        "missing": folder / "none.yaml",
        "in the way": path / "more.yaml",
        "too long": folder / ("x" * 300),
        "a loop": folder / "loop",
        "not yaml": path,
        "an empty folder": folder / "none",
    }[wrong]


def test_a_link_that_leads_nowhere_in_a_folder_of_cards_is_named(tmp_path: Path) -> None:
    (tmp_path / "fraud-scorer.yaml").symlink_to(tmp_path / "nowhere")

    said = FileRegistry(tmp_path).health().sentence

    assert said.startswith(
        f"{tmp_path}/fraud-scorer.yaml cannot be read (no such file or directory): it went meanwhile"
    )
    assert said.endswith("or is a link that leads nowhere. Mend the link.")


@pytest.mark.parametrize("proxy", [f"http://bot:{SECRET}@proxy.example.com:3128", "proxy.example.com:3128"])
def test_a_proxy_on_the_way_is_named_without_its_password(
    service: Service, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    (registry,) = open_registries(read_settings())
    with answering(failing("502", service)):
        said = registry.health().sentence
    assert f" at {HOST} through the proxy proxy.example.com:3128 failed (HTTP 502)" in said
    assert SECRET not in said

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:port")
    assert f" at {HOST} through a proxy cannot be asked (Invalid port" in registry.health().sentence

    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("NO_PROXY", "example.com")
    with answering(failing("502", service)):
        assert f" at {HOST} failed (HTTP 502)" in registry.health().sentence
