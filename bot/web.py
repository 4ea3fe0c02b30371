"""The ASGI app: Slack's requests, health, readiness and metrics; and the server that it runs in."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt import BoltResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.app import THREADS, Dispatch, read_request
from bot.errors import WrongUsage
from bot.metrics import Metrics
from bot.readiness import Readiness

log = logging.getLogger(__name__)

MOST_BYTES = 1_000_000
"""Slack's largest requests are forms and events of some hundred kilobytes."""


class _TooLarge(Exception):
    """A body that no Slack would send."""


def build_web(*, dispatch: Dispatch | None, readiness: Readiness, metrics: Metrics) -> Starlette:
    """The web app. Without `dispatch` (Socket Mode, no signing secret) Slack's endpoint does not exist."""
    # Bolt blocks, so it gets threads of its own: on the loop three slow commands would wait for each other,
    # and in the shared pool for a metrics scrape.
    pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="slack")

    def handle(raw: bytes, headers: dict[str, str]) -> BoltResponse | None:
        assert dispatch is not None  # noqa: S101 - the route is there only with it
        try:
            request = read_request(raw, headers)
        except ValueError:
            return None
        return dispatch(request)

    async def slack(request: Request) -> Response:
        try:
            raw = await _body(request)
        except _TooLarge:
            return PlainTextResponse("too large", status_code=413)
        answer = await asyncio.get_running_loop().run_in_executor(pool, handle, raw, dict(request.headers))
        if answer is None:
            return PlainTextResponse("unreadable", status_code=400)
        return Response(answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie())

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        ready, body = await asyncio.to_thread(readiness.look)
        return JSONResponse(body, status_code=200 if ready else 503)

    async def measure(_: Request) -> Response:
        return Response(await asyncio.to_thread(metrics.exposition), media_type=CONTENT_TYPE_LATEST)

    routes: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
        ("/healthz", healthz, "GET"),
        ("/readyz", readyz, "GET"),
        ("/metrics", measure, "GET"),
    ]
    if dispatch is not None:
        routes.append(("/slack/events", slack, "POST"))
    return Starlette(routes=[Route(path, endpoint, methods=[method]) for path, endpoint, method in routes])


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > MOST_BYTES:
        raise _TooLarge
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


class WebServer:
    """uvicorn in a thread of its own, so that whoever serves decides when and in which order things stop."""

    def __init__(self, app: Starlette, *, host: str, port: int) -> None:
        self._listening = _listen(host, port)
        self.address = f"http://{host}:{self._listening.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Take requests from now on."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take no more requests, and finish those that are being answered."""
        self._server.should_exit = True
        self._thread.join(timeout)
        self._listening.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=512)
    except OSError as problem:
        raise WrongUsage(
            f"Cannot listen on {host}, port {port}: {problem.strerror or problem}. "
            "Set ML_INCIDENT_PORT or ML_INCIDENT_HOST to something else."
        ) from None
