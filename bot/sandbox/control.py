"""/sandbox/...: how tests, the demo and the bench look at the workspace, act in it, and disturb it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import people
from .backstage import Backstage
from .faults import Faults
from .fields import Json, NotAllowed
from .records import Channel
from .shapes import channel_object, file_object, user_object, view_object
from .stage import Stage

LONGEST_WAIT_S = 120.0


class Control:
    """The endpoints, over one stage and the faults of its Web API."""

    def __init__(self, stage: Stage, faults: Faults, backstage: Backstage, *, pages: Callable[[], int]) -> None:
        self._stage = stage
        self._ws = stage.ws
        self._faults = faults
        self._backstage = backstage
        self._pages = pages

    def routes(self) -> list[Route]:
        """What Starlette is to serve."""
        look: dict[str, Callable[[Request], Any]] = {
            "people": lambda _: {"people": [user_object(self._ws, user) for user in self._ws.users.values()]},
            "people/{who}": lambda request: user_object(self._ws, self._stage.user(_who(request))),
            "people/{who}/view": self.view,
            "people/{who}/home": self.home,
            "people/{who}/dms": self.dms,
            "people/{who}/ephemerals": self.ephemerals,
            "state": lambda _: self.state(),
            "channels": lambda _: {"channels": [self.channel(one) for one in self._ws.channels.values()]},
            "channels/{channel}": lambda request: self.channel(self._stage.channel(_channel(request))),
            "channels/{channel}/messages": self.messages,
            "calls": lambda request: {"calls": _since(self._ws.calls, request)},
            "deliveries": lambda request: {"deliveries": _since(self._stage.transport.log, request)},
            "files": lambda _: {
                "files": [file_object(self._ws, one) for one in self._ws.files.values() if one.completed]
            },
            "files/{file}/text": self.file_text,
            "transcript": self.transcript,
            "clock": lambda _: self.clock(),
            "watchers": lambda _: {"pages": self._pages()},
        }
        tell: dict[str, Callable[[Request, Json], Awaitable[Any]]] = {
            "people/{who}/{what}": self.act,
            "clock": self.move_clock,
            "configure": self.configure,
            "refresh_sockets": self.refresh_sockets,
            "fault": self.fault,
            "hold": self.hold,
            "release": self.release,
            "clear_faults": self.clear_faults,
            "backstage": self.report,
            "story": self.tell,
        }
        return [
            Route("/sandbox/held", self.held, methods=["GET"]),
            *(Route(f"/sandbox/{path}", _looking(answer), methods=["GET"]) for path, answer in look.items()),
            *(Route(f"/sandbox/{path}", _telling(done), methods=["POST"]) for path, done in tell.items()),
        ]

    async def act(self, request: Request, args: Json) -> Json:
        return await people.do(self._stage, _who(request), request.path_params["what"], args)

    def view(self, request: Request) -> Json:
        view = self._ws.views.top(self._stage.user(_who(request)).id)
        return {"view": view_object(self._ws, view) if view else None}

    def home(self, request: Request) -> Json:
        view = self._ws.views.homes.get(self._stage.user(_who(request)).id)
        return {"view": view_object(self._ws, view) if view else None}

    def dms(self, request: Request) -> Json:
        user = self._stage.user(_who(request))
        pair = frozenset((user.id, self._ws.bot.user_id))
        channel = self._ws.channels.get(self._ws.ims.get(pair, ""))
        said = channel.messages.values() if channel else ()
        return {"messages": [people.seen(self._stage, one) for one in said]}

    def ephemerals(self, request: Request) -> Json:
        user = self._stage.user(_who(request))
        return {"messages": people.ephemerals_of(self._stage, user, request.query_params.get("channel"))}

    def channel(self, channel: Channel) -> Json:
        return channel_object(self._ws, channel) | {
            "name": channel.name,
            "topic": channel.topic.value,
            "purpose": channel.purpose.value,
            "members": list(channel.members),
            "pins": list(channel.pins),
            "bookmarks": list(channel.bookmarks.values()),
            "is_private": channel.is_private,
            "archived": channel.is_archived,
        }

    def messages(self, request: Request) -> Json:
        channel = self._stage.channel(_channel(request))
        thread = request.query_params.get("thread_ts")
        found = [
            people.seen(self._stage, message)
            for message in channel.messages.values()
            if thread is None or thread in (message.ts, message.thread_ts)
        ]
        return {"messages": found}

    def file_text(self, request: Request) -> Json:
        file = self._ws.files.get(request.path_params["file"])
        if file is None or file.content is None:
            raise NotAllowed("there is no such file, or nothing was uploaded to it yet")
        return {"text": file.content.decode("utf-8", "replace")}

    def transcript(self, request: Request) -> Json:
        self._stage.journal.catch_up()
        return {"lines": self._stage.journal.lines[int(request.query_params.get("since", 0)) :]}

    def clock(self) -> Json:
        return {"offset": self._ws.clock_offset, "now": self._ws.now()}

    def state(self) -> Json:
        ws, transport = self._ws, self._stage.transport
        return {
            "team": {"id": ws.bot.team_id, "name": ws.team_name},
            "bot": {"user_id": ws.bot.user_id, "bot_id": ws.bot.bot_id, "app_id": ws.bot.app_id},
            "scopes": sorted(ws.bot.scopes),
            "events": sorted(transport.subscribed) if transport.subscribed is not None else None,
            "events_url": transport.http.url,
            "sockets": transport.sockets.connected,
            "deliveries": transport.deliveries,
            "pending": transport.pending,
            "latency_ms": self._faults.latency * 1000,
            "rate_limits": ws.rate_limits,
            "clock": self.clock(),
            "counts": {
                "channels": len(ws.channels),
                "calls": ws.calls[-1]["n"] if ws.calls else 0,
                "lines": len(self._stage.journal.lines),
            },
        }

    async def move_clock(self, _: Request, args: Json) -> Json:
        self._ws.clock_offset += float(args["advance"])
        return self.clock()

    async def configure(self, _: Request, args: Json) -> Json:
        for name, value in args.items():
            if name not in self._settings:
                raise NotAllowed(f"there is nothing called {name} to configure")
            self._settings[name](value)
        if args.get("socket") is False:
            await self._stage.transport.sockets.hang_up()
        return self.state()

    @property
    def _settings(self) -> dict[str, Callable[[Any], None]]:
        ws, transport, faults = self._ws, self._stage.transport, self._faults
        return {
            "latency_ms": lambda value: setattr(faults, "latency", value / 1000),
            "rate_limits": lambda value: setattr(ws, "rate_limits", bool(value)),
            "events_url": lambda value: setattr(transport.http, "url", value),
            "deliveries": lambda value: setattr(transport, "deliveries", int(value)),
            "retry_delays_s": lambda value: setattr(transport, "retry_delays_s", tuple(map(float, value))),
            "scopes": lambda value: setattr(ws.bot, "scopes", set(value)),
            "events": lambda value: setattr(transport, "subscribed", frozenset(value)),
            "socket": lambda value: setattr(transport.sockets, "accepting", bool(value)),
        }

    async def refresh_sockets(self, _: Request, __: Json) -> Json:
        self._stage.transport.sockets.refresh()
        return {}

    async def fault(self, _: Request, args: Json) -> Json:
        self._faults.add(**args)
        return {}

    async def hold(self, _: Request, args: Json) -> Json:
        return {"hold": self._faults.hold(**args)}

    async def held(self, request: Request) -> Response:
        timeout_s = min(float(request.query_params.get("timeout", 0)), LONGEST_WAIT_S)
        return JSONResponse({"held": await self._faults.held(timeout_s=timeout_s)})

    async def release(self, _: Request, args: Json) -> Json:
        how = args.get("how", "proceed")
        if how not in ("proceed", "drop"):
            raise NotAllowed(f"a held call can proceed or drop, not {how}")
        try:
            self._faults.release(args["hold"], drop=how == "drop")
        except KeyError:
            raise NotAllowed(f"nothing is held under {args.get('hold')}") from None
        return {}

    async def clear_faults(self, _: Request, __: Json) -> Json:
        self._faults.clear()
        self._ws.rate_limits = False
        return {}

    async def report(self, _: Request, args: Json) -> Json:
        return {"wishes": await self._backstage.exchange(args)}

    async def tell(self, _: Request, args: Json) -> Json:
        self._backstage.tell(args)
        return {}


def _who(request: Request) -> str:
    return str(request.path_params["who"])


def _channel(request: Request) -> str:
    return str(request.path_params["channel"])


def _since(rows: list[Json], request: Request) -> list[Json]:
    since = int(request.query_params.get("since", 0))
    return [row for row in rows if row["n"] > since]


def _complaint(problem: Exception) -> JSONResponse:
    return JSONResponse({"error": str(problem)}, status_code=400)


def _looking(answer: Callable[[Request], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(answer(request))
        except (NotAllowed, ValueError) as problem:
            return _complaint(problem)

    return endpoint


def _telling(done: Callable[[Request, Json], Awaitable[Any]]) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await done(request, await request.json()))
        except (NotAllowed, ValueError, TypeError) as problem:
            return _complaint(problem)
        except KeyError as missing:
            return _complaint(NotAllowed(f"{missing.args[0]} is missing"))

    return endpoint
