"""A page to watch the workspace in a browser and to act in it as any of its people."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox import people

from . import drawing
from bot.sandbox.fields import KEYS, LISTS, Json, NotAllowed, fields_of
from bot.sandbox.records import Channel, User
from bot.sandbox.stage import Stage

SHOWN = 200
DEFAULT_PERSON = "erik"

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")


class Page:
    """Draws the workspace as one person sees it, and does what is posted."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._style = STYLE.read_text("utf-8")
        self._script = SCRIPT.read_text("utf-8")

    def routes(self) -> list[Route]:
        return [Route("/", self.show, methods=["GET"]), Route("/act", self.act, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """The page, for the person `as` in `channel`; `said` is a complaint to show."""
        query = request.query_params
        try:
            user = self._stage.user(query.get("as", DEFAULT_PERSON))
            channel = self._stage.channel_seen_by(user, query.get("channel", "general"))
        except NotAllowed as problem:
            return HTMLResponse(f"<p>{escape(str(problem))} <a href='/'>Start again</a>", status_code=404)
        return HTMLResponse(self._draw(user, channel, said=query.get("said", "")))

    async def act(self, request: Request) -> Response:
        """Do what a form says, then show the page again."""
        pairs = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        posted = dict(pairs)
        who, here = posted.get("as", DEFAULT_PERSON), posted.get("here", "")
        said = ""
        try:
            user = self._stage.user(who)
            done = await people.do(self._stage, who, *self._meant(user, pairs))
            failed = done.get("error") or (done.get("text") if "field:" in str(pairs) else "")
            said = str(failed or "")
        except NotAllowed as problem:
            said = str(problem)
        back = {"as": who, "channel": here or posted.get("channel", "general")}
        if said:
            back["said"] = said
        return RedirectResponse(f"/?{urlencode(back)}", status_code=303)

    def _meant(self, user: User, pairs: list[tuple[str, str]]) -> tuple[str, Json]:
        """What a posted form means: an act of people, and its arguments."""
        posted = dict(pairs)
        if "press" in posted:
            return "click_in_view", {"action_id": posted["press"]}
        what = posted.get("what", "")
        if what == "submit":
            return what, {"values": self._values(user, pairs)}
        text = posted.get("text", "")
        if what == "say" and text.startswith("/"):
            command, _, rest = text.partition(" ")
            return "command", {"command": command, "text": rest, "channel": posted["channel"]}
        if what == "say":
            # What is typed into a browser is text alone; markup comes from the client.
            posted["text"] = escape(text, quote=False)
        return what, {name: value for name, value in posted.items() if name not in ("as", "what", "here")}

    def _values(self, user: User, pairs: list[tuple[str, str]]) -> Json:
        """The fields of the open form: lists where it takes several, None where nothing is chosen."""
        view = self._stage.ws.views.top(user.id)
        kinds = {field.action_id: field.kind for field in fields_of(view.payload["blocks"])} if view else {}
        given: dict[str, list[str]] = {action_id: [] for action_id, kind in kinds.items() if kind in KEYS}
        for name, value in pairs:
            if name.startswith("field:") and value:
                given.setdefault(name.removeprefix("field:"), []).append(value)
        return {
            action_id: found if kinds.get(action_id) in LISTS else (found[0] if found else None)
            for action_id, found in given.items()
        }

    def _draw(self, user: User, channel: Channel, *, said: str) -> str:
        view = self._stage.ws.views.top(user.id)
        form = drawing.form(self._stage.ws, view, viewer=user.id, here=channel.id) if view else ""
        complaint = f'<p id="said" role="alert">{escape(said)}</p>' if said else ""
        typed = drawing.hidden(**{"as": user.id, "channel": channel.id, "what": "say"})
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox workspace</title>'
            f"<style>{self._style}</style><body><nav>{self._people(user, channel)}<div id='channels'>"
            f"{self._channels(user, channel)}</div></nav><main><header id='about'>{self._about(channel)}</header>"
            f"{complaint}<div id='messages'>{self._messages(user, channel)}</div>"
            f'<footer><form method="post" action="/act">{typed}<input name="text" autofocus autocomplete="off" '
            f'placeholder="A message, or /ml-incident help"><button>Send</button></form></footer></main>{form}'
            f"<script>{self._script}</script>"
        )

    def _people(self, user: User, channel: Channel) -> str:
        options = "".join(
            f'<option value="{one.id}"{" selected" if one is user else ""}>{escape(one.real_name)}</option>'
            for one in self._stage.ws.users.values()
            if not one.deleted and not one.is_bot
        )
        kept = drawing.hidden(channel=channel.id if not channel.is_private else None)
        return f'<form>{kept}<select name="as" aria-label="You are" onchange="form.submit()">{options}</select></form>'

    def _channels(self, user: User, current: Channel) -> str:
        links = []
        for one in self._stage.ws.channels.values():
            if user.id not in one.members and (one.is_private or one.is_archived):
                continue
            name = "ml-incident (direct)" if one.is_im else f"{'🔒' if one.is_private else '#'}{one.name}"
            here = ' aria-current="page"' if one is current else ""
            query = urlencode({"as": user.id, "channel": one.id})
            links.append(f'<a href="/?{escape(query)}"{here}>{escape(name)}</a>')
        return "".join(links)

    def _about(self, channel: Channel) -> str:
        marks = " · ".join(str(one.get("title", "")) for one in channel.bookmarks.values())
        topic = self._stage.readable(channel.topic.value, None)
        parts = [f"<b>{escape(channel.name or 'ml-incident')}</b>", f"{len(channel.members)} people"]
        return " · ".join(parts + [escape(one) for one in (topic, marks) if one])

    def _messages(self, user: User, channel: Channel) -> str:
        """The last messages, replies under their parents, and what only this person sees."""
        ws = self._stage.ws
        shown = [*channel.messages.values()][-SHOWN:]
        mine = [one for one in ws.ephemerals if one.ephemeral_to == user.id and one.channel == channel.id]
        ordered = sorted([*shown, *mine], key=lambda one: (one.thread_ts or one.ts, one.ts))
        return "".join(drawing.message(ws, one, viewer=user.id) for one in ordered)
