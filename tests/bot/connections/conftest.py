"""Connections as an operator writes them, and the services behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import dedent

import pytest

from bot.connections import Connections, load
from bot.settings import Settings, env_name, read_settings
from tests.bot.connections.service import Asked, Service, Told, serve

Connect = Callable[..., Connections]
Serving = Callable[..., Service]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no variables of whoever runs the tests; a proxy that must not be used."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(env_name(name), raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)


@pytest.fixture
def connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """The connections of a file with this text; settings and variables by keyword, as the environment has them."""

    def do(text: str = "", **environment: str) -> Connections:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        path = None
        if text:
            path = tmp_path / "connections.yaml"
            path.write_text(dedent(text), "utf-8")
            monkeypatch.setenv("ML_INCIDENT_CONNECTIONS", str(path))
        settings = read_settings()
        return load(settings.connections, settings)

    return do


@pytest.fixture
def service() -> Iterator[Serving]:
    """Starts services; all of them are down again after the test."""
    with ExitStack() as stack:

        def start(answer: Callable[[Asked], Told | None] = lambda asked: Told(), **options: Path) -> Service:
            return stack.enter_context(serve(answer, **options))

        yield start
