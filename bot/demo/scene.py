"""The incident's channel as the people of the demo see it: its step message, its buttons, its forms."""

from __future__ import annotations

import time

from bot.sandbox.client import Json, Person, SandboxSlack


class Scene:
    """One incident in the sandbox, found by its number, and who plays which part in it."""

    def __init__(self, slack: SandboxSlack, *, number: str, opener: Person) -> None:
        self._slack = slack
        self.number = number
        self.opener = opener
        self.channel = ""
        self.commander = self.lead = self.comms = opener

    def wait_until_usable(self) -> None:
        """The channel is there, with the card, the first step and the people."""
        prefix = f"{self.number.lower()}-"
        channel = self._slack.wait_for(
            lambda: next((c for c in self._slack.channels() if c["name"].startswith(prefix)), None), timeout=10
        )
        self.channel = channel["name"]
        self._slack.wait_for(lambda: self.step() and len(self._members()) > 1, timeout=10)
        time.sleep(0.3)

    def _members(self) -> list[str]:
        bot = self._slack.state()["bot"]["user_id"]
        return [user for user in self._slack.channel(self.channel)["members"] if user != bot]

    def cast(self) -> None:
        """Give the parts to the people whom the registry brought in; the opener plays what nobody else can."""
        others = [self._slack.person(user) for user in self._members() if user != self.opener.id]
        parts = [*others, self.opener, self.opener, self.opener]
        self.commander, self.lead, self.comms = parts[0], parts[1], parts[2]

    def messages(self) -> list[Json]:
        """What stands in the channel, oldest first."""
        return self._slack.messages(self.channel)

    def step(self) -> Json | None:
        """The newest message with a playbook's step in it."""
        for message in reversed(self.messages()):
            if any(_ids(message, "runs.")):
                return message
        return None

    def press(self, person: Person, label: str | None, **fields: str) -> None:
        """Press the step's button with this label, or its first one; fill in the form that it opens, if any."""
        before = self._slack.wait_for(self.step, timeout=10)
        button = next(
            button
            for button in _buttons(before)
            if button["text"]["text"] == label or (label is None and button["action_id"].startswith("runs."))
        )
        person.click(self.channel, before["ts"], button["action_id"], value=button["value"])
        if person.view() is not None:
            self._fill(person, fields)
        self._slack.wait_for(lambda: (self.step() or {}).get("text") != before["text"] or None, timeout=10)

    def _fill(self, person: Person, given: dict[str, str]) -> None:
        view = person.view() or {}
        values: dict[str, object] = {}
        for block in view.get("blocks", []):
            element = block.get("element", {})
            if block.get("type") != "input" or not block["block_id"].startswith("runs.evidence"):
                continue
            name = block["block_id"].rpartition(":")[2].replace("-", "_")
            if element["type"] == "static_select":
                values[block["block_id"]] = element["options"][0]["value"]
            elif "time" in name or name.startswith(("first_bad", "since")):
                if name == "first_bad" and "first_bad_at" in given:
                    values[block["block_id"]] = given["first_bad_at"]
            elif not block.get("optional"):
                values[block["block_id"]] = "Replayed 100 requests: every answer is the same"
            elif element["type"] == "plain_text_input" and len(values) < 2:
                values[block["block_id"]] = "Replayed 100 requests on both versions; the new one gives one value"
        self.submit(person, values)

    def submit(self, person: Person, values: dict[str, object]) -> None:
        """Fill the form that this person has open, and send it."""
        self._slack.wait_for(person.view, timeout=5)
        reply = person.fill_and_submit(values)
        if reply.body and reply.body.get("response_action") == "errors":
            raise RuntimeError(f"the form was refused: {reply.body['errors']}")


def _buttons(message: Json) -> list[Json]:
    return [
        element
        for block in message.get("blocks") or []
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


def _ids(message: Json, prefix: str) -> list[str]:
    return [button["action_id"] for button in _buttons(message) if button["action_id"].startswith(prefix)]
