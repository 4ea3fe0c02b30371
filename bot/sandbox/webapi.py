"""The Web API over HTTP: reads a request as Slack does, checks it against the contract, does it, and writes it down."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.faults import Refused
from bot.sandbox.methods import HANDLERS
from bot.sandbox.methods.call import Call
from bot.sandbox.ratelimits import RateLimits
from bot.sandbox.records import Json
from bot.sandbox.strictness import methods
from bot.sandbox.workspace import Workspace

KEPT_CALLS = 100_000
APP_TOKEN_METHODS = frozenset({"apps.connections.open"})


class Faults(Protocol):
    """What can go wrong with a call on purpose: it may wait, raise `Refused`, or let the connection drop."""

    async def before(self, method: str, args: Mapping[str, Any]) -> None:
        """Called when a request has arrived and nothing has been done."""

    async def after(self, method: str, args: Mapping[str, Any]) -> None:
        """Called when the request has taken effect and its answer is not sent."""


def _check_token(ws: Workspace, method: str, token: str) -> None:
    if not token:
        raise SlackRefusal("not_authed")
    if token not in (ws.bot.token, ws.bot.app_token):
        raise SlackRefusal("invalid_auth")
    wanted = ws.bot.app_token if method in APP_TOKEN_METHODS else ws.bot.token
    if token != wanted:
        raise SlackRefusal("not_allowed_token_type")


def _do(ws: Workspace, name: str, args: Json, token: str) -> Json:
    method = methods().get(name)
    if method is None:
        raise SlackRefusal("unknown_method", req_method=name)
    _check_token(ws, name, token)
    method.need_any_scope(ws.bot.scopes)
    call = Call(ws=ws, method=method, args=method.read(args))
    answer = {"ok": True, **HANDLERS[name](call)}
    if call.warnings:
        answer["warning"] = ",".join(call.warnings)
        answer["response_metadata"] = {**answer.get("response_metadata", {}), "warnings": call.warnings}
    return answer


async def call(ws: Workspace, method: str, args: Json, *, token: str) -> Json:
    """One Web API call; the answer is Slack's, also when it is no. Nothing is awaited: a call is one step."""
    try:
        return _do(ws, method, args, token)
    except SlackRefusal as no:
        return no.answer()


async def _read_args(request: Request, *, takes_json: bool) -> tuple[Json, list[str]]:
    args: Json = dict(request.query_params)
    warnings: list[str] = []
    if request.method != "POST":
        return args, warnings
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == "application/json":
        if "charset" not in parameters.lower():
            warnings.append("missing_charset")
        # A method that takes no JSON ignores the body, and then misses its arguments.
        if takes_json:
            args.update(_json_object(await request.body()))
    elif kind == "application/x-www-form-urlencoded":
        body = (await request.body()).decode("utf-8", "replace")
        args.update(parse_qsl(body, keep_blank_values=True))
    elif kind == "multipart/form-data":
        form = await request.form()
        args.update({key: value for key, value in form.items() if isinstance(value, str)})
    elif await request.body():
        raise SlackRefusal("invalid_post_type" if kind else "missing_post_type")
    return args, warnings


def _json_object(body: bytes) -> Json:
    try:
        args = json.loads(body or b"{}")
    except ValueError:
        raise SlackRefusal("invalid_json") from None
    if not isinstance(args, dict):
        raise SlackRefusal("json_not_object")
    return args


def _token(request: Request, args: Json) -> str:
    word, _, token = request.headers.get("authorization", "").partition(" ")
    in_args = str(args.pop("token", "") or "")
    return token.strip() if word.lower() == "bearer" else in_args


def _answered(body: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers, media_type="application/json; charset=utf-8")


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)


