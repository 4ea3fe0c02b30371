"""Things that go wrong on purpose: refused, lost, slow and held Web API calls, as slack_sdk's client meets them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from http.client import RemoteDisconnected
from urllib.error import URLError

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.client import SandboxError, SandboxSlack

LOST = (RemoteDisconnected, ConnectionResetError, URLError)


@pytest.fixture
def client(sandbox: SandboxSlack) -> WebClient:
    return WebClient("xoxb-sandbox", base_url=sandbox.api_url, retry_handlers=[])


def post(client: WebClient, text: str = "hello") -> str:
    return str(client.chat_postMessage(channel="C01GENERAL", text=text)["ts"])


def texts(sandbox: SandboxSlack) -> list[str]:
    return [message["text"] for message in sandbox.messages("general") if "subtype" not in message]


def test_a_rate_limit_says_how_long_to_wait_and_does_nothing(sandbox: SandboxSlack, client: WebClient) -> None:
    sandbox.fault("chat.postMessage", "ratelimited", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as refused:
            post(client)
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["Retry-After"] == "7"
    post(client)
    assert texts(sandbox) == ["hello"]


def test_the_nth_call_of_any_method_can_fail(sandbox: SandboxSlack, client: WebClient) -> None:
    sandbox.fault("*", "error:fatal_error", nth=2)
    assert client.auth_test()["ok"]
    with pytest.raises(SlackApiError, match="fatal_error"):
        client.auth_test()
    assert client.auth_test()["ok"]


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("bad_gateway", 502)])
def test_a_server_error_happens_before_anything_is_done(
    sandbox: SandboxSlack, client: WebClient, kind: str, status: int
) -> None:
    sandbox.fault("chat.postMessage", kind)
    with pytest.raises(SlackApiError) as refused:
        post(client)
    assert refused.value.response.status_code == status
    assert texts(sandbox) == []


@pytest.mark.parametrize(("kind", "done"), [("drop_before", []), ("drop_after", ["hello"])])
def test_a_lost_connection_leaves_the_client_without_an_answer(
    sandbox: SandboxSlack, client: WebClient, kind: str, done: list[str]
) -> None:
    sandbox.fault("chat.postMessage", kind)
    with pytest.raises(LOST):
        post(client)
    assert texts(sandbox) == done
    post(client, "next")
    assert texts(sandbox) == [*done, "next"]


def test_latency_and_slowness_delay_calls(sandbox: SandboxSlack, client: WebClient) -> None:
    sandbox.configure(latency_ms=100)
    began = time.monotonic()
    client.auth_test()
    assert 0.1 <= time.monotonic() - began < 0.4
    sandbox.configure(latency_ms=0)
    sandbox.fault("auth.test", "slow", seconds=0.3)
    began = time.monotonic()
    client.auth_test()
    assert 0.3 <= time.monotonic() - began < 0.6


@pytest.mark.parametrize(
    ("when", "how", "seen"),
    [
        ("before", "proceed", ([], ["hello"])),
        ("before", "drop", ([], [])),
        ("after", "proceed", (["hello"], ["hello"])),
        ("after", "drop", (["hello"], ["hello"])),
    ],
)
def test_a_call_is_held_and_released(
    sandbox: SandboxSlack, client: WebClient, when: str, how: str, seen: tuple[list[str], list[str]]
) -> None:
    hold = sandbox.hold("chat.postMessage", when=when)
    outcome: list[object] = []

    def call() -> None:
        try:
            outcome.append(post(client))
        except LOST as lost:
            outcome.append(lost)

    thread = threading.Thread(target=call)
    thread.start()
    held = sandbox.held(timeout=5)
    assert held is not None
    assert (held["hold"], held["method"], held["args"]["text"]) == (hold, "chat.postMessage", "hello")
    assert sandbox.held(timeout=0.05) is None
    assert texts(sandbox) == seen[0]
    assert client.auth_test()["ok"]
    sandbox.release(hold, how)
    thread.join(5)
    assert isinstance(outcome[0], str) == (how == "proceed")
    assert texts(sandbox) == seen[1]
    with pytest.raises(SandboxError, match="nothing is held"):
        sandbox.release(hold)


@pytest.mark.parametrize(("when", "done"), [("before", []), ("after", ["from a process that dies"])])
def test_a_process_can_be_killed_while_its_call_is_held(sandbox: SandboxSlack, when: str, done: list[str]) -> None:
    hold = sandbox.hold("*", nth=2, when=when)
    program = (
        "import sys; from slack_sdk import WebClient; c = WebClient('xoxb-sandbox', base_url=sys.argv[1]);"
        "c.auth_test(); c.chat_postMessage(channel='C01GENERAL', text='from a process that dies')"
    )
    process = subprocess.Popen([sys.executable, "-c", program, sandbox.api_url], stderr=subprocess.DEVNULL)
    held = sandbox.held(timeout=10)
    process.kill()
    process.wait(5)
    assert held is not None
    assert held["method"] == "chat.postMessage"
    sandbox.release(hold, "drop")
    assert texts(sandbox) == done


def test_clearing_the_faults_lets_everything_through(sandbox: SandboxSlack, client: WebClient) -> None:
    sandbox.fault("*", "server_error", times=100)
    sandbox.configure(latency_ms=5_000, rate_limits=True)
    sandbox.clear_faults()
    began = time.monotonic()
    post(client)
    assert time.monotonic() - began < 1


def test_an_answer_over_a_response_url_can_be_lost_too(sandbox: SandboxSlack, tmp_path: object) -> None:
    sandbox.fault("response_url", "drop_before")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{sandbox.base_url}/respond/whatever", json={"text": "x"})
    assert httpx.post(f"{sandbox.base_url}/respond/whatever", json={"text": "x"}).status_code == 404


def test_an_unknown_fault_is_refused_in_words(sandbox: SandboxSlack) -> None:
    with pytest.raises(SandboxError, match="no fault is called earthquake"):
        sandbox.fault("*", "earthquake")
    with pytest.raises(SandboxError, match="nothing called"):
        sandbox._wire.tell("configure", colour="red")
