"""On the wire: what a connection sends and whom it believes, against real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from bot.connections import Answer, Connections
from playbooks.asking import HttpCall
from tests.bot.connections.conftest import Connect, Serving
from tests.bot.connections.service import Told
from tests.real.mlflow_server import free_port

CERTIFICATES = Path(__file__).parents[2] / "data" / "tls"


def ask(connections: Connections, path: str = "/x", **fields: object) -> Answer:
    return connections.ask(
        HttpCall.model_validate({"connection": "svc", "path": path, **fields}), {"model.name": "a/b ü"}
    )


def svc(connect: Connect, url: str, more: str = "", **environment: str) -> Connections:
    return connect(f"connections: {{svc: {{kind: http, base_url: '{url}', {more}}}}}", **environment)


def test_a_request_goes_out_as_it_was_written_with_its_credentials(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"ok": True}))
    connections = svc(connect, f"{one.url}/base", "auth: {bearer: {env: TOKEN_OF_IT}}", TOKEN_OF_IT="tok-123456")
    answer = ask(
        connections, "/v1/{model.name}/x", query={"q": "{model.name}&x=1"}, expect={"pointer": "/ok", "value": True}
    )
    assert answer == Answer(passed=True, got="true", said="What stands at /ok is true, as expected.")
    (asked,) = one.asked
    assert asked.target == "/base/v1/a%2Fb%20%C3%BC/x?q=a%2Fb%20%C3%BC%26x%3D1"
    assert asked.headers["Authorization"] == "Bearer tok-123456"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in asked.headers


def test_a_redirect_is_not_followed(connect: Connect, service: Serving) -> None:
    elsewhere = service()
    one = service(lambda asked: Told(status=302, headers={"Location": f"{elsewhere.url}/steal"}))
    answer = ask(svc(connect, one.url, "auth: {bearer: {env: TOKEN_OF_IT}}", TOKEN_OF_IT="tok-123456"))
    assert answer.passed is None
    assert answer.problem == "svc sends the bot to another address. Write the final one as its base_url."
    assert elsewhere.asked == []
    assert len(one.asked) == 1


def test_a_redirect_can_be_what_is_expected(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(status=302, headers={"Location": "https://elsewhere.example.com"}))
    assert ask(svc(connect, one.url), expect={"status": 302}).passed


def drip(what: bytes) -> Callable[[BaseHTTPRequestHandler], bool]:
    """Sends that, then one byte at a time for longer than anybody waits; each comes before a read would give up."""

    def send(handler: BaseHTTPRequestHandler) -> bool:
        handler.wfile.write(what)
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)
        return True

    return send


@pytest.mark.parametrize(
    "what",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"],
    ids=["status", "headers", "body"],
)
def test_an_answer_that_drips_has_no_longer_than_any_other(connect: Connect, service: Serving, what: bytes) -> None:
    one = service()
    one.raw = drip(what)
    began = time.monotonic()
    answer = ask(svc(connect, one.url, "timeout: 1s"))
    assert time.monotonic() - began < 6, "it would drip for ten seconds"
    assert answer.passed is None
    assert answer.problem == (
        "svc did not answer within 1 second. Check that it is up, and that it can be reached from where the bot runs."
    )


def test_a_call_that_was_given_up_ends(connect: Connect, service: Serving) -> None:
    one = service()
    one.raw = drip(b"HTTP/1.1 200 OK\r\nX: ")
    ask(svc(connect, one.url, "timeout: 1s"))
    until = time.monotonic() + 5
    while any(thread.name == "connection" for thread in threading.enumerate()):
        assert time.monotonic() < until, "its thread is still reading"
        time.sleep(0.02)


def test_a_name_that_is_looked_up_for_ever_is_given_up_and_nothing_is_sent_later(
    connect: Connect, service: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = service()
    slowly, found = threading.Event(), socket.getaddrinfo

    def look_up(*args: object, **options: object) -> object:
        slowly.wait(10)
        return found(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = ask(svc(connect, one.url, "timeout: 1s"))
    assert answer.passed is None
    assert "did not answer within 1 second" in str(answer.problem)
    slowly.set()
    time.sleep(0.3)
    assert one.asked == []


def test_so_many_bytes_are_read_and_no_more(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(b"x" * (256 * 1024 + (asked.target == "/more"))))
    connections = svc(connect, one.url)
    assert ask(connections, "/enough").passed
    answer = ask(connections, "/more")
    assert answer.problem == "svc answered with more than 256 kB. Ask it for less."


def test_what_is_small_on_the_way_and_large_here_is_not_unpacked(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))
    assert "compressed" in str(ask(svc(connect, one.url)).problem)


def test_nothing_that_listens_is_told_apart_from_what_hangs_up(connect: Connect, service: Serving) -> None:
    answer = ask(svc(connect, f"http://127.0.0.1:{free_port()}"))
    assert answer.problem == "svc cannot be reached (Connection refused). Check its base_url, and that it is up."
    one = service(lambda asked: None)
    assert "cannot be reached (Server disconnected" in str(ask(svc(connect, one.url)).problem)


@pytest.mark.parametrize(
    ("status", "why"), [(401, "Check its auth"), (403, "Check its auth"), (429, "fewer questions")]
)
def test_an_answer_about_the_bot_is_none_to_the_question(
    connect: Connect, service: Serving, status: int, why: str
) -> None:
    one = service(lambda asked: Told(status=status))
    connections = svc(connect, one.url)
    answer = ask(connections)
    assert answer.passed is None
    assert why in str(answer.problem)
    assert ask(connections, expect={"status": status}).passed


def test_a_service_that_fails_is_unwell_but_says_nothing_of_a_value(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"on": True}, status=503))
    connections = svc(connect, one.url)
    assert ask(connections).passed is False
    assert ask(connections).said == "The answer was 503, not 200."
    assert ask(connections, expect={"pointer": "/on", "value": "true"}).passed is None


def test_what_a_service_answers_is_redacted_and_cut(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"v": f"{asked.headers['Authorization']} of ana@example.com " + "x" * 1000}))
    connections = svc(connect, one.url, "auth: {bearer: {env: TOKEN_OF_IT}}", TOKEN_OF_IT="tok-123456")
    answer = ask(connections, expect={"pointer": "/v", "value": "7"})
    assert answer.passed is False
    for text in (answer.got, answer.said):
        assert "tok-123456" not in text
        assert "ana@" not in text
    assert len(answer.got) <= 300


def test_the_secret_that_comes_back_can_still_be_compared(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({"v": "password=abc"}))
    answer = ask(svc(connect, one.url), expect={"pointer": "/v", "value": "password=abc"})
    assert answer.passed
    assert answer.got == "password=[secret]"


def test_only_the_certificate_authority_of_the_connection_is_trusted(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told({}), tls=CERTIFICATES / "server.pem")
    refused = ask(svc(connect, one.url))
    assert refused.passed is None
    assert str(refused.problem).startswith("The TLS certificate of svc is not trusted (certificate verify failed")
    assert one.asked == []
    assert ask(svc(connect, one.url, f"ca: {CERTIFICATES / 'ca.pem'}")).passed
    wrong_name = svc(connect, one.url.replace("127.0.0.1", "localhost"), f"ca: {CERTIFICATES / 'ca.pem'}")
    assert "Hostname mismatch" in str(ask(wrong_name).problem)
    assert "localhost" not in str(ask(wrong_name).problem)


def test_tls_to_what_speaks_none_is_told(connect: Connect, service: Serving) -> None:
    one = service()
    answer = ask(svc(connect, one.url.replace("http:", "https:")))
    assert answer.problem == "svc does not speak TLS. Write http:// in its base_url, or put TLS in front of it."


def test_a_text_is_an_answer_too(connect: Connect, service: Serving) -> None:
    one = service(lambda asked: Told(b" all is well \n"))
    connections = svc(connect, one.url)
    assert ask(connections, expect={"value": "all is well"}).passed
    assert ask(connections, expect={"op": "contains", "value": "well"}).passed
    assert ask(connections, expect={"pointer": "/a", "value": "1"}).said == "What stands at /a is not there."


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a": ' + b"9" * 10_000 + b"}", b"\xff\xfe", b'{"a": NaN}', b""])
def test_strange_answers_are_only_wrong_ones(connect: Connect, service: Serving, body: bytes) -> None:
    one = service(lambda asked: Told(body))
    assert ask(svc(connect, one.url), expect={"pointer": "/a", "value": "1"}).passed is False


def test_every_method_that_a_check_may_not_use_stays_here(connect: Connect, service: Serving) -> None:
    one = service()
    connections = svc(connect, one.url, "methods: [GET, POST]")
    assert "make this step an action" in str(ask(connections, method="POST").problem)
    assert one.asked == []


@pytest.mark.parametrize("path", ["/flagship", "/x/flags", "/", "/%66lags/x", "/flags%2Fx"])
def test_other_paths_than_the_operators_stay_here(connect: Connect, service: Serving, path: str) -> None:
    one = service()
    answer = ask(svc(connect, one.url, "paths: [/flags/]"), path)
    assert answer.passed is None
    assert "does not lead to" in str(answer.problem)
    assert one.asked == []


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("mlflow", "/api/2.0/mlflow/users/get"),
        ("mlflow", "/api/2.0/mlflow-artifacts/x"),
        ("prometheus", "/api/v1/status/config"),
    ],
)
def test_what_else_a_server_holds_is_out_of_reach(connect: Connect, service: Serving, kind: str, path: str) -> None:
    one = service()
    answer = ask(connect(f"connections: {{svc: {{kind: {kind}, base_url: '{one.url}'}}}}"), path)
    assert "does not lead to" in str(answer.problem)
    assert one.asked == []


def test_paths_below_the_operators_are_asked(connect: Connect, service: Serving) -> None:
    one = service()
    connections = svc(connect, one.url, "paths: [/flags/]")
    for path in ("/flags", "/flags/", "/flags/x", "/flags/{model.name}"):
        assert ask(connections, path).passed
    assert one.sent == ["GET /flags", "GET /flags/", "GET /flags/x", "GET /flags/a%2Fb%20%C3%BC"]


def test_a_connection_that_is_not_set_up_is_named_with_the_one_that_was_meant(connect: Connect) -> None:
    connections = connect("connections: {flags: {kind: http, base_url: 'https://f.example.com'}}")
    answer = connections.ask(HttpCall(connection="flag", path="/"), {})
    assert answer.problem is not None
    assert answer.problem.startswith("The connection flag is not set up. Did the playbook mean “flags”?")
    assert "ML_INCIDENT_CONNECTIONS" in answer.problem