class WebApi:
    """The routes of the Web API: /api/<method>, the addresses that uploads go to, and files to fetch again."""

    def __init__(self, ws: Workspace, faults: Faults) -> None:
        self.ws = ws
        self.faults = faults
        self.rate_limits = RateLimits()

    def routes(self) -> list[Route]:
        """What the server mounts."""
        return [
            Route("/api/{method}", self.answer, methods=["GET", "POST"]),
            Route("/upload/v1/{file_id}", self.receive, methods=["POST", "PUT"]),
            Route("/files-pri/{file_id}/{name}", self.download, methods=["GET"]),
        ]

    async def answer(self, request: Request) -> Response:
        """One Web API call over HTTP."""
        name, ws = request.path_params["method"], self.ws
        ws.base_url = ws.base_url or str(request.base_url).rstrip("/")
        method = methods().get(name)
        try:
            args, warnings = await _read_args(request, takes_json=method is None or method.takes_json)
        except SlackRefusal as no:
            return _answered(no.answer())
        token = _token(request, args)
        record, began = self._begin(name, args), time.perf_counter()
        try:
            await self.faults.before(name, args)
            self._count(name, args)
            body = await call(ws, name, args, token=token)
            record.update(ok=body["ok"], error=body.get("error"))
            await self.faults.after(name, args)
        except Refused as refused:
            return self._refused(record, refused)
        finally:
            record["ms"] = _ms_since(began)
        if warnings:
            known = body.get("response_metadata", {})
            all_warnings = [*known.get("warnings", []), *warnings]
            body = {**body, "warning": ",".join(all_warnings)}
            body["response_metadata"] = {**known, "warnings": all_warnings}
        scopes = ws.bot.app_scopes if name in APP_TOKEN_METHODS else ws.bot.scopes
        return _answered(body, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})

    def _count(self, name: str, args: Json) -> None:
        method = methods().get(name)
        if method is None or not self.ws.rate_limits:
            return
        wait = self.rate_limits.wait_for(method, str(args.get("channel")))
        if wait is not None:
            raise Refused(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(wait)})

    def _begin(self, method: str, args: Json) -> Json:
        record: Json = {
            "n": self.ws.calls[-1]["n"] + 1 if self.ws.calls else 1,
            "method": method,
            "args": args,
            "at": time.time(),
            "ms": None,
            "ok": None,
            "error": None,
        }
        self.ws.calls.append(record)
        if len(self.ws.calls) > KEPT_CALLS:
            del self.ws.calls[: KEPT_CALLS // 10]
        return record

    @staticmethod
    def _refused(record: Json, refused: Refused) -> Response:
        body = refused.body
        if isinstance(body, str):
            record.update(ok=False, error=f"http_{refused.status}")
            return PlainTextResponse(body, refused.status, refused.headers, media_type="text/html")
        record.update(ok=False, error=body.get("error"))
        return _answered(body, status=refused.status, headers=refused.headers)

    async def receive(self, request: Request) -> Response:
        """The bytes of an upload: the raw body, or the file of a multipart form."""
        file = self.ws.files.get(request.path_params["file_id"])
        if file is None or file.completed:
            return PlainTextResponse("file not found", 404)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            form = await request.form()
            content = b"".join([await part.read() for part in form.values() if not isinstance(part, str)])
        else:
            content = await request.body()
        record = self._begin("upload", {"file_id": file.id, "length": len(content)})
        began = time.perf_counter()
        try:
            await self.faults.before("upload", record["args"])
            file.content = content
            record["ok"] = True
            await self.faults.after("upload", record["args"])
        except Refused as refused:
            return self._refused(record, refused)
        finally:
            record["ms"] = _ms_since(began)
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(self, request: Request) -> Response:
        """A file's bytes, for who shows the bot's token."""
        file = self.ws.files.get(request.path_params["file_id"])
        if _token(request, {}) != self.ws.bot.token:
            return PlainTextResponse("not authorized", 403)
        if file is None or file.content is None:
            return PlainTextResponse("file not found", 404)
        return Response(file.content, media_type="application/octet-stream")
