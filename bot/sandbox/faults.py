"""What can go wrong with a Web API call: latency, refusals, lost connections, calls held in mid-air."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after"]
KINDS = ("ratelimited", "server_error", "bad_gateway", "drop_before", "drop_after", "slow")
EVERY_METHOD = "*"


# What lasts until it is switched off -> the fault that every call then meets.
STANDING = {"limited": "ratelimited", "slow": "slow", "down": "bad_gateway", "lost": "drop_after"}
STANDING_SLOW_S = 3.0


class Refused(Exception):
    """The call is answered like this instead of being done: HTTP status, body (JSON or text), headers."""

    def __init__(self, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = headers or {}


class ConnectionDropped(Exception):
    """The connection closes without any answer; the server turns this into a closed socket."""


@dataclass
class Fault:
    """`kind` befalls the calls of `method` from the `nth` on (counted since it was set), `times` times."""

    method: str
    kind: str
    times: int = 1
    nth: int = 1
    retry_after: int = 1
    seconds: float = 1.0
    seen: int = 0

    def strikes(self, method: str) -> bool:
        """Count a call that this fault watches; true when the call is one that it befalls."""
        if self.method not in (EVERY_METHOD, method):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def spent(self) -> bool:
        return self.seen >= self.nth + self.times - 1


@dataclass
class Hold:
    """Stops the `nth` call of `method` before it takes effect, or after, until somebody releases it."""

    id: str
    method: str
    nth: int
    when: When
    seen: int = 0
    call: dict[str, Any] | None = None
    reported: bool = False
    released: asyncio.Event = field(default_factory=asyncio.Event)
    drop: bool = False

    def catches(self, method: str) -> bool:
        if self.method not in (EVERY_METHOD, method):
            return False
        self.seen += 1
        return self.seen == self.nth


class Faults:
    """Asked before and after each Web API call; does nothing until it is told to.

    `before` and `after` raise `Refused` (answer this instead) or `ConnectionDropped` (answer nothing).
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.standing: dict[str, Fault] = {}
        self._faults: list[Fault] = []
        self._holds: dict[str, Hold] = {}
        self._caught = asyncio.Event()
        self._numbered = 0

    async def before(self, method: str, args: Mapping[str, Any]) -> None:
        """Called when a request has arrived and nothing has been done yet."""
        await asyncio.sleep(self.latency)
        await self._hold(method, args, when="before")
        struck = [fault for fault in self._faults if fault.kind != "drop_after" and fault.strikes(method)]
        self._forget_spent()
        lasting = [fault for fault in self.standing.values() if fault.kind != "drop_after"]
        for fault in [*struck, *lasting]:
            await _befall(fault)

    async def after(self, method: str, args: Mapping[str, Any]) -> None:
        """Called when the request has taken effect and its answer is not sent yet."""
        await self._hold(method, args, when="after")
        struck = [fault for fault in self._faults if fault.kind == "drop_after" and fault.strikes(method)]
        self._forget_spent()
        if struck or "lost" in self.standing:
            raise ConnectionDropped(method)

    def add(
        self,
        *,
        method: str = EVERY_METHOD,
        kind: str,
        times: int = 1,
        nth: int = 1,
        retry_after: int = 1,
        seconds: float = 1.0,
    ) -> None:
        """Set a fault; `kind` is one of KINDS or `error:<a Slack error>`. Raises ValueError for others."""
        if kind not in KINDS and not kind.startswith("error:"):
            raise ValueError(f"no fault is called {kind}; known: {', '.join(KINDS)}, error:<a Slack error>")
        self._faults.append(
            Fault(method=method, kind=kind, times=times, nth=nth, retry_after=retry_after, seconds=seconds)
        )

    def stand(self, name: str, *, on: bool) -> None:
        """Let one of STANDING befall every call from now on, or no more. Raises ValueError for others."""
        if name not in STANDING:
            raise ValueError(f"no fault that lasts is called {name}; known: {', '.join(STANDING)}")
        self.standing.pop(name, None)
        if on:
            self.standing[name] = Fault(
                method=EVERY_METHOD, kind=STANDING[name], retry_after=1, seconds=STANDING_SLOW_S
            )

    def hold(self, *, method: str, nth: int = 1, when: When = "before") -> str:
        """Stop the nth call of `method` from now on; its id is for `release`."""
        if when not in ("before", "after"):
            raise ValueError(f"a call is held before or after it takes effect, not {when}")
        self._numbered += 1
        hold = Hold(id=f"hold-{self._numbered}", method=method, nth=nth, when=when)
        self._holds[hold.id] = hold
        return hold.id

    async def held(self, *, timeout_s: float) -> dict[str, Any] | None:
        """The next call that hangs in a hold and was not told of before; None when `timeout_s` is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while True:
            for hold in self._holds.values():
                if hold.call is not None and not hold.reported:
                    hold.reported = True
                    return {"hold": hold.id, "when": hold.when, **hold.call}
            left = until - loop.time()
            if left <= 0:
                return None
            self._caught.clear()
            try:
                await asyncio.wait_for(self._caught.wait(), left)
            except TimeoutError:
                return None

    def release(self, hold_id: str, *, drop: bool) -> None:
        """Let a held call go on, or drop its connection. Raises KeyError when there is no such hold."""
        hold = self._holds.pop(hold_id)
        hold.drop = drop
        hold.released.set()

    def clear(self) -> None:
        """No faults and no latency any more; what was held goes on."""
        self.latency = 0.0
        self._faults.clear()
        self.standing.clear()
        for hold_id in list(self._holds):
            self.release(hold_id, drop=False)

    async def _hold(self, method: str, args: Mapping[str, Any], *, when: When) -> None:
        for hold in [one for one in self._holds.values() if one.when == when]:
            if hold.catches(method):
                hold.call = {"method": method, "args": dict(args)}
                self._caught.set()
                await hold.released.wait()
                if hold.drop:
                    raise ConnectionDropped(method)

    def _forget_spent(self) -> None:
        self._faults = [fault for fault in self._faults if not fault.spent]


async def _befall(fault: Fault) -> None:
    match fault.kind:
        case "ratelimited":
            raise Refused(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": str(fault.retry_after)})
        case "server_error":
            raise Refused(500, {"ok": False, "error": "internal_error"})
        case "bad_gateway":
            raise Refused(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
        case "drop_before":
            raise ConnectionDropped(fault.method)
        case "slow":
            await asyncio.sleep(fault.seconds)
        case kind:
            raise Refused(200, {"ok": False, "error": kind.removeprefix("error:")})
