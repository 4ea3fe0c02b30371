"""Modals and Home tabs: trigger ids, each person's stack of views, and what the app may do to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.blockkit import limit
from bot.sandbox.errors import SlackRefusal
from bot.sandbox.records import Json, View

KEPT_TRIGGERS = 10_000


@dataclass(slots=True)
class _Trigger:
    user_id: str
    issued: float
    used: bool = False


class Views:
    """The views of one workspace. Triggers live on real time: the demo's clock does not age them."""

    def __init__(self, *, new_id: Callable[[str], str], new_ts: Callable[[], str]) -> None:
        self._new_id = new_id
        self._new_ts = new_ts
        self._triggers: dict[str, _Trigger] = {}
        self.by_id: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def issue_trigger(self, user_id: str) -> str:
        """A trigger id for something that this person just did."""
        trigger_id = f"{time.time_ns()}.{self._new_id('T').lower()}"
        if len(self._triggers) > KEPT_TRIGGERS:
            del self._triggers[next(iter(self._triggers))]
        self._triggers[trigger_id] = _Trigger(user_id=user_id, issued=time.monotonic())
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """The person behind a trigger; it can be used once, within three seconds."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        if time.monotonic() - trigger.issued > limit("trigger_id.seconds"):
            raise SlackRefusal("expired_trigger_id")
        trigger.used = True
        return trigger.user_id

    def age_triggers(self, seconds: float) -> None:
        """Makes every trigger older by so many seconds, for those who do not want to wait."""
        for trigger in self._triggers.values():
            trigger.issued -= seconds

    def top(self, user_id: str) -> View | None:
        """The modal that this person sees, or None."""
        stack = self.stacks.get(user_id)
        return stack[-1] if stack else None

    def _add(self, user_id: str, payload: Json, *, on: View | None) -> View:
        self._check_external_id(payload, None)
        view_id = self._new_id("V")
        view = View(
            id=view_id,
            user_id=user_id,
            payload=payload,
            hash=self._new_hash(),
            root_view_id=on.root_view_id if on else view_id,
            previous_view_id=on.id if on else None,
        )
        self.by_id[view_id] = view
        return view

    def _new_hash(self) -> str:
        return f"{self._new_ts()}.{self._new_id('h')[-6:].lower()}"

    def _check_external_id(self, payload: Json, mine: str | None) -> None:
        external_id = payload.get("external_id")
        if external_id and any(
            view.id != mine and view.payload.get("external_id") == external_id for view in self.by_id.values()
        ):
            raise SlackRefusal("duplicate_external_id")

    def open(self, user_id: str, payload: Json) -> View:
        """Opens a modal; what this person had open before goes away."""
        view = self._add(user_id, payload, on=None)
        self.close_all(user_id)
        self.stacks[user_id] = [view]
        return view

    def push(self, user_id: str, payload: Json) -> View:
        """Puts a modal on top of the open one; three deep at most."""
        stack = self.stacks.get(user_id)
        if not stack:
            raise SlackRefusal("not_found")
        if len(stack) >= limit("modal.push_depth"):
            raise SlackRefusal("push_limit_reached")
        view = self._add(user_id, payload, on=stack[-1])
        stack.append(view)
        return view

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> View:
        """An open view by its id or its external id; refuses with not_found."""
        if view_id is not None:
            view = self.by_id.get(view_id)
        else:
            same = (one for one in self.by_id.values() if one.payload.get("external_id") == external_id)
            view = next(same, None)
        if view is None:
            raise SlackRefusal("not_found")
        return view

    def update(self, view: View, payload: Json, *, expected_hash: str | None = None) -> View:
        """Replaces what a view shows; what was typed stays where block and action keep their ids."""
        if expected_hash is not None and expected_hash != view.hash:
            raise SlackRefusal("hash_conflict")
        self._check_external_id(payload, view.id)
        view.payload = payload
        view.hash = self._new_hash()
        view.state = _kept_state(view.state, payload["blocks"])
        return view

    def publish(self, user_id: str, payload: Json, *, expected_hash: str | None = None) -> View:
        """Sets a person's Home tab."""
        home = self.homes.get(user_id)
        if home is not None:
            return self.update(home, payload, expected_hash=expected_hash)
        if expected_hash is not None:
            raise SlackRefusal("hash_conflict")
        self.homes[user_id] = self._add(user_id, payload, on=None)
        return self.homes[user_id]

    def close_top(self, user_id: str) -> View | None:
        """Closes the modal on top and returns it."""
        stack = self.stacks.get(user_id)
        if not stack:
            return None
        view = stack.pop()
        self.by_id.pop(view.id, None)
        return view

    def close_all(self, user_id: str) -> None:
        """Closes every modal of a person."""
        for view in self.stacks.pop(user_id, []):
            self.by_id.pop(view.id, None)


def _kept_state(state: Json, blocks: list[Json]) -> Json:
    shown: dict[str, set[Any]] = {}
    for block in blocks:
        elements = [block.get("element"), block.get("accessory"), *block.get("elements", [])]
        ids = {one.get("action_id") for one in elements if isinstance(one, dict)}
        shown[block.get("block_id", "")] = ids
    return {
        block_id: {action_id: value for action_id, value in values.items() if action_id in shown[block_id]}
        for block_id, values in state.items()
        if block_id in shown
    }
