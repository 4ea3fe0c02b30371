"""Saying things in the workspace: post, edit, delete, react and pin, each with the event it causes."""

from __future__ import annotations

from bisect import bisect_left

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Channel, Json, Message
from bot.sandbox.shapes import file_object, message_object
from bot.sandbox.state import State

TOMBSTONE = "This message was deleted."


class Messages(State):
    """What is said. Refusals are Slack's; who may do what is checked by the callers."""

    def post(
        self,
        channel_id: str,
        *,
        user_id: str,
        text: str,
        blocks: list[Json] | None = None,
        thread_ts: str | None = None,
        metadata: Json | None = None,
        by_bot: bool = False,
        ephemeral_to: str | None = None,
        attachments: list[Json] | None = None,
        files: list[str] | None = None,
        subtype: str | None = None,
        username: str | None = None,
        icon: Json | None = None,
        topic: str | None = None,
        inviter: str | None = None,
        broadcast: bool = False,
    ) -> Message:
        """Says something. An ephemeral message goes to `ephemerals` and causes no event."""
        channel = self.channel(channel_id)
        message = Message(
            channel=channel_id,
            ts=self.new_ts(),
            user=user_id,
            text=text,
            blocks=blocks,
            thread_ts=thread_ts,
            metadata=metadata,
            attachments=attachments,
            files=files or [],
            subtype=subtype or ("thread_broadcast" if broadcast and thread_ts else None),
            by_bot=by_bot,
            username=username,
            icon=icon,
            topic=topic,
            inviter=inviter,
            broadcast=broadcast,
            ephemeral_to=ephemeral_to,
        )
        if ephemeral_to is not None:
            self.ephemerals.append(message)
            return message
        if channel.is_archived:
            raise SlackRefusal("is_archived")
        parent = self._parent(channel, thread_ts)
        channel.messages[message.ts] = message
        if parent is not None:
            parent.replies.append(message.ts)
        if parent is None or broadcast:
            channel.roots.append(message.ts)
        self._tell_posted(channel, message)
        return message

    @staticmethod
    def _parent(channel: Channel, thread_ts: str | None) -> Message | None:
        if thread_ts is None:
            return None
        parent = channel.messages.get(thread_ts)
        if parent is None or parent.thread_ts not in (None, thread_ts):
            # Slack threads hang on a parent; the timestamp of a reply, or of nothing, names none.
            raise SlackRefusal("cannot_reply_to_message")
        return parent

    def _tell_posted(self, channel: Channel, message: Message) -> None:
        if not self.listeners:
            return
        event = message_object(self, message)
        if message.files:
            event["subtype"] = "file_share"
        self.emit(event | self._place(channel, message.ts))
        for file_id in message.files:
            self.emit(
                {
                    "type": "file_shared",
                    "channel_id": channel.id,
                    "file_id": file_id,
                    "user_id": message.user,
                    "file": {"id": file_object(self, self.files[file_id])["id"]},
                    "event_ts": message.ts,
                }
            )

    @staticmethod
    def _place(channel: Channel, event_ts: str) -> Json:
        return {"channel": channel.id, "channel_type": channel.channel_type, "event_ts": event_ts}

    def edit(
        self,
        channel_id: str,
        ts: str,
        *,
        user_id: str,
        text: str | None = None,
        blocks: list[Json] | None = None,
        metadata: Json | None = None,
        attachments: list[Json] | None = None,
    ) -> Message:
        """Changes a message; what is None stays, an empty list or dict takes it away."""
        message = self.message(channel_id, ts)
        before = message_object(self, message)
        if text is not None:
            message.text = text
        if blocks is not None:
            message.blocks = blocks or None
        if metadata is not None:
            message.metadata = metadata or None
        if attachments is not None:
            message.attachments = attachments or None
        now = self.new_ts()
        message.edited = {"user": user_id, "ts": now}
        self._tell_changed(message, now, subtype="message_changed", previous_message=before)
        return message

    def _tell_changed(self, message: Message, now: str, *, subtype: str, **more: object) -> None:
        event: Json = {"type": "message", "subtype": subtype, "hidden": True, "ts": now, **more}
        if subtype == "message_changed":
            event["message"] = message_object(self, message)
        self.emit(event | self._place(self.channels[message.channel], now))

    def delete(self, channel_id: str, ts: str) -> None:
        """Removes a message; a parent that has replies leaves a tombstone, so that its thread stays."""
        channel, message = self.channel(channel_id), self.message(channel_id, ts)
        before = message_object(self, message)
        channel.pins.pop(ts, None)
        now = self.new_ts()
        if message.replies:
            message.text, message.blocks, message.metadata = TOMBSTONE, None, None
            message.subtype, message.user, message.by_bot = "tombstone", "USLACKBOT", False
            message.attachments, message.files, message.reactions = None, [], {}
            self._tell_changed(message, now, subtype="message_changed", previous_message=before)
            return
        del channel.messages[ts]
        if not message.thread_ts or message.broadcast:
            del channel.roots[bisect_left(channel.roots, ts)]
        if message.thread_ts and message.thread_ts in channel.messages:
            channel.messages[message.thread_ts].replies.remove(ts)
        self._tell_changed(message, now, subtype="message_deleted", deleted_ts=ts, previous_message=before)

    def react(self, channel_id: str, ts: str, name: str, user_id: str) -> None:
        """Adds one person's reaction; refuses with already_reacted."""
        message = self.message(channel_id, ts)
        users = message.reactions.setdefault(name, [])
        if user_id in users:
            raise SlackRefusal("already_reacted")
        users.append(user_id)
        self._tell_reaction("reaction_added", message, name, user_id)

    def unreact(self, channel_id: str, ts: str, name: str, user_id: str) -> None:
        """Takes one person's reaction away; refuses with no_reaction."""
        message = self.message(channel_id, ts)
        users = message.reactions.get(name, [])
        if user_id not in users:
            raise SlackRefusal("no_reaction")
        users.remove(user_id)
        if not users:
            del message.reactions[name]
        self._tell_reaction("reaction_removed", message, name, user_id)

    def _tell_reaction(self, kind: str, message: Message, name: str, user_id: str) -> None:
        self.emit(
            {
                "type": kind,
                "user": user_id,
                "reaction": name,
                "item": {"type": "message", "channel": message.channel, "ts": message.ts},
                "item_user": message.user,
                "event_ts": self.new_ts(),
            }
        )

    def pin(self, channel_id: str, ts: str, user_id: str) -> None:
        """Pins a message; refuses with already_pinned."""
        channel, message = self.channel(channel_id), self.message(channel_id, ts)
        if ts in channel.pins:
            raise SlackRefusal("already_pinned")
        channel.pins[ts] = {"created": int(self.now()), "created_by": user_id}
        self._tell_pin("pin_added", channel, message, user_id)

    def unpin(self, channel_id: str, ts: str, user_id: str) -> None:
        """Takes a pin away; refuses with no_pin."""
        channel, message = self.channel(channel_id), self.message(channel_id, ts)
        if channel.pins.pop(ts, None) is None:
            raise SlackRefusal("no_pin")
        self._tell_pin("pin_removed", channel, message, user_id)

    def _tell_pin(self, kind: str, channel: Channel, message: Message, user_id: str) -> None:
        self.emit(
            {
                "type": kind,
                "user": user_id,
                "channel_id": channel.id,
                "item": {
                    "type": "message",
                    "channel": channel.id,
                    "created": int(self.now()),
                    "created_by": user_id,
                    "message": message_object(self, message),
                },
                "item_user": message.user,
                "pin_count": len(channel.pins),
                "pinned_info": {},
                "has_pins": bool(channel.pins),
                "event_ts": self.new_ts(),
            }
        )
