"""A real little HTTP service on loopback, which answers as a test tells it to and remembers what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Told:
    """One answer; what is no bytes is sent as JSON."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Service:
    """`answer` is called for each request; it may also write to the socket itself and give None."""

    def __init__(self, answer: Callable[[Asked], Told | None] = lambda asked: Told()) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.raw: Callable[[BaseHTTPRequestHandler], bool] = lambda handler: False
        self.url = ""

    @property
    def sent(self) -> list[str]:
        """What was asked, as 'GET /path'."""
        return [f"{one.method} {one.target}" for one in self.asked]

    @property
    def writes(self) -> list[Asked]:
        return [one for one in self.asked if one.method not in ("GET", "HEAD")]


@contextmanager
def serve(answer: Callable[[Asked], Told | None] = lambda asked: Told(), tls: Path | None = None) -> Iterator[Service]:
    """A service that is up as long as the block lasts; `tls` is a file with its certificate and key."""
    service = Service(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
            service.asked.append(asked)
            if service.raw(self):
                self.close_connection = True
                return
            told = service.answer(asked)
            if told is None:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(told.content)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._answer)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is what some tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        service.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
