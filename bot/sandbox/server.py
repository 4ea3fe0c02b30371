"""The sandbox as a process: one Starlette app on loopback with the Web API, the sockets and the control API."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute

from .backstage import Backstage
from .changes import Changes, Watched
from .connections import NoAnswer, OpenConnections
from .control import Control
from .events import EventFeed
from .faults import ConnectionDropped, Faults, Refused
from .guide import Guide, read_guide
from .hooks import Hooks
from .journal import Journal
from .page import Page, Panel, Shell, Sources
from .stage import Stage
from .transport import Transport
from .webapi import WebApi
from .workspace import COMPANY, open_workspace

DEFAULT_PORT = 8400
IDLE_S = 75


class Sandbox:
    """One workspace with everything around it, ready to be served."""

    def __init__(
        self,
        *,
        base_url: str,
        company: Path = COMPANY,
        lived_in: bool = False,
        events_url: str = "",
        guide: Guide | None = None,
    ) -> None:
        ws = open_workspace(company, lived_in=lived_in)
        ws.base_url = base_url
        self.transport = Transport(
            app_id=ws.bot.app_id,
            team_id=ws.bot.team_id,
            bot_user_id=ws.bot.user_id,
            signing_secret=ws.bot.signing_secret,
        )
        self.transport.http.url = events_url
        ws.open_socket = self._socket_url
        self.faults = Faults()
        self.changes = Changes()
        self.backstage = Backstage(self.changes)
        self._guide = guide or Guide()
        self.connections = OpenConnections()
        # The journal writes down what happens before the bot hears of it.
        self.stage = Stage(ws=ws, transport=self.transport, journal=Journal(ws))
        self.stage.commands = frozenset(one["usage"].split()[0] for one in self._guide.commands)
        EventFeed(ws, self.transport)
        self.app = self._app()

    async def close(self) -> None:
        """Let go of everything that waits, so that the process can end at once."""
        self.faults.clear()
        self.changes.end()
        await self.transport.close()

    def _socket_url(self) -> str:
        where = self.stage.ws.base_url.removeprefix("http")
        return f"ws{where}/link/?ticket={self.transport.sockets.issue_ticket()}&app_id={self.stage.ws.bot.app_id}"

    def _app(self) -> Starlette:
        hooks = Hooks(self.stage, self.faults)
        panel = Panel(self.stage, self.faults, self.backstage, self._guide, self.changes)
        shell = Shell(self.stage, panel=panel.regions, commands=self._guide.commands)
        page = Page(self.stage, self.changes, shell=shell, sources=Sources(self._guide.sources))

        async def no_answer(_: Request, __: Exception) -> Response:
            return NoAnswer(self.connections)

        return Starlette(
            routes=[
                *WebApi(self.stage.ws, self.faults).routes(),
                *Control(self.stage, self.faults, self.backstage, pages=lambda: page.live.pages).routes(),
                *page.routes(),
                *panel.routes(),
                Route("/respond/{key}", hooks.take, methods=["POST"]),
                WebSocketRoute("/link/", self.transport.sockets.serve),
            ],
            exception_handlers={ConnectionDropped: no_answer, Refused: _refused},
            middleware=[Middleware(Watched, changes=self.changes)],
        )


async def _refused(_: Request, problem: Exception) -> Response:
    """A fault that was set on something else than a Web API method."""
    status = problem.status if isinstance(problem, Refused) else 500
    headers = problem.headers if isinstance(problem, Refused) else {}
    return PlainTextResponse("refused", status_code=status, headers=headers)


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready, and that a signal ends quickly and cleanly."""

    def __init__(self, config: uvicorn.Config, *, sandbox: Sandbox, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._sandbox = sandbox
        self._ready = ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._sandbox.close()
        await super().shutdown(sockets)


def serve(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    *,
    company: Path = COMPANY,
    lived_in: bool = False,
    events_url: str = "",
    events: Collection[str] | None = None,
    guide: Guide | None = None,
    ready_file: Path | None = None,
    say: Callable[[str], object] | None = None,
) -> int:
    """Serve a fresh workspace until a signal ends it; the exit code: 0, or 2 when it cannot start.

    Port 0 takes a free one. When it listens, the address is said and written to `ready_file`. `events` are the
    event types that the app subscribes to, as in its manifest; None is all of them. `guide` is what the page
    knows of the app; `lived_in` begins with what people said lately.
    """
    say = say or _print
    # asyncio sends small packets at once only on sockets that say that they are TCP (else 40 ms per answer).
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as problem:
        listening.close()
        sys.stderr.write(
            f"The sandbox cannot listen on {host}:{port} ({problem.strerror}); "
            "choose another port with --port, or end what uses it.\n"
        )
        return 2
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{listening.getsockname()[1]}"  # noqa: S104
    sandbox = Sandbox(base_url=address, company=company, lived_in=lived_in, events_url=events_url, guide=guide)
    sandbox.transport.subscribed = None if events is None else frozenset(events)

    def ready() -> None:
        say(f"The sandbox workspace is at {address} (Web API: {address}/api/)")
        if ready_file is not None:
            # Written whole and then renamed: whoever waits for it never reads half an address.
            part = ready_file.with_name(f"{ready_file.name}.part")
            part.write_text(address, "utf-8")
            part.replace(ready_file)

    config = uvicorn.Config(
        sandbox.app,
        http=sandbox.connections.protocol(),
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    _Server(config, sandbox=sandbox, ready=ready).run(sockets=[listening])
    return 0


def _end_with_input() -> None:
    """End when the pipe at our input closes: whoever holds its other end was killed, or let go."""
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """`python -m bot.sandbox.server`."""
    parser = argparse.ArgumentParser(prog="bot.sandbox.server", description="A small Slack on loopback.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--company", type=Path, default=COMPANY, help="who works here: a YAML file")
    parser.add_argument("--lived-in", action="store_true", help="begin with what its people said lately")
    parser.add_argument("--events-url", default="", help="where the bot takes Slack's signed requests")
    parser.add_argument("--events", help="event types that the app subscribes to, comma separated; else all")
    parser.add_argument("--guide", type=Path, help="what the page knows of the app: a JSON file")
    parser.add_argument("--ready-file", type=Path, help="gets the address once the sandbox listens")
    parser.add_argument("--until-input-ends", action="store_true", help="end when whoever started it is gone")
    given = parser.parse_args(arguments)
    try:
        guide = read_guide(given.guide) if given.guide else None
    except ValueError as problem:
        parser.error(str(problem))
    if given.until_input_ends:
        threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    return serve(
        given.host,
        given.port,
        company=given.company,
        lived_in=given.lived_in,
        events_url=given.events_url,
        events=given.events.split(",") if given.events else None,
        guide=guide,
        ready_file=given.ready_file,
    )


if __name__ == "__main__":
    sys.exit(main())
