"""What the workspace holds: people, channels, messages, files and views, as plain records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Bot:
    """The one app that is installed in the workspace, and what it may do."""

    user_id: str
    bot_id: str
    app_id: str
    team_id: str
    name: str
    token: str
    app_token: str
    signing_secret: str
    scopes: set[str]
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})


@dataclass(slots=True)
class User:
    """A member of the workspace; `name` is the handle, `real_name` what people read."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str
    title: str = ""
    deleted: bool = False
    is_bot: bool = False
    guest: str = ""
    """Of "one" channel or of "many"; empty for those who work here."""
    updated: int = 0
    home_opened: bool = False


@dataclass(slots=True)
class Usergroup:
    """A group of people with a handle of its own."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False
    created: int = 0


@dataclass(slots=True)
class Note:
    """A channel's topic or purpose."""

    value: str = ""
    creator: str = ""
    last_set: int = 0


@dataclass(slots=True)
class Message:
    """One message; `blocks` and `metadata` are replaced by an edit, never changed in place."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    attachments: list[Json] | None = None
    files: list[str] = field(default_factory=list)
    subtype: str | None = None
    by_bot: bool = False
    username: str | None = None
    icon: Json | None = None
    topic: str | None = None
    inviter: str | None = None
    broadcast: bool = False
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    ephemeral_to: str | None = None


@dataclass(slots=True)
class Channel:
    """A conversation of any kind with all that was said in it.

    `roots` are the timestamps that `conversations.history` shows, in order; replies live in their parent's `replies`.
    """

    id: str
    name: str
    created: int
    creator: str
    is_private: bool = False
    is_im: bool = False
    is_mpim: bool = False
    is_general: bool = False
    is_archived: bool = False
    im_with: str = ""
    topic: Note = field(default_factory=Note)
    purpose: Note = field(default_factory=Note)
    previous_names: list[str] = field(default_factory=list)
    members: dict[str, None] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    pins: dict[str, Json] = field(default_factory=dict)
    bookmarks: dict[str, Json] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Slack's word in `types` arguments: public_channel, private_channel, mpim or im."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "private_channel" if self.is_private else "public_channel"

    @property
    def channel_type(self) -> str:
        """Slack's word in message events: channel, group, mpim or im."""
        return {"im": "im", "mpim": "mpim", "private_channel": "group"}.get(self.kind, "channel")


@dataclass(slots=True)
class File:
    """An uploaded file; `shares` says where it was posted: channel id and message ts."""

    id: str
    name: str
    title: str
    user: str
    created: int
    length: int
    snippet_type: str = ""
    alt_txt: str = ""
    content: bytes | None = None
    completed: bool = False
    shares: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """A modal that is open, or a person's Home tab; `payload` is what the app sent, with every id filled in."""

    id: str
    user_id: str
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    state: Json = field(default_factory=dict)
