"""The side panel: the story, the clock, what can be broken, who leaves, and what just happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.sandbox import people
from bot.sandbox.backstage import Backstage
from bot.sandbox.changes import Changes
from bot.sandbox.explaining import Explaining
from bot.sandbox.faults import Faults
from bot.sandbox.fields import Json, NotAllowed
from bot.sandbox.guide import Guide
from bot.sandbox.records import User
from bot.sandbox.stage import Stage

from . import dates
from .eye import Eye
from .look import Look
from .requests import posted, same_site, wants_json
from .shell import Regions
from .templating import draw

JUMPS = {"900": "+15 minutes", "3600": "+1 hour", "86400": "+1 day"}
LONGEST_JUMP_S = 400 * 86400
SWITCHES = {
    "limited": ("Too many requests", "Slack answers every call with 429."),
    "slow": ("Slow", "Every call takes three seconds."),
    "down": ("Down", "Every call is answered with 502."),
    "lost": ("Answers lost", "Calls are done, but no answer comes back."),
}


class Panel:
    """Draws the panel's regions, and does what is pressed in it."""

    def __init__(self, stage: Stage, faults: Faults, backstage: Backstage, guide: Guide, changes: Changes) -> None:
        self._stage = stage
        self._faults = faults
        self._backstage = backstage
        self._guide = guide
        self._changes = changes
        self._explaining = Explaining(stage, backstage, guide.explained)

    def routes(self) -> list[Route]:
        """What Starlette is to serve."""
        return [Route("/panel", self.press, methods=["POST"])]

    def regions(self, look: Look) -> Regions:
        """The regions by their ids."""
        eye, back, now = Eye(self._stage, look.user), look.address(), self._stage.ws.now()
        return {
            "story": draw("panel_story.html", scene=self._scene(), back=back),
            "clock": draw(
                "panel_clock.html",
                day=eye.day(now),
                date=f"{dates.local(now, look.user):%-d %B %Y}",
                time=eye.local_clock(now),
                zone=look.user.tz,
                jumps=JUMPS,
                monday=self._guide.zone,
                back=back,
            ),
            "switches": draw(
                "panel_switches.html",
                switches=SWITCHES,
                standing=self._faults.standing,
                report=self._backstage.report if self._backstage.manned else None,
                bot=self._bot(),
                back=back,
            ),
            "people": draw("panel_people.html", people=self._who_may_leave(look), back=back),
            "happened": draw(
                "panel_happened.html",
                happened=self._explaining.newest_first(),
                eye=eye,
                sources=self._guide.sources,
                explains=bool(self._guide.explained),
            ),
        }

    def _who_may_leave(self, look: Look) -> list[User]:
        """Everybody but whoever the reader acts as."""
        there = (one for one in self._stage.ws.users.values() if not one.deleted and not one.is_bot)
        return sorted((one for one in there if one.id != look.user.id), key=lambda one: one.real_name)

    def _bot(self) -> str:
        """How the bot is reached, where nobody reports how it is."""
        transport = self._stage.transport
        if transport.sockets.connected:
            return "A bot is connected."
        return "Events go to a bot by signed requests." if transport.http.url else "No bot is connected."

    def _scene(self) -> Json | None:
        """The story's scene, with an address where it has to be looked at."""
        scene = self._backstage.scene
        if not scene or not self._backstage.manned:
            return None
        return scene | {
            "address": _address(scene),
            "tries": [one | {"address": _address(one)} for one in scene.get("tries", [])],
        }

    async def press(self, request: Request) -> Response:
        """Do what was pressed, then the page again, or for its script how it went."""
        if not same_site(request):
            return Response("only this page may do that", status_code=403)
        form = dict(await posted(request))
        said = ""
        try:
            await self._do[form.get("what", "")](self, form)
        except KeyError:
            said = "there is nothing like that to press"
        except (NotAllowed, ValueError) as problem:
            said = str(problem)
        self._changes.bump()
        if wants_json(request):
            return JSONResponse({"ok": not said, "said": said})
        back = form.get("back", "/")
        # Back to a page of ours, never to an address that somebody else put there.
        parts = urlsplit(back)
        safe = back if back.startswith("/?") and not parts.netloc else "/"
        if said:
            safe += ("&" if "?" in safe else "?") + urlencode({"said": said})
        return RedirectResponse(safe, status_code=303)

    async def _advance(self, form: Json) -> None:
        seconds = self._until_monday() if form.get("until") == "monday" else _seconds(form["seconds"])
        if not 0 < seconds <= LONGEST_JUMP_S:
            raise NotAllowed("time passes forwards here, and by a year at most")
        self._stage.ws.clock_offset += seconds

    def _until_monday(self) -> float:
        now = datetime.fromtimestamp(self._stage.ws.now(), ZoneInfo(self._guide.zone))
        monday = (now + timedelta(days=-now.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
        ahead = monday if monday > now else monday + timedelta(days=7)
        # Within one zone datetimes subtract as the clock on the wall shows them, an hour off after a change of it.
        return (ahead.astimezone(UTC) - now.astimezone(UTC)).total_seconds()

    async def _fault(self, form: Json) -> None:
        on = form.get("on") == "1"
        self._faults.stand(str(form.get("name")), on=on)
        self._explaining.note("fault", name=str(form.get("name")), what="on" if on else "off")

    async def _leave(self, form: Json) -> None:
        await people.do(self._stage, str(form.get("who")), "leave_company", {})

    async def _wish(self, form: Json) -> None:
        self._backstage.wish(str(form.get("wish")))

    _do: dict[str, Callable[[Panel, Json], Awaitable[None]]] = {  # noqa: RUF012 -- a table of methods
        "advance": _advance,
        "fault": _fault,
        "leave": _leave,
        "backstage": _wish,
        "story": _wish,
    }


def _seconds(told: str) -> float:
    try:
        return float(told)
    except ValueError:
        raise NotAllowed("time passes by a number of seconds") from None


def _address(place: Json) -> str:
    parts = {name: place.get(name) for name in ("as", "channel", "thread", "text")}
    return "/?" + urlencode({name: str(value) for name, value in parts.items() if value})
