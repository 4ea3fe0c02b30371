"""The ASGI app: Slack's requests, health, readiness and metrics; and the server that it runs in."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

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

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        ready, body = await asyncio.to_thread(readiness.look)
        return JSONResponse(body, status_code=200 if ready else 503)

    async def measure(_: Request) -> Response:
        return Response(await asyncio.to_thread(metrics.exposition), media_type=CONTENT_TYPE_LATEST)

    routes = [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", measure, methods=["GET"]),
    ]
    if dispatch is None:
        return Starlette(routes=routes)
    slack = _Slack(dispatch)
    return Starlette(routes=[*routes, Route("/slack/events", slack.take, methods=["POST"])], lifespan=slack.alive)


class _Slack:
    """Slack's endpoint: reads, hands over to Bolt, and answers what Bolt answers."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        # Bolt blocks, so it gets threads of its own: on the loop three slow commands would wait for each other,
        # and in the shared pool for a metrics scrape.
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="slack")

    @asynccontextmanager
    async def alive(self, _: Starlette) -> AsyncIterator[None]:
        """As long as the server runs."""
        yield
        self._pool.shutdown(wait=False)

    async def take(self, request: Request) -> Response:
        """Answer one request of Slack, or of somebody who says so."""
        try:
            raw = await _body(request)
        except _TooLarge:
            return PlainTextResponse("too large", status_code=413)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._pool, self._handle, raw, dict(request.headers))
        if answer is None:
            return PlainTextResponse("unreadable", status_code=400)
        return Response(answer.body, status_code=answer.status, headers=answer.first_headers_without_set_cookie())

    def _handle(self, raw: bytes, headers: dict[str, str]) -> BoltResponse | None:
        try:
            request = read_request(raw, headers)
        except ValueError:
            return None
        return self._dispatch(request)


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
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self._listening.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            lifespan="on",
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
            f"Cannot listen on {host}, port {port}: {_why(problem)}. "
            "Set ML_INCIDENT_PORT or ML_INCIDENT_HOST to something else."
        ) from None


def _why(problem: OSError) -> str:
    # Python adds the address again to some of these sentences; a name that is not found has a number of its own kind.
    if problem.errno in errno.errorcode and not isinstance(problem, socket.gaierror):
        return os.strerror(problem.errno or 0)
    return problem.strerror or str(problem)
