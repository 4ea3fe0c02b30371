"""One person's eye: what templates ask for, so that everything is drawn as this reader sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from bot.sandbox.fields import KEYS, Field, Json, options_of
from bot.sandbox.interactivity import value_of
from bot.sandbox.readable import blocks_lines
from bot.sandbox.records import File, User
from bot.sandbox.stage import Stage

from . import dates, emoji
from .mentions import harmless, link, mention, source
from .mrkdwn import plain_html, to_html
from .sources import prose
from .unknown import words_in

PREVIEWED = 60_000
NAMED = 4
PEOPLE = ("users_select", "multi_users_select")
PLACES = ("channels_select", "conversations_select", "multi_channels_select", "multi_conversations_select")


@dataclass(frozen=True)
class Eye:
    """The workspace as `viewer` reads it."""

    stage: Stage
    viewer: User

    def words(self, text: Json | str | None) -> Markup:
        """A text object of either kind, or bare mrkdwn."""
        if text is None:
            return Markup()
        if isinstance(text, str):
            return to_html(self.stage.ws, text, viewer=self.viewer)
        if text.get("type") == "plain_text":
            return plain_html(text["text"])
        return to_html(self.stage.ws, text["text"], viewer=self.viewer)

    def lines_of(self, text: str) -> Markup:
        """Bare text with its line ends."""
        return Markup("<br>").join(text.split("\n"))

    def link(self, url: str, label: str) -> Markup:
        return link(url, label)

    def address(self, url: str) -> str:
        """Where a link button leads; nowhere, when that might be harmful."""
        return url if harmless(url) else "#"

    def picture(self, one: Json) -> str | None:
        """Where the page gets an image: a file of the workspace. From elsewhere nothing is fetched."""
        slack_file = one.get("slack_file") or {}
        file = self.stage.ws.files.get(str(slack_file.get("id")))
        if file is not None:
            return f"/files/{file.id}"
        url = str(one.get("image_url") or "")
        return url if url.startswith((f"{self.stage.ws.base_url}/", "data:image/png;base64,")) else None

    def local_input(self, seconds: str) -> str:
        """A moment as a date and time field holds it."""
        return f"{dates.local(float(seconds), self.viewer):%Y-%m-%dT%H:%M}"

    def typed(self, held: list[Json]) -> str:
        """The words in a field that is typed into."""
        return str(held[0]["text"]) if held else ""

    def mention(self, inside: str) -> Markup:
        """A mention written as in `<...>`."""
        return mention(self.stage.ws, inside, viewer=self.viewer)

    def emoji(self, name: str) -> str:
        return emoji.character(name)

    def clock(self, ts: float | str) -> Markup:
        return dates.clock(float(ts), self.viewer)

    def local_clock(self, ts: float | str) -> str:
        return f"{dates.local(float(ts), self.viewer):%H:%M}"

    def source(self, text: str) -> str:
        """A message of one's own as one typed it: people by their handles, so that they are mentioned again."""
        return source(self.stage.ws, text)

    def heard(self, text: str) -> str:
        """Bare mrkdwn as this reader would read it out: no markup, and nothing that only others may know."""
        return Markup(str(self.words(text)).replace("<br>", " ")).striptags()  # noqa: S704 -- ours, and made text again

    def day(self, ts: float | str) -> str:
        return dates.day(float(ts), now=self.stage.ws.now(), viewer=self.viewer)

    def day_before(self, ts: float | str) -> str:
        """The day and a space, to stand before a time of day; nothing for today's."""
        day = self.day(ts)
        return "" if day == "Today" else f"{day.replace('Yesterday', 'yesterday')} "

    def day_id(self, ts: float | str) -> str:
        """The id of a day's heading."""
        return f"{dates.local(float(ts), self.viewer):d-%Y-%m-%d}"

    def local_time(self, user: User) -> str:
        """What the clock says where somebody is."""
        return f"{dates.local(self.stage.ws.now(), user):%H:%M}"

    def name(self, user_id: str) -> str:
        user = self.stage.ws.users.get(user_id)
        return user.real_name if user else "Slackbot"

    def names(self, user_ids: list[str]) -> str:
        return ", ".join("you" if one == self.viewer.id else self.name(one) for one in user_ids)

    def some_names(self, user_ids: list[str]) -> str:
        """The first names of a long list, and how many there are besides."""
        if len(user_ids) <= NAMED:
            return self.names(user_ids)
        return f"{self.names(user_ids[: NAMED - 1])} and {len(user_ids) - NAMED + 1} others"

    def file(self, file_id: str) -> File | None:
        return self.stage.ws.files.get(file_id)

    def file_text(self, file: File) -> str | None:
        """The beginning of a text file; None for what is no text."""
        if file.content is None:
            return None
        try:
            text = file.content.decode("utf-8")
        except UnicodeDecodeError:
            return None
        return text if len(text) <= PREVIEWED else text[:PREVIEWED] + "\n…"

    def lines(self, part: Json) -> list[str]:
        """A part that has no drawing of its own, as readable lines."""
        return list(words_in(part)) or [f"[{str(part.get('type', 'something')).replace('_', ' ')}]"]

    def markdown(self, text: str) -> Markup:
        return prose(text, ours=False)

    def holds_value(self, element: Json) -> bool:
        """Whether something can be typed or chosen in it."""
        return element["type"] in KEYS

    def called(self, block: Json, element: Json) -> str:
        """What a control is called where it stands without a label: by its hint, or by the words beside it."""
        beside = block.get("label") or block.get("text") or {}
        hint = str((element.get("placeholder") or {}).get("text", ""))
        return hint or self.heard(str(beside.get("text", "")))[:80] or "Choose"

    def pressed(self, element: Json, **what: str | None) -> str:
        """What a button in a form posts when its action id alone does not tell which it is."""
        return json.dumps({"action_id": element.get("action_id", "")} | what)

    def groups(self, element: Json) -> list[tuple[str, list[Json]]]:
        """What a menu offers, by the headings that it stands under; most have none."""
        named = element.get("option_groups") or []
        if not named:
            return [("", self.options(element))]
        return [(one["label"]["text"], [_offered(each) for each in one["options"]]) for one in named]

    def options(self, element: Json) -> list[Json]:
        """What a menu offers without typing: its options, people, places or files; each with value and words."""
        ws, kind = self.stage.ws, element["type"]
        if kind in PEOPLE:
            users = [one for one in ws.users.values() if not one.deleted and not one.is_bot]
            return [{"value": one.id, "text": one.real_name, "description": one.title} for one in users]
        if kind in PLACES:
            seen = [one for one in ws.channels.values() if self.viewer.id in one.members and not one.is_im]
            return [{"value": one.id, "text": f"#{one.name}", "description": ""} for one in seen]
        if kind == "file_input":
            mine = [one for one in ws.files.values() if one.user == self.viewer.id]
            return [{"value": one.id, "text": one.title or one.name, "description": ""} for one in mine]
        return [_offered(one) for one in options_of(element)]

    def held(self, block: Json, element: Json, values: Json) -> list[Json]:
        """What a field holds now, as options with value and words; typed text has both the same."""
        value = value_of(Field(block=block, element=element), values)
        listed = value if isinstance(value, list) else [value]
        return [self._option(one) for one in listed if one not in (None, "")]

    def _option(self, value: Any) -> Json:
        if isinstance(value, dict):
            if value.get("type") == "rich_text":
                return {"value": "", "text": "\n".join(line for line in blocks_lines(self.stage.ws, [value]) if line)}
            words = value.get("text") or {}
            text = words.get("text", "") if isinstance(words, dict) else ""
            return {"value": value.get("value") or text, "text": text}
        return {"value": str(value), "text": str(value)}

    def chosen(self, ts: str) -> Json:
        """What this person chose in the menus of a message."""
        return self.stage.chosen.get((self.viewer.id, ts), {})

    def confirm(self, element: Json) -> str | None:
        """The question before something is done, for the page's script."""
        asked = element.get("confirm")
        if not asked:
            return None
        words = {name: asked[name]["text"] for name in ("title", "text", "confirm", "deny") if name in asked}
        return json.dumps(words | {"style": asked.get("style", "primary")})


def _offered(option: Json) -> Json:
    """An option with its words; without a value it is known by them, as when it is chosen."""
    text = option["text"]["text"]
    described = option.get("description") or {}
    return {"value": option.get("value") or text, "text": text, "description": described.get("text", "")}
