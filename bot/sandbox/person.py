"""One of the people of a sandbox workspace, as tests, the demo and the bench hold them in their hands."""

from bot.sandbox.wire import Json, Reply, Wire


class Person:
    """One of the people of the workspace, doing what people do in Slack."""

    def __init__(self, wire: Wire, profile: Json) -> None:
        self._wire = wire
        self.profile = profile
        self.id: str = profile["id"]
        self.name: str = profile["profile"]["real_name"]

    def command(
        self,
        text: str,
        channel: str = "general",
        command: str = "/ml-incident",
        *,
        deliveries: int | None = None,
    ) -> Reply:
        """Type a slash command; `deliveries` repeats it with the same trigger id, as a bad network would."""
        return self._reply("command", text=text, channel=channel, command=command, deliveries=deliveries)

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> str:
        """Post a message; returns its ts."""
        return str(self._do("say", channel=channel, text=text, thread_ts=thread_ts)["ts"])

    def edit(self, channel: str, ts: str, text: str) -> None:
        self._do("edit", channel=channel, ts=ts, text=text)

    def delete(self, channel: str, ts: str) -> None:
        self._do("delete", channel=channel, ts=ts)

    def react(self, channel: str, ts: str, name: str) -> None:
        self._do("react", channel=channel, ts=ts, name=name)

    def unreact(self, channel: str, ts: str, name: str) -> None:
        self._do("unreact", channel=channel, ts=ts, name=name)

    def join(self, channel: str) -> None:
        self._do("join", channel=channel)

    def leave(self, channel: str) -> None:
        self._do("leave", channel=channel)

    def leave_company(self) -> None:
        """Their account is deactivated."""
        self._do("leave_company")

    def click(
        self,
        channel: str | None,
        ts: str,
        action_id: str,
        *,
        value: str | None = None,
        option: str | None = None,
        deliveries: int | None = None,
    ) -> Reply:
        """Use a button or menu of a message that this person sees, ephemeral ones included.

        `value` tells apart several buttons with the same action id; `option` is what is chosen in a menu.
        """
        return self._reply(
            "click",
            channel=channel,
            ts=ts,
            action_id=action_id,
            value=value,
            option=option,
            deliveries=deliveries,
        )

    def click_home(self, action_id: str, *, value: str | None = None, option: str | None = None) -> Reply:
        """Use a button or menu of the app's Home tab."""
        return self._reply("click_home", action_id=action_id, value=value, option=option)

    def shortcut(self, callback_id: str, *, channel: str | None = None, ts: str | None = None) -> Reply:
        """Run a global shortcut, or with a channel and ts a message shortcut."""
        return self._reply("shortcut", callback_id=callback_id, channel=channel, ts=ts)

    def view(self) -> Json | None:
        """The modal that this person has open on top, as Slack stores it, or None."""
        found: Json | None = self._wire.ask(f"people/{self.id}/view")["view"]
        return found

    def fill_and_submit(self, values: Json | None = None, *, deliveries: int | None = None) -> Reply:
        """Fill the open modal (action id or block id -> value) and submit it; other fields keep their value.

        Raises SandboxError where Slack's client would not let the person submit. The bot's own complaints
        (`response_action: errors`) are in the reply's body, and the modal stays open.
        """
        return self._reply("submit", values=values or {}, deliveries=deliveries)

    def close_view(self) -> Reply:
        """Close the modal on top."""
        return self._reply("close_view")

    def click_in_view(self, action_id: str, *, value: str | None = None, option: object = None) -> Reply:
        """Use a button or menu inside the open modal."""
        return self._reply("click_in_view", action_id=action_id, value=value, option=option)

    def suggest(self, action_id: str, query: str, *, ts: str | None = None) -> list[Json]:
        """Type into a menu with type-ahead, in the open modal or in message `ts`: the options it offers."""
        found: list[Json] = self._do("suggest", action_id=action_id, query=query, ts=ts)["options"]
        return found

    def ephemerals(self, channel: str | None = None) -> list[Json]:
        """What only this person was shown, newest last."""
        found: list[Json] = self._wire.ask(f"people/{self.id}/ephemerals", channel=channel)["messages"]
        return found

    def dms(self) -> list[Json]:
        """The direct messages between this person and the bot, oldest first."""
        found: list[Json] = self._wire.ask(f"people/{self.id}/dms")["messages"]
        return found

    def dm_channel(self) -> str:
        """The id of the direct messages with the bot (opened when there are none yet)."""
        return str(self._do("open_dm")["channel"])

    def open_home(self) -> None:
        """Look at the app's Home tab; the bot hears `app_home_opened`."""
        self._do("open_home")

    def home(self) -> Json | None:
        """The Home tab that the bot published for this person, or None."""
        found: Json | None = self._wire.ask(f"people/{self.id}/home")["view"]
        return found

    def _do(self, what: str, **args: object) -> Json:
        done: Json = self._wire.tell(f"people/{self.id}/{what}", **args)
        return done

    def _reply(self, what: str, **args: object) -> Reply:
        answer = self._do(what, **args)
        return Reply(**{**answer, "repeats": tuple(answer.get("repeats", ()))})
