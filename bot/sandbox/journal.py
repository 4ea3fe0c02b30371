"""The workspace as its people lived it: a line for everything that they saw and did, in time order."""

from __future__ import annotations

from datetime import UTC, datetime

from .fields import Json
from .readable import blocks_lines, message_text, shown_text
from .records import Channel, Message, View
from .workspace import Workspace

QUIET = ("channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive")


class Journal:
    """Listens to the workspace, and looks up what causes no event: ephemeral messages, forms, bookmarks."""

    def __init__(self, ws: Workspace) -> None:
        self.lines: list[str] = []
        self._ws = ws
        self._ephemerals = 0
        self._views: dict[str, str] = {}
        self._bookmarks: set[str] = set()
        ws.listeners.append(self.hear)

    def note(self, who: str, what: str) -> None:
        """Write down what a person did."""
        self.catch_up()
        self._write(f"{self._name(who)} {what}")

    def hear(self, event: Json) -> None:
        """Write down an event of the workspace that people notice."""
        self._hear_ephemerals()
        match event["type"]:
            case "message":
                self._message(event)
            case "reaction_added":
                self._write(f"{self._place(event)} {self._name(event['user'])} reacts :{event['reaction']}:")
            case "reaction_removed":
                self._write(f"{self._place(event)} {self._name(event['user'])} takes back :{event['reaction']}:")
            case "pin_added":
                self._write(f"{self._place(event)} {self._name(event['user'])} pins a message")
            case _:
                pass  # what else happens is seen as a message too, or not at all

    def catch_up(self) -> None:
        """Write down what has appeared without an event since the last look."""
        self._hear_ephemerals()
        ws = self._ws
        open_views = [view for stack in ws.views.stacks.values() for view in stack]
        for view in [*open_views, *ws.views.homes.values()]:
            if self._views.get(view.id) != view.hash:
                self._views[view.id] = view.hash
                self._view(view)
        for channel in ws.channels.values():
            for bookmark_id, bookmark in channel.bookmarks.items():
                if bookmark_id not in self._bookmarks:
                    self._bookmarks.add(bookmark_id)
                    self._write(f"{self._channel(channel)} bookmark: {bookmark.get('title', '')}")

    def forget_ephemeral(self) -> None:
        """One of the ephemeral messages that were written down is gone."""
        self._ephemerals -= 1

    def _hear_ephemerals(self) -> None:
        shown = self._ws.ephemerals
        for message in shown[min(self._ephemerals, len(shown)) :]:
            place = self._channel(self._ws.channels[message.channel])
            only = self._name(message.ephemeral_to or "")
            self._write(f"{place} (only {only} sees) {self._said(message)}")
        self._ephemerals = len(shown)

    def _message(self, event: Json) -> None:
        subtype = event.get("subtype")
        place = self._place(event)
        channel = self._ws.channels[event["channel"]]
        if subtype == "message_deleted":
            self._write(f"{place} {self._name(event['previous_message']['user'])} deletes a message")
        elif subtype == "message_changed":
            self._changed(place, event)
        elif subtype in QUIET:
            self._write(f"{place} {self._name(event['user'])} {self._without_name(event)}")
        else:
            message = channel.messages[event["ts"]]
            reply = " (in a thread)" if message.thread_ts else ""
            self._write(f"{place}{reply} {self._said(message)}")

    def _changed(self, place: str, event: Json) -> None:
        """Only the lines that an edit brought: a card is edited often, and mostly stays."""
        before = self._event_text(event["previous_message"]).splitlines()
        after = self._event_text(event["message"]).splitlines()
        new = [line for line in after if line not in before]
        if new:
            self._write(f"{place} {self._name(event['message']['user'])} (edited): " + "\n".join(new))

    def _event_text(self, message: Json) -> str:
        return shown_text(self._ws, message.get("text", ""), message.get("blocks"))

    def _without_name(self, event: Json) -> str:
        text = shown_text(self._ws, str(event["text"]), None)
        return text.removeprefix(f"@{self._name(event['user'])} ")

    def _view(self, view: View) -> None:
        ws, payload = self._ws, view.payload
        body = "\n".join(line for line in blocks_lines(ws, payload["blocks"]) if line)
        if payload["type"] == "home":
            self._write(f"{self._name(view.user_id)} has on the Home tab: {body}")
        else:
            self._write(f"{self._name(view.user_id)} sees the form “{payload['title']['text']}”\n{body}")

    def _said(self, message: Message) -> str:
        return f"{self._name(message.user)}: {message_text(self._ws, message)}"

    def _name(self, user_id: str) -> str:
        user = self._ws.users.get(user_id)
        return user.real_name if user else "Slackbot"

    def _place(self, event: Json) -> str:
        found = event.get("channel") or event.get("channel_id") or event.get("item", {}).get("channel")
        return self._channel(self._ws.channels[str(found)])

    def _channel(self, channel: Channel) -> str:
        if channel.is_im:
            return f"DM with {self._name(channel.im_with)}"
        return f"#{channel.name}"

    def _write(self, what: str) -> None:
        when = datetime.fromtimestamp(self._ws.now(), UTC).strftime("%Y-%m-%d %H:%M")
        first, *more = what.splitlines() or [""]
        self.lines.append(f"{when} {first}")
        self.lines += [f"    {line}" for line in more]
