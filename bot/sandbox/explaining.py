"""What just happened, in a sentence each, with where it lives: rules of the guide against what the workspace saw."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .backstage import Backstage
from .fields import Json
from .stage import Stage

KEPT = 30
SAME_WITHIN_S = 60.0


@dataclass
class Happened:
    """One explanation; `times` counts how often it held in a short while."""

    at: float
    says: str
    docs: str
    code: str
    rule: int
    times: int = 1


class Explaining:
    """Matches what happens against the rules. The first rule that fits explains it; what fits none is not told."""

    def __init__(self, stage: Stage, backstage: Backstage, rules: list[Json]) -> None:
        self._stage = stage
        self._backstage = backstage
        self._rules = rules
        self._told: deque[Happened] = deque(maxlen=KEPT)
        self._calls = 0
        self._acts = 0
        self._offset = stage.ws.clock_offset
        self._done: list[tuple[float, Json]] = []

    def note(self, on: str, **about: str) -> None:
        """Something was done to the workspace itself: a fault was set."""
        self._done.append((time.time(), {"on": on, **about}))

    def newest_first(self) -> list[Happened]:
        """The explanations of everything up to now."""
        found = [*self._new_calls(), *self._new_acts(), *self._new_reports(), *self._new_time(), *self._done]
        new = sorted(found, key=lambda one: one[0])
        self._done = []
        for at, event in new:
            self._explain(at, event)
        return list(reversed(self._told))

    def _new_calls(self) -> Iterator[tuple[float, Json]]:
        """Web API calls that have been answered since; one that hangs is told of when it is done."""
        new = []
        for record in reversed(self._stage.ws.calls):
            if record["n"] <= self._calls:
                break
            new.append(record)
        for record in reversed(new):
            if record["ok"] is None and record["ms"] is None:
                return  # it hangs; one whose connection was dropped has taken its time, and did nothing
            self._calls = record["n"]
            if record["ok"]:
                yield record["at"], {"on": "call", "method": record["method"], "args": record["args"]}

    def _new_time(self) -> Iterator[tuple[float, Json]]:
        """Whether the clock was moved, by the panel or by whoever tells a story."""
        if self._stage.ws.clock_offset != self._offset:
            self._offset = self._stage.ws.clock_offset
            yield time.time(), {"on": "time"}

    def _new_acts(self) -> Iterator[tuple[float, Json]]:
        for number, at, what, args in list(self._stage.acts):
            if number > self._acts:
                self._acts = number
                yield at, {"on": "act", "what": what, "args": args}

    def _new_reports(self) -> Iterator[tuple[float, Json]]:
        for at, what, how in self._backstage.taken_notice():
            yield at, {"on": what, "what": how}

    def _explain(self, at: float, event: Json) -> None:
        number = next((n for n, one in enumerate(self._rules) if self._fits(one, event)), None)
        if number is None:
            return
        rule = self._rules[number]
        for known in self._told:
            if known.rule == number and at - known.at < SAME_WITHIN_S:
                known.times += 1
                return
        self._told.append(
            Happened(at=at, says=rule["says"], docs=rule.get("docs", ""), code=rule.get("code", ""), rule=number)
        )

    def _fits(self, rule: Json, event: Json) -> bool:
        if any(rule.get(key, event.get(key)) != event.get(key) for key in ("on", "method", "what", "name")):
            return False
        args = event.get("args", {})
        wanted = dict(rule.get("args", {}))
        for key, name in (("text", "text"), ("action", "action_id")):
            if key in rule:
                wanted[name] = rule[key]
        if "channel" in rule:
            channel = self._stage.ws.channels.get(str(args.get("channel")))
            if channel is None or not re.search(rule["channel"], channel.name):
                return False
        return all(re.search(pattern, str(args.get(name, ""))) for name, pattern in wanted.items())
