"""The page's regions, each drawn by itself so that a change sends only what it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import groupby

from markupsafe import Markup

from bot.sandbox.fields import Json
from bot.sandbox.records import Channel, Message, User
from bot.sandbox.stage import Stage

from . import emoji
from .drawings import Drawings
from .eye import Eye
from .forms import draw_form, draw_home
from .look import Look
from .messages import element_id
from .templating import draw
from .unread import Unread

SHOWN = 60

Regions = dict[str, Markup]
Panel = Callable[[Look], Regions]


class Shell:
    """Draws what one Look sees."""

    def __init__(self, stage: Stage, *, panel: Panel, commands: list[Json]) -> None:
        self._stage = stage
        self._panel = panel
        self._commands = commands
        self._unread = Unread(stage.ws)
        self._drawings = Drawings()

    def whole(self, look: Look, *, said: str = "") -> str:
        """The whole page."""
        regions, orders = self.regions(look)
        return draw(
            "page.html",
            look=look,
            team=self._stage.ws.team_name,
            regions=regions,
            messages=[regions[one] for one in orders.get("messages", [])],
            earlier=self._earlier(look),
            replies=[regions[one] for one in orders.get("thread-messages", [])],
            said=said,
            place=self._stage.place(look.channel),
            member=look.user.id in look.channel.members and not look.channel.is_archived,
            completions=self._completions(look),
        )

    def regions(self, look: Look) -> tuple[Regions, dict[str, list[str]]]:
        """Every region by its id, and which messages stand in which list, in order."""
        if not (look.home or look.before):
            self._unread.mark(look.user, look.channel)
        eye = Eye(self._stage, look.user)
        orders: dict[str, list[str]] = {}
        found: Regions = {
            "sidebar": self._sidebar(look),
            "about": self._about(eye, look),
            "modal": self._modal(eye, look),
        }
        if look.home:
            found["messages"] = draw_home(eye, self._stage.ws.views.homes.get(look.user.id))
        else:
            orders["messages"] = self._list(eye, self._channel_messages(look), found, in_thread=False)
        if look.thread is not None:
            orders["thread-messages"] = self._list(eye, self._thread_messages(look), found, in_thread=True)
        found |= self._panel(look)
        regions = {name: versioned(name, html) for name, html in found.items()}
        # Its version is whether one may write here, and never what is written in it.
        return regions | {"composing": self._composing(look)}, orders

    def _composing(self, look: Look) -> Markup:
        """Where one writes, or the way in: whoever is brought into the channel may write at once."""
        member = look.user.id in look.channel.members
        standing = "archived" if look.channel.is_archived else "member" if member else "outside"
        return draw("composing.html", look=look, place=self._stage.place(look.channel), standing=standing)

    def _list(self, eye: Eye, said: list[Message], into: Regions, *, in_thread: bool) -> list[str]:
        names, day = [], ""
        for one, joined in _gathered(said):
            today = eye.day(one.ts)
            if today != day and not in_thread:
                day, name = today, eye.day_id(one.ts)
                into[name] = draw("day.html", id=name, day=day)
                names.append(name)
            name = element_id(one.ts, in_thread=in_thread)
            if len(joined) > 1:
                into[name] = draw(
                    "joined.html", eye=eye, id=name, ts=one.ts, who=eye.some_names([each.user for each in joined])
                )
            else:
                into[name] = self._drawings.message(eye, one, in_thread=in_thread)
            names.append(name)
        return names

    def _channel_messages(self, look: Look) -> list[Message]:
        """The last messages of the channel, or the last before a point, and what only this person sees."""
        channel, ws = look.channel, self._stage.ws
        roots = [ts for ts in channel.roots if ts < look.before] if look.before else channel.roots
        shown = [channel.messages[ts] for ts in roots[-SHOWN:] if ts in channel.messages]
        if look.before:
            return shown
        oldest = shown[0].ts if len(roots) > SHOWN else ""
        mine = [
            one
            for one in ws.ephemerals
            if one.ephemeral_to == look.user.id and one.channel == channel.id and one.ts > oldest
        ]
        return sorted([*shown, *mine], key=lambda one: one.ts)

    def _earlier(self, look: Look) -> str:
        """Where the messages before those shown are; empty when there are none."""
        roots = [ts for ts in look.channel.roots if not look.before or ts < look.before]
        return look.address(before=roots[-SHOWN]) if len(roots) > SHOWN and not look.home else ""

    def _thread_messages(self, look: Look) -> list[Message]:
        if look.thread is None:
            return []
        replies = [look.channel.messages[ts] for ts in look.thread.replies if ts in look.channel.messages]
        return [look.thread, *replies]

    def _modal(self, eye: Eye, look: Look) -> Markup:
        stage = self._stage
        stack = stage.ws.views.stacks.get(look.user.id) or []
        if not stack:
            return Markup('<div id="modal" hidden></div>')
        view = stack[-1]
        complaints = stage.complaints.get(view.id, {})
        return draw_form(
            eye, view, here=look.channel.id, depth=len(stack), complaints=complaints, trouble=complaints.get("", "")
        )

    def _sidebar(self, look: Look) -> Markup:
        ws = self._stage.ws
        people = sorted(
            (one for one in ws.users.values() if not one.deleted and not one.is_bot), key=lambda one: one.real_name
        )
        return draw(
            "sidebar.html",
            look=look,
            team=ws.team_name,
            people=people,
            now=Eye(self._stage, look.user).local_time(look.user),
            channels=[self._link(look, one) for one in self._seen(look.user) if not one.is_im],
            direct=[self._link(look, one) for one in self._seen(look.user) if one.is_im],
            app=ws.bot.name,
            app_id=ws.bot.user_id,
            has_home=look.user.id in ws.views.homes,
        )

    def _seen(self, user: User) -> Iterator[Channel]:
        for channel in self._stage.ws.channels.values():
            if user.id in channel.members or not (channel.is_private or channel.is_archived):
                yield channel

    def _link(self, look: Look, channel: Channel) -> Json:
        member = look.user.id in channel.members
        waiting = self._unread.waiting(look.user, channel) if member else None
        return {
            "id": channel.id,
            "name": channel.name or self._stage.ws.bot.name,
            "private": channel.is_private,
            "here": channel is look.channel and not look.home,
            "member": member,
            "unread": waiting.messages if waiting else 0,
            "mentions": waiting.mentions if waiting else 0,
            "address": look.address(channel=channel.id, thread="", home=""),
        }

    def _about(self, eye: Eye, look: Look) -> Markup:
        ws, channel = self._stage.ws, look.channel
        members = [ws.users[one] for one in channel.members if one in ws.users]
        pinned = [channel.messages[ts] for ts in channel.pins if ts in channel.messages]
        return draw(
            "about.html",
            eye=eye,
            look=look,
            channel=channel,
            name=channel.name or ws.bot.name,
            members=sorted(members, key=lambda one: (one.is_bot, one.real_name)),
            member=look.user.id in channel.members,
            bookmarks=list(channel.bookmarks.values()),
            pinned=[(one, element_id(one.ts, in_thread=False), self._first_words(eye, one)) for one in pinned],
        )

    def _first_words(self, eye: Eye, one: Message) -> str:
        words = eye.heard(one.text.strip().split("\n")[0]) or "a message"
        return f"{eye.name(one.user)}: {words[:90]}"

    def _completions(self, look: Look) -> Json:
        ws = self._stage.ws
        return {
            "commands": self._commands,
            "people": [
                {"name": one.name, "text": one.real_name, "title": one.title}
                for one in ws.users.values()
                if not one.deleted
            ],
            "channels": [one.name for one in self._seen(look.user) if not one.is_im],
            "emoji": [{"name": name, "char": char} for name, char in emoji.NAMES.items()],
        }


def _gathered(said: list[Message]) -> Iterator[tuple[Message, list[Message]]]:
    """The messages, those in a row that only say who joined as one: the first, with all of them."""
    for joining, run in groupby(said, key=lambda one: one.subtype == "channel_join"):
        together = list(run)
        if joining:
            yield together[0], together
        else:
            yield from ((one, [one]) for one in together)


def versioned(name: str, html: Markup) -> Markup:
    """The region with a mark by which the page knows whether it changed."""
    mark = blake2b(html.encode(), digest_size=6).hexdigest()
    return Markup(str(html).replace(f'id="{name}"', f'id="{name}" data-v="{mark}"', 1))  # noqa: S704 -- drawn by a template
