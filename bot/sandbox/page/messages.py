"""One message as a reader sees it: who said it, its blocks, files and reactions, and what can be done with it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from markupsafe import Markup

from bot.sandbox.fields import Json
from bot.sandbox.records import File, Message

from .emoji import OFFERED
from .eye import Eye
from .sources import prose
from .templating import draw

QUIET = ("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive")
TINTS = 8
PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
DELETE_QUESTION = json.dumps(
    {
        "title": "Delete it?",
        "text": "It is gone for everybody.",
        "confirm": "Delete",
        "deny": "Keep it",
        "style": "danger",
    }
)


def element_id(ts: str, *, in_thread: bool) -> str:
    """The id that a message has on the page."""
    return f"{'t' if in_thread else 'm'}-{ts.replace('.', '-')}"


def draw_message(eye: Eye, one: Message, *, in_thread: bool = False) -> Markup:
    """A message, in the channel or in the pane of its thread."""
    ws, viewer = eye.stage.ws, eye.viewer
    channel, author = ws.channels[one.channel], ws.users.get(one.user)
    name = one.username or (author.real_name if author else "Slackbot")
    where = {"as": viewer.id, "channel": one.channel, "ts": one.ts, "what": "click"}
    about = {"as": viewer.id, "channel": one.channel, "ts": one.ts}
    return draw(
        "message.html",
        eye=eye,
        one=one,
        id=element_id(one.ts, in_thread=in_thread),
        in_thread=in_thread,
        author=name,
        app=one.by_bot,
        title=author.title if author else "",
        tint=sum(map(ord, one.user)) % TINTS,
        initials="".join(word[0] for word in name.replace("-", " ").split()[:2]).upper(),
        system=_system(eye, one),
        pinned=one.ts in channel.pins,
        member=viewer.id in channel.members,
        mine=one.user == viewer.id and not one.by_bot,
        where=where,
        about=about,
        chosen=eye.chosen(one.ts),
        files=[_file(eye, found) for file_id in one.files if (found := eye.file(file_id))],
        size=_size,
        reactions=[_reaction(eye, emoji, who) for emoji, who in one.reactions.items() if who],
        replies=len(one.replies),
        last_reply=one.replies[-1] if one.replies else "",
        thread="/?" + urlencode({"as": viewer.id, "channel": one.channel, "thread": one.thread_ts or one.ts}),
        offered=OFFERED,
        delete_question=DELETE_QUESTION,
    )


def _system(eye: Eye, one: Message) -> Markup | None:
    """What Slack itself says in a channel, without the name it begins with."""
    if one.subtype not in QUIET:
        return None
    return eye.words(one.text.removeprefix(f"<@{one.user}>").strip())


def _reaction(eye: Eye, name: str, who: list[str]) -> Json:
    return {"name": name, "count": len(who), "mine": eye.viewer.id in who, "who": eye.names(who)}


def _file(eye: Eye, file: File) -> Json:
    picture = picture_type(file.name) is not None
    text = None if picture else eye.file_text(file)
    shown = {"id": file.id, "name": file.name, "title": file.title, "alt_txt": file.alt_txt, "length": file.length}
    drawn = prose(text, ours=False) if text is not None and file.name.lower().endswith(".md") else None
    return shown | {"picture": picture, "text": text, "prose": drawn}


def picture_type(name: str) -> str | None:
    """The media type of a picture's file; None for others."""
    return next((kind for ending, kind in PICTURES.items() if name.lower().endswith(ending)), None)


def _size(file: Json) -> str:
    length = int(file["length"])
    return f"{length} bytes" if length < 1000 else f"{length / 1000:.1f} kB"
