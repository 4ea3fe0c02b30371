"""A real MLflow server on loopback, from the virtual environment that ML_INCIDENT_TEST_MLFLOW names."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

START_WITHIN_S = 90.0


class MlflowServer:
    """What a person would do with the MLflow client, over the same REST calls."""

    def __init__(
        self, uri: str, log: Path, *, login: tuple[str, str] | None = None, certificate: Path | None = None
    ) -> None:
        self.uri = uri
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        trusted = ssl.create_default_context(cafile=certificate) if certificate else True
        self.http = httpx.Client(base_url=f"{uri}/api/2.0/mlflow/", timeout=30, auth=login, verify=trusted)

    def close(self) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, **params: str) -> dict[str, Any]:
        answer = self.http.request(method, path, json=body, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def register(self, name: str, *, description: str = "", **tags: str) -> None:
        rows = [{"key": key, "value": value} for key, value in tags.items()]
        self.ask("POST", "registered-models/create", {"name": name, "description": description, "tags": rows})

    def tag(self, name: str, key: str, value: str) -> None:
        self.ask("POST", "registered-models/set-tag", {"name": name, "key": key, "value": value})

    def add_version(self, name: str, **tags: str) -> str:
        rows = [{"key": key, "value": value} for key, value in tags.items()]
        made = self.ask("POST", "model-versions/create", {"name": name, "source": f"s3://models/{name}", "tags": rows})
        return str(made["model_version"]["version"])

    def point(self, name: str, alias: str, version: str) -> None:
        self.ask("POST", "registered-models/alias", {"name": name, "alias": alias, "version": version})

    def drop_alias(self, name: str, alias: str) -> None:
        self.ask("DELETE", "registered-models/alias", {"name": name, "alias": alias})

    def pause(self) -> None:
        """Answer nobody, and keep every connection open, as a server does that is far too busy."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def model(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", "registered-models/get", name=name)["registered_model"]
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mlflow_server(
    folder: Path,
    *options: str,
    login: tuple[str, str] | None = None,
    certificate: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[MlflowServer]:
    """Start a server whose data is in `folder`; it is ended by its own process group.

    `login` is its administrator's, `certificate` one of its own; what makes it ask for them is in the options.
    """
    home = Path(os.environ["ML_INCIDENT_TEST_MLFLOW"])
    port, log = free_port(), folder / "mlflow.log"
    command = [
        *(str(home / "bin" / "python"), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1", *options),
    ]
    # Nothing but loopback: no usage statistics.
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, **quiet, "PATH": path, **(environment or {})}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=env, start_new_session=True
        )
        scheme = "https" if certificate else "http"
        server = MlflowServer(f"{scheme}://127.0.0.1:{port}", log, login=login, certificate=certificate)
        server.process = process
        try:
            _wait(server, process)
            yield server
        finally:
            server.close()
            _end(process)


def _wait(server: MlflowServer, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_WITHIN_S
    while True:
        assert process.poll() is None, f"mlflow ended with {process.returncode}:\n{server.log.read_text('utf-8')}"
        assert time.monotonic() < until, f"mlflow is not up after {START_WITHIN_S} s:\n{server.log.read_text('utf-8')}"
        try:
            if server.http.get(f"{server.uri}/health", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The server has workers; they are in the process group that was made for it. A paused one hears nothing.
    for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(0 if number is signal.SIGCONT else 10)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
