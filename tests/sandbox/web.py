"""The Web API of a fresh workspace, called over ASGI with real HTTP requests; no server, so that walks are quick."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.sandbox.faults import Faults
from bot.sandbox.webapi import WebApi
from bot.sandbox.workspace import Workspace, open_workspace

Json = dict[str, Any]
GENERAL, PAYMENTS = "C01GENERAL", "C04PAYMENT"
ANA, LEE, MAYA, SAM = "U01ANAMOR", "U02LEEOKA", "U05MAYLIN", "U19SAMDOY"


class Web:
    """A workspace of its own, and the bot's way to call it."""

    def __init__(self) -> None:
        self.ws: Workspace = open_workspace()
        self.faults = Faults()
        self.events: list[Json] = []
        self.ws.listeners.append(self.events.append)
        self._runner = asyncio.Runner()
        app = Starlette(routes=WebApi(self.ws, self.faults).routes())
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sandbox")

    def close(self) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def request(self, verb: str, path: str, **how: Any) -> httpx.Response:
        return self._runner.run(self._http.request(verb, path, **how))

    def call(self, method: str, /, *, bearer: str | None = None, **args: Any) -> Json:
        """One call as Slack's SDK makes it: a form, in which structures are JSON and booleans 1 or 0."""
        form = {name: _as_form(value) for name, value in args.items() if value is not None}
        known = self.ws.bot.app_token if method == "apps.connections.open" else self.ws.bot.token
        headers = {"Authorization": f"Bearer {bearer or known}"}
        answer: Json = self.request("POST", f"/api/{method}", data=form, headers=headers).json()
        return answer

    def call_json(self, method: str, body: Any, *, content_type: str = "application/json; charset=utf-8") -> Json:
        """One call with a JSON body."""
        headers = {"Authorization": f"Bearer {self.ws.bot.token}", "Content-Type": content_type}
        answer: Json = self.request("POST", f"/api/{method}", content=json.dumps(body), headers=headers).json()
        return answer

    def ok(self, method: str, /, **args: Any) -> Json:
        """A call that has to be answered with ok."""
        answer = self.call(method, **args)
        assert answer["ok"], answer
        return answer

    def refusal(self, method: str, /, **args: Any) -> str:
        """The error of a call that has to be refused."""
        answer = self.call(method, **args)
        assert answer["ok"] is False, answer
        error: str = answer["error"]
        return error

    def channel(self, name: str = "inc-1-fraud", **more: Any) -> str:
        """A channel that the bot creates."""
        channel_id: str = self.ok("conversations.create", name=name, **more)["channel"]["id"]
        return channel_id

    def post(self, channel: str = GENERAL, text: str = "hello", **more: Any) -> str:
        """A message of the bot's."""
        ts: str = self.ok("chat.postMessage", channel=channel, text=text, **more)["ts"]
        return ts

    def upload(self, content: bytes = b"# Review") -> str:
        """A file whose bytes have arrived, not completed."""
        reserved = self.ok("files.getUploadURLExternal", filename="review.md", length=len(content))
        assert self.request("POST", reserved["upload_url"], content=content).status_code == 200
        file_id: str = reserved["file_id"]
        return file_id


def _as_form(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else json.dumps(value)


def text(words: str, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": words}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": text("Open"), "blocks": list(blocks) or [{"type": "divider"}], **more}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [{"type": "divider"}], **more}
