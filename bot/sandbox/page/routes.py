"""What the browser asks for: the page, its stream, its files, and what people do on it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from bot.sandbox import people
from bot.sandbox.changes import Changes
from bot.sandbox.fields import NotAllowed
from bot.sandbox.stage import Stage

from .acts import Outcome, act
from .live import Live
from .look import elsewhere, look_at
from .messages import picture_type
from .requests import posted, same_site, wants_json
from .shell import Shell
from .sources import Sources
from .templating import draw

STATIC = Path(str(files("bot.sandbox.page"))) / "static"
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page:
    """The page over one stage."""

    def __init__(self, stage: Stage, changes: Changes, *, shell: Shell, sources: Sources) -> None:
        self._stage = stage
        self._shell = shell
        self._sources = sources
        self.live = Live(stage, shell, changes)

    def routes(self) -> list[Route]:
        """What Starlette is to serve."""
        return [
            Route("/", self.show, methods=["GET"]),
            Route("/live", self.stream, methods=["GET"]),
            Route("/act", self.act, methods=["POST"]),
            Route("/suggest", self.suggest, methods=["POST"]),
            Route("/static/{name}", self.static, methods=["GET"]),
            Route("/files/{file}", self.file, methods=["GET"]),
            Route("/source/{path:path}", self.source, methods=["GET"]),
            Route("/favicon.ico", self.icon, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page that the address asks for; `said` is a complaint to show."""
        try:
            look = look_at(self._stage, request.query_params)
        except NotAllowed as problem:
            lost = draw("lost.html", problem=str(problem), back=elsewhere(self._stage, request.query_params))
            return HTMLResponse(lost, status_code=404, headers=HEADERS)
        return HTMLResponse(self._shell.whole(look, said=request.query_params.get("said", "")), headers=HEADERS)

    async def stream(self, request: Request) -> Response:
        """Server-sent events: what changes on this page."""
        stream = self.live.stream(dict(request.query_params))
        return StreamingResponse(stream, media_type="text/event-stream", headers=HEADERS)

    async def act(self, request: Request) -> Response:
        """Do what a form says; then the page again, or for the page's script how it went."""
        if not same_site(request):
            return _only_words("only this page may do that", status=403)
        pairs = await posted(request)
        outcome = await act(self._stage, pairs)
        if wants_json(request):
            return JSONResponse({"ok": not outcome.said, "said": outcome.said}, headers=HEADERS)
        return RedirectResponse(_back(dict(pairs).get("as", ""), outcome), status_code=303)

    async def suggest(self, request: Request) -> Response:
        """What a menu offers for the letters that were typed."""
        if not same_site(request):
            return _only_words("only this page may do that", status=403)
        form = dict(await posted(request))
        args = {"action_id": form.get("action_id", ""), "query": form.get("query", ""), "ts": form.get("ts") or None}
        try:
            found = await people.do(self._stage, form.get("as", ""), "suggest", args)
        except NotAllowed as problem:
            return JSONResponse({"error": str(problem)}, headers=HEADERS)
        options = [{"value": one["value"], "text": one["text"]["text"]} for one in found["options"]]
        return JSONResponse({"options": options}, headers=HEADERS)

    async def static(self, request: Request) -> Response:
        """The page's own style and script."""
        path = STATIC / request.path_params["name"]
        if path.parent != STATIC or not path.is_file() or path.suffix not in KINDS:
            return _only_words("not here", status=404)
        headers = HEADERS | {"Cache-Control": "no-cache"}
        return Response(path.read_bytes(), media_type=f"{KINDS[path.suffix]}; charset=utf-8", headers=headers)

    async def icon(self, _: Request) -> Response:
        return Response((STATIC / "icon.svg").read_bytes(), media_type="image/svg+xml", headers=HEADERS)

    async def file(self, request: Request) -> Response:
        """A file that was uploaded to the workspace."""
        file = self._stage.ws.files.get(request.path_params["file"])
        if file is None or file.content is None:
            return _only_words("there is no such file", status=404)
        kind = picture_type(file.name) or "text/plain; charset=utf-8"
        return Response(file.content, media_type=kind, headers=HEADERS | {"Content-Disposition": "inline"})

    async def source(self, request: Request) -> Response:
        """A page of the docs, or a file of the code, that an explanation points at."""
        shown = self._sources.page(request.path_params["path"])
        if shown is None:
            return _only_words("that is not among what can be read here", status=404)
        return HTMLResponse(shown, headers=HEADERS)


def _only_words(words: str, *, status: int) -> Response:
    return PlainTextResponse(words, status_code=status, headers=HEADERS)


def _back(who: str, outcome: Outcome) -> str:
    parts = {"as": who, "channel": outcome.channel, "thread": outcome.thread, "said": outcome.said}
    if outcome.home:
        parts["home"] = "1"
    return "/?" + urlencode({name: value for name, value in parts.items() if value})
