"""The response URLs that the bot posts its answers to."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from .errors import SlackRefusal
from .faults import Faults
from .fields import Json
from .shown import respond
from .stage import Stage

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
        await self._faults.before("response_url", body)
        try:
            respond(self._stage, request.path_params["key"], body)
        except SlackRefusal as refusal:
            return PlainTextResponse(refusal.code, status_code=404 if refusal.code in GONE else 400)
        await self._faults.after("response_url", body)
        return PlainTextResponse("ok")


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
