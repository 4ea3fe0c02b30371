"""The response URLs that the bot posts its answers to."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .errors import SlackRefusal
from .faults import Faults
from .fields import Json
from .shown import respond
from .stage import Stage

METHOD = "response_url"
GONE = ("expired_url", "used_url")


class Hooks:
    """Takes what is posted to a response URL, through the same faults as the Web API (method `response_url`)."""

    def __init__(self, stage: Stage, faults: Faults) -> None:
        self._stage = stage
        self._faults = faults

    async def take(self, request: Request) -> Response:
        """Slack answers in plain words: `ok`, or what was wrong."""
        body = _read(await request.body())
        if body is None:
            return PlainTextResponse("invalid_payload", status_code=400)
        record, began = self._record(body), time.perf_counter()
        try:
            await self._faults.before(METHOD, body)
            error = self._do(request.path_params["key"], body)
            record.update(ok=not error, error=error or None)
            await self._faults.after(METHOD, body)
        finally:
            record["ms"] = round((time.perf_counter() - began) * 1000, 3)
        if error:
            return PlainTextResponse(error, status_code=404 if error in GONE else 400)
        return PlainTextResponse("ok")

    def _do(self, key: str, body: Json) -> str:
        """Slack's word for what was wrong, or nothing."""
        try:
            respond(self._stage, key, body)
        except SlackRefusal as refusal:
            return refusal.code
        return ""

    def _record(self, body: Json) -> Json:
        """A line among the Web API calls, in their shape."""
        calls = self._stage.ws.calls
        record = {"n": calls[-1]["n"] + 1 if calls else 1, "method": METHOD, "args": body, "at": time.time()}
        calls.append(record | {"ms": None, "ok": None, "error": None})
        return calls[-1]


def _read(raw: bytes) -> Json | None:
    """The JSON object that was posted, bare or as the form field `payload`."""
    text = raw.decode("utf-8", "replace")
    try:
        if text.startswith("payload="):
            text = parse_qs(text)["payload"][0]
        body = json.loads(text)
    except (ValueError, KeyError):
        return None
    return body if isinstance(body, dict) else None
