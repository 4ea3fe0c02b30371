"""Conversations of the workspace: creating, joining, leaving, renaming, archiving and direct messages."""

from __future__ import annotations

import re

from bot.sandbox.errors import SlackRefusal
from bot.sandbox.messages import Messages
from bot.sandbox.records import Channel, Json, Note
from bot.sandbox.shapes import channel_object

LONGEST_NAME = 80


def check_channel_name(name: str) -> None:
    """Refuses a channel name that Slack would refuse, with the same code."""
    if not name:
        raise SlackRefusal("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackRefusal("invalid_name_maxlength")
    if not re.fullmatch(r"[^\W_A-Z]*(?:[-_][^\W_A-Z]*)*", name) or name != name.lower():
        raise SlackRefusal("invalid_name_specials")
    if not name.strip("-_"):
        raise SlackRefusal("invalid_name_punctuation")


class Channels(Messages):
    """Who talks where."""

    def create_channel(
        self, name: str, *, creator: str, is_private: bool = False, channel_id: str | None = None
    ) -> Channel:
        """Creates a channel with its creator in it; refuses bad names and name_taken (archived ones keep theirs)."""
        check_channel_name(name)
        if name in self.names:
            raise SlackRefusal("name_taken")
        channel = Channel(
            id=channel_id or self.new_id("C"),
            name=name,
            created=int(self.now()),
            creator=creator,
            is_private=is_private,
        )
        self.channels[channel.id] = channel
        self.names[name] = channel.id
        if not is_private:
            short = {"id": channel.id, "name": name, "created": channel.created, "creator": creator}
            self.emit({"type": "channel_created", "channel": short, "event_ts": self.new_ts()})
        self.join(channel.id, creator)
        return channel

    def join(self, channel_id: str, user_id: str, inviter: str | None = None) -> bool:
        """Puts a person into a channel; False when they were in it. Others see a channel_join message."""
        channel = self.channel(channel_id)
        if channel.is_archived:
            raise SlackRefusal("is_archived")
        if user_id in channel.members:
            return False
        channel.members[user_id] = None
        self.memberships.setdefault(user_id, {})[channel_id] = None
        self.post(
            channel_id,
            user_id=user_id,
            text=f"<@{user_id}> has joined the channel",
            subtype="channel_join",
            inviter=inviter,
        )
        self._tell_member("member_joined_channel", channel, user_id, inviter)
        return True

    def leave(self, channel_id: str, user_id: str, remover: str | None = None) -> bool:
        """Takes a person out of a channel; False when they were not in it."""
        channel = self.channel(channel_id)
        if user_id not in channel.members:
            return False
        self.post(
            channel_id,
            user_id=user_id,
            text=f"<@{user_id}> has left the channel",
            subtype="channel_leave",
            inviter=remover,
        )
        self._tell_member("member_left_channel", channel, user_id, None)
        del channel.members[user_id]
        self.memberships[user_id].pop(channel_id, None)
        return True

    def _tell_member(self, kind: str, channel: Channel, user_id: str, inviter: str | None) -> None:
        event: Json = {
            "type": kind,
            "user": user_id,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": self.bot.team_id,
            "event_ts": self.new_ts(),
        }
        if inviter is not None:
            event["inviter"] = inviter
        self.emit(event)

    def open_im(self, user_id: str) -> Channel:
        """The direct-message conversation between the bot and a person, made when it is not there yet."""
        pair = frozenset((user_id, self.bot.user_id))
        if pair not in self.ims:
            channel = Channel(
                id=self.new_id("D"),
                name="",
                created=int(self.now()),
                creator=self.bot.user_id,
                is_im=True,
                is_private=True,
                im_with=user_id,
            )
            self._remember_conversation(channel, pair)
        return self.channels[self.ims[pair]]

    def open_mpim(self, user_ids: list[str]) -> Channel:
        """The group direct message between the bot and several people."""
        group = frozenset((*user_ids, self.bot.user_id))
        if group not in self.ims:
            names = "--".join(self.users[one].name for one in (self.bot.user_id, *user_ids))
            channel = Channel(
                id=self.new_id("C"),
                name=f"mpdm-{names}-1",
                created=int(self.now()),
                creator=self.bot.user_id,
                is_mpim=True,
                is_private=True,
            )
            self._remember_conversation(channel, group)
        return self.channels[self.ims[group]]

    def _remember_conversation(self, channel: Channel, people: frozenset[str]) -> None:
        self.channels[channel.id] = channel
        self.ims[people] = channel.id
        for one in sorted(people):
            channel.members[one] = None
            self.memberships.setdefault(one, {})[channel.id] = None

    def rename(self, channel_id: str, name: str, user_id: str) -> Channel:
        """Gives a channel another name; the old one is free again."""
        channel = self.channel(channel_id)
        check_channel_name(name)
        if name != channel.name and name in self.names:
            raise SlackRefusal("name_taken")
        old = channel.name
        del self.names[old]
        channel.previous_names.insert(0, old)
        channel.name = name
        self.names[name] = channel_id
        self.post(
            channel_id,
            user_id=user_id,
            text=f'has renamed the channel from "{old}" to "{name}"',
            subtype="channel_name",
        )
        kind = "group_rename" if channel.is_private else "channel_rename"
        short = {"id": channel_id, "name": name, "created": channel.created}
        self.emit({"type": kind, "channel": short, "event_ts": self.new_ts()})
        return channel

    def set_note(self, channel_id: str, which: str, value: str, user_id: str) -> Channel:
        """Sets the `topic` or the `purpose`; others see a message about it, unless nothing changed."""
        channel = self.channel(channel_id)
        note = Note(value=value, creator=user_id, last_set=int(self.now()))
        if which == "topic":
            changed, channel.topic = channel.topic.value != value, note
        else:
            changed, channel.purpose = channel.purpose.value != value, note
        if changed and not channel.is_im:
            self.post(
                channel_id,
                user_id=user_id,
                text=f"set the channel {which}: {value}",
                subtype=f"channel_{which}",
                topic=value,
            )
        return channel

    def archive(self, channel_id: str, user_id: str) -> None:
        """Closes a channel: it can be read, nothing can be said in it, its name stays taken."""
        channel = self.channel(channel_id)
        self.post(
            channel_id,
            user_id=user_id,
            text=f"<@{user_id}> archived the channel",
            subtype="channel_archive",
        )
        channel.is_archived = True
        kind = "group_archive" if channel.is_private else "channel_archive"
        self.emit({"type": kind, "channel": channel_id, "user": user_id, "event_ts": self.new_ts()})

    def describe(self, channel_id: str) -> Json:
        """The channel as the bot sees it."""
        return channel_object(self, self.channel(channel_id), seen_by=self.bot.user_id)
