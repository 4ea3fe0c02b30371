"""The sandbox as a process: where it listens, how it starts, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from slack_sdk import WebClient

from bot.sandbox.client import SandboxSlack
from tests.processes import ROOT, wait_for_file
from tests.sandbox.boltbot import over_socket

SERVER = [sys.executable, "-m", "bot.sandbox.server"]


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*SERVER, "--port", str(port)], cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"The sandbox cannot listen on 127.0.0.1:{port}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quickly_whatever_hangs_in_it(tmp_path: Path, how: signal.Signals) -> None:
    ready, log = tmp_path / "ready", tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*SERVER, "--port", "0", "--ready-file", str(ready)], cwd=ROOT, stdout=out, stderr=out
        )
    address = wait_for_file(ready, process, log=log)
    with SandboxSlack(address) as slack, over_socket(slack):
        slack.hold("auth.test")
        client = WebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
        threading.Thread(target=lambda: _try(client), daemon=True).start()
        assert slack.held() is not None
        began = time.monotonic()
        process.send_signal(how)
        assert process.wait(5) == 0
        assert time.monotonic() - began < 3
    said = log.read_text("utf-8")
    assert said == f"The sandbox workspace is at {address} (Web API: {address}/api/)\n"


def _try(client: WebClient) -> None:
    try:
        client.auth_test()
    except Exception:  # whatever a client sees of a server that goes away
        return


def test_it_starts_within_a_second_or_so_and_listens_on_loopback(sandbox: SandboxSlack) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sandbox.base_url)
    assert httpx.post(f"{sandbox.api_url}auth.test").json() == {"ok": False, "error": "not_authed"}


def test_a_socket_needs_a_ticket_of_its_own(sandbox: SandboxSlack) -> None:
    app = WebClient("xapp-sandbox", base_url=sandbox.api_url)
    url = app.apps_connections_open(app_token="xapp-sandbox")["url"]
    assert url.startswith(sandbox.base_url.replace("http", "ws") + "/link/?ticket=")
    refused = httpx.get(
        f"{sandbox.base_url}/link/?ticket=guessed",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        },
    )
    assert refused.status_code == 403
