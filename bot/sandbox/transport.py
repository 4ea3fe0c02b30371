"""How things reach the bot: over a socket where one is connected, else signed HTTP; also repeats."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable
from typing import Any

from bot.sandbox.answers import Answer
from bot.sandbox.signed_http import SignedHttp
from bot.sandbox.sockets import Sockets

RETRY_DELAYS_S = (0.0, 60.0, 300.0)
KEPT_DELIVERIES = 20_000
CHANNEL_TYPES = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}


class Transport:
    """Sends one thing at a time or a hundred a second: no delivery waits for another."""

    def __init__(self, *, app_id: str, team_id: str, bot_user_id: str, signing_secret: str) -> None:
        self.http = SignedHttp(signing_secret=signing_secret)
        self.sockets = Sockets(app_id=app_id)
        self.deliveries = 1
        self.retry_delays_s: tuple[float, ...] = RETRY_DELAYS_S
        self.subscribed: frozenset[str] | None = None
        self.log: list[dict[str, Any]] = []
        self._count = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._envelope = {
            "token": "sandbox-verification-token",
            "team_id": team_id,
            "context_team_id": team_id,
            "context_enterprise_id": None,
            "api_app_id": app_id,
            "type": "event_callback",
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team_id,
                    "user_id": bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }

    @property
    def pending(self) -> int:
        """Events that are on their way, or wait to be sent again."""
        return len(self._tasks)

    async def send(self, kind: str, payloads: list[dict[str, Any]], *, name: str) -> list[Answer]:
        """Deliver a command or an interaction, as often as there are payloads, all at once; their answers."""
        sent = (self._once(kind, payload, name=name, attempt=attempt) for attempt, payload in enumerate(payloads))
        return list(await asyncio.gather(*sent))

    def announce(self, inner: dict[str, Any], *, event_time: float) -> None:
        """Send an event to the bot in the background, if the app subscribes to its type."""
        if not self._wanted(inner):
            return
        event_id = f"Ev{secrets.token_hex(5).upper()}"
        payload = {
            **self._envelope,
            "event": inner,
            "event_id": event_id,
            "event_time": int(event_time),
            "event_context": f"4-{secrets.token_hex(8)}",
        }
        task = asyncio.get_running_loop().create_task(self._insist(payload, name=event_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await self.sockets.hang_up()
        await self.http.close()

    async def _insist(self, payload: dict[str, Any], *, name: str) -> None:
        """Deliver an event as often as it is to be repeated, and again while the bot does not take it."""
        answers = await asyncio.gather(
            *(self._once("events_api", payload, name=name, attempt=attempt) for attempt in range(self.deliveries))
        )
        answer = answers[0]
        for attempt, delay in enumerate(self.retry_delays_s, start=1):
            if answer.ok or not answer.again:
                return
            await asyncio.sleep(delay)
            answer = await self._once("events_api", payload, name=name, attempt=attempt, reason=_retry_reason(answer))

    async def _once(
        self, kind: str, payload: dict[str, Any], *, name: str, attempt: int, reason: str = "http_timeout"
    ) -> Answer:
        send: Callable[..., Any] | None = None
        if self.sockets.connected:
            send = self.sockets.send
        elif self.http.url:
            send = self.http.send
        if send is None:
            answer = Answer(status=0, ms=0.0, error="dispatch_failed")
        else:
            answer = await send(kind, payload, attempt=attempt, reason=reason)
        self._note(kind, name=name, attempt=attempt, answer=answer)
        return answer

    def _wanted(self, inner: dict[str, Any]) -> bool:
        if self.subscribed is None:
            return True
        kind = str(inner["type"])
        part = CHANNEL_TYPES.get(str(inner.get("channel_type")), "")
        return kind in self.subscribed or f"{kind}.{part}" in self.subscribed

    def _note(self, kind: str, *, name: str, attempt: int, answer: Answer) -> None:
        self.log.append(
            {
                "n": next(self._count),
                "kind": kind,
                "id": name,
                "attempt": attempt,
                "status": answer.status,
                "ms": answer.ms,
                "error": answer.error,
                "at": time.time(),
            }
        )
        del self.log[:-KEPT_DELIVERIES]


def _retry_reason(answer: Answer) -> str:
    if answer.error == "operation_timeout":
        return "http_timeout"
    return "http_error" if answer.status else "connection_failed"
