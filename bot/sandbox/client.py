"""A running sandbox workspace, as tests, the demo and the bench hold it in their hands."""

import time
from collections.abc import Callable
from typing import TypeVar

from bot.sandbox.person import Person
from bot.sandbox.wire import Json, Reply, SandboxError, Wire

__all__ = ["Json", "Person", "Reply", "SandboxError", "SandboxSlack"]

Found = TypeVar("Found")


class SandboxSlack:
    """A running sandbox, seen from outside."""

    def __init__(self, base_url: str) -> None:
        self._wire = Wire(base_url)
        self.base_url = self._wire.base_url
        self.api_url = f"{self.base_url}/api/"

    def __enter__(self) -> "SandboxSlack":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._wire.close()

    def person(self, name_or_id: str) -> Person:
        """Somebody by Slack id, first name, full name or e-mail address."""
        return Person(self._wire, self._wire.ask(f"people/{name_or_id}"))

    def people(self) -> list[Json]:
        """Everybody's user object, deactivated people and the bot included."""
        found: list[Json] = self._wire.ask("people")["people"]
        return found

    def state(self) -> Json:
        """Team, bot, tokens, how the bot is reached, sockets connected, clock offset, numbers of things."""
        found: Json = self._wire.ask("state")
        return found

    def channels(self) -> list[Json]:
        """Every channel: id, name, topic, members, pins, bookmarks, is_private, archived."""
        found: list[Json] = self._wire.ask("channels")["channels"]
        return found

    def channel(self, name_or_id: str) -> Json:
        found: Json = self._wire.ask(f"channels/{name_or_id.lstrip('#')}")
        return found

    def messages(self, channel: str, *, thread_ts: str | None = None) -> list[Json]:
        """What the members of a channel see, oldest first, threads included; or one thread, parent first."""
        path = f"channels/{channel.lstrip('#')}/messages"
        found: list[Json] = self._wire.ask(path, thread_ts=thread_ts)["messages"]
        return found

    def calls(self, since: int = 0) -> list[Json]:
        """Web API calls numbered above `since`: n, method, args, at (unix seconds), ms, ok, error."""
        found: list[Json] = self._wire.ask("calls", since=since)["calls"]
        return found

    def deliveries(self, since: int = 0) -> list[Json]:
        """What was delivered to the bot, numbered above `since`: n, kind, id, attempt, status, ms, error."""
        found: list[Json] = self._wire.ask("deliveries", since=since)["deliveries"]
        return found

    def files(self) -> list[Json]:
        """Files whose upload was completed; one that the bot only asked an address for is none yet."""
        found: list[Json] = self._wire.ask("files")["files"]
        return found

    def file_text(self, file_id: str) -> str:
        return str(self._wire.ask(f"files/{file_id}/text")["text"])

    def transcript(self, since: int | None = None) -> list[str]:
        """Everything that people saw and did, a line each, in time order; `since` skips that many lines."""
        found: list[str] = self._wire.ask("transcript", since=since)["lines"]
        return found

    def advance(self, seconds: float) -> Json:
        """Move the workspace's clock forward; the answer is the new `clock()`."""
        moved: Json = self._wire.tell("clock", advance=seconds)
        return moved

    def clock(self) -> Json:
        """{"offset": seconds that the workspace is ahead of real time, "now": its unix time}."""
        found: Json = self._wire.ask("clock")
        return found

    def configure(
        self,
        *,
        latency_ms: float | None = None,
        rate_limits: bool | None = None,
        events_url: str | None = None,
        deliveries: int | None = None,
        retry_delays_s: list[float] | None = None,
        scopes: list[str] | None = None,
        events: list[str] | None = None,
        socket: bool | None = None,
    ) -> Json:
        """Change how the workspace behaves; what is left out stays. Answers like `state()`.

        `events_url` is where signed requests go ("" = nowhere); `deliveries` sends everything that often;
        `retry_delays_s` are the waits before a failed event is sent again; `scopes` replaces what the bot's
        token may do; `events` lists the event types that the app subscribes to; `socket=False` hangs up and
        refuses new sockets.
        """
        done: Json = self._wire.tell(
            "configure",
            latency_ms=latency_ms,
            rate_limits=rate_limits,
            events_url=events_url,
            deliveries=deliveries,
            retry_delays_s=retry_delays_s,
            scopes=scopes,
            events=events,
            socket=socket,
        )
        return done

    def refresh_sockets(self) -> None:
        """Tell every connected socket to reconnect, as Slack does every few hours."""
        self._wire.tell("refresh_sockets")

    def fault(
        self,
        method: str | None = None,
        kind: str = "ratelimited",
        *,
        times: int = 1,
        retry_after: int = 1,
        seconds: float = 1.0,
        nth: int = 1,
    ) -> None:
        """Make Web API calls of `method` ("*" or None: of any) fail.

        `kind`: ratelimited, server_error, bad_gateway, drop_before, drop_after, slow, error:<a Slack error>.
        """
        self._wire.tell(
            "fault",
            method=method or "*",
            kind=kind,
            times=times,
            retry_after=retry_after,
            seconds=seconds,
            nth=nth,
        )

    def hold(self, method: str, nth: int = 1, when: str = "before") -> str:
        """Stop the nth call of `method` ("*": of any) from now on, before or after it takes effect."""
        return str(self._wire.tell("hold", method=method, nth=nth, when=when)["hold"])

    def held(self, timeout: float = 5.0) -> Json | None:
        """Wait for a call to hang in a hold: {"hold", "when", "method", "args"}; each is told of once."""
        found: Json | None = self._wire.ask("held", patience_s=timeout + 5, timeout=timeout)["held"]
        return found

    def release(self, hold: str, how: str = "proceed") -> None:
        """Let a held call go on ("proceed") or close its connection ("drop")."""
        self._wire.tell("release", hold=hold, how=how)

    def clear_faults(self) -> None:
        """No faults, latency or rate limits any more; held calls go on."""
        self._wire.tell("clear_faults")

    def backstage(self, report: Json) -> list[str]:
        """Report how the bot is (`bot`, `owed`, `gave_up`, `registry`); what the page wishes, within 0.3 s."""
        return list(self._wire.tell("backstage", **report)["wishes"])

    def tell_story(self, scene: Json) -> None:
        """Show this scene of a story on the page: `n`, `of`, `title`, `said`, `state`, where it is, and tries."""
        self._wire.tell("story", **scene)

    def watchers(self) -> int:
        """How many pages are open in browsers."""
        return int(self._wire.ask("watchers")["pages"])

    def wait_for(self, predicate: Callable[[], Found | None], timeout: float = 5.0) -> Found:
        """Ask again and again until the answer is true, and return it. Raises TimeoutError."""
        until = time.monotonic() + timeout
        while True:
            if found := predicate():
                return found
            if time.monotonic() >= until:
                raise TimeoutError(f"still not so after {timeout} s")
            time.sleep(0.02)
