"""The incident's channel as the people of the demo see it: its step message, its buttons, its forms."""

from __future__ import annotations

import re
import time
from contextlib import suppress

from bot.sandbox.client import Json, Person, SandboxSlack

_TITLES = ("Owner", "Backup owner")


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
        # By the card and not by who came first: people are looked up, and brought in, side by side.
        named = [user for title in _TITLES for user in re.findall(rf"\*{title}\* <@(\w+)>", str(self.messages()))]
        with suppress(TimeoutError):
            self._slack.wait_for(lambda: set(named) <= set(self._members()) or None, timeout=5)
        there = [user for user in self._members() if user != self.opener.id]
        first = [user for user in named if user in there]
        others = [self._slack.person(user) for user in dict.fromkeys([*first, *there])]
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

    def press(self, person: Person, label: str, **evidence: str) -> None:
        """Press the step's button with this label, and write down what its form asks for, by evidence id."""
        before, button = self._slack.wait_for(lambda: self._pressable(label), timeout=10)
        person.click(self.channel, before["ts"], button["action_id"], value=button["value"])
        if (view := person.view()) is not None:
            self.submit(person, _filled(view, evidence))
        self._slack.wait_for(lambda: (self.step() or {}).get("text") != before["text"] or None, timeout=10)

    def walk_to(self, title: str, person: Person, answers: tuple[str, ...], evidence: dict[str, str]) -> None:
        """Walk on until the step of this title: the first of `answers` that a step offers, else Done."""
        for _ in range(30):
            step = self._slack.wait_for(self.step, timeout=10)
            if title in step["text"]:
                return
            offered = [button["text"]["text"] for button in _buttons(step)]
            self.press(person, next((label for label in answers if label in offered), "Done"), **evidence)
        raise RuntimeError(f"the playbook never came to “{title}”")

    def by_hand(self, person: Person, label: str, said: str) -> None:
        """Press a button of a check or action that nobody connected, and say what was done or seen."""
        before, button = self._slack.wait_for(lambda: self._pressable(label), timeout=10)
        person.click(self.channel, before["ts"], button["action_id"], value=button["value"])
        self.submit(person, {"calls.value": said})
        self._slack.wait_for(lambda: (self.step() or {}).get("text") != before["text"] or None, timeout=10)

    def _pressable(self, label: str) -> tuple[Json, Json] | None:
        step = self.step()
        found = [button for button in _buttons(step) if button["text"]["text"] == label] if step else []
        return (step, found[0]) if step and found else None

    def submit(self, person: Person, values: dict[str, str]) -> None:
        """Fill the form that this person has open, and send it."""
        self._slack.wait_for(person.view, timeout=5)
        reply = person.fill_and_submit(values)
        if reply.body and reply.body.get("response_action") == "errors":
            raise RuntimeError(f"the form was refused: {reply.body['errors']}")


def _filled(view: Json, evidence: dict[str, str]) -> dict[str, str]:
    """The fields of a step's form that there is something to say for."""
    asked = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    known = {f"runs.evidence:{name}": said for name, said in evidence.items()}
    known |= {field.replace("_", "-"): said for field, said in known.items()}
    return {field: said for field, said in known.items() if field in asked}


def _buttons(message: Json) -> list[Json]:
    return [
        element
        for block in message.get("blocks") or []
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


def _ids(message: Json, prefix: str) -> list[str]:
    return [button["action_id"] for button in _buttons(message) if button["action_id"].startswith(prefix)]
