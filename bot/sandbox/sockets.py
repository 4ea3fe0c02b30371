"""Socket Mode: the WebSockets that the bot keeps open to us, and what goes over them."""

import asyncio
import contextlib
import json
import secrets
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.answers import ACK_WITHIN_S, Answer

ACCEPTS_RESPONSE = ("slash_commands", "interactive")
LEAVE_WITHIN_S = 5.0
LAST_WORDS_S = 0.2


class Sockets:
    """The bot's open sockets; each delivery takes the next one in turn and waits for its acknowledgement."""

    def __init__(self, *, app_id: str) -> None:
        self.app_id = app_id
        self.accepting = True
        self._tickets: set[str] = set()
        self._open: list[WebSocket] = []
        # Kept for all sockets together: a client that reconnects acknowledges over its new socket.
        self._waiting: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> int:
        return len(self._open)

    def issue_ticket(self) -> str:
        """What the URL that `apps.connections.open` answers carries; good for one connection."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from `hello` until it closes."""
        ticket = socket.query_params.get("ticket", "")
        if not self.accepting or ticket not in self._tickets:
            await socket.close(code=1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        self._open.append(socket)
        try:
            await socket.send_text(json.dumps(self._hello()))
            while True:
                self._hear(await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError, KeyError):
            pass  # gone, or it sent bytes where Slack takes text
        finally:
            self._remove(socket)

    async def send(self, kind: str, payload: dict[str, Any], *, attempt: int, reason: str) -> Answer:
        """One envelope over the next socket; never raises."""
        envelope: dict[str, Any] = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind in ACCEPTS_RESPONSE,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason.removeprefix("http_") if attempt else ""}
        began = time.perf_counter()
        waiting: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = waiting
        socket = self._open.pop(0)
        self._open.append(socket)
        try:
            await socket.send_text(json.dumps(envelope))
            body = await asyncio.wait_for(waiting, ACK_WITHIN_S)
        except TimeoutError:
            return Answer(status=0, ms=_ms_since(began), error="operation_timeout")
        except (WebSocketDisconnect, RuntimeError, ConnectionError):
            self._remove(socket)
            return Answer(status=0, ms=_ms_since(began), error="dispatch_failed")
        finally:
            self._waiting.pop(envelope["envelope_id"], None)
        return Answer(status=200, ms=_ms_since(began), body=body)

    def refresh(self) -> None:
        """Ask every client to reconnect; a socket that is still there after a while is closed."""
        for socket in list(self._open):
            self._open.remove(socket)
            task = asyncio.get_running_loop().create_task(self._dismiss(socket))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def hang_up(self) -> None:
        """Close every socket now."""
        for socket in list(self._open):
            await _close(socket)
            self._remove(socket)

    async def _dismiss(self, socket: WebSocket) -> None:
        debug = {"host": "applink-sandbox"}
        try:
            await socket.send_text(
                json.dumps({"type": "disconnect", "reason": "refresh_requested", "debug_info": debug})
            )
            await self._successor()
        except (WebSocketDisconnect, RuntimeError, ConnectionError):
            return
        await _close(socket)

    async def _successor(self) -> None:
        """Wait until the client is back over another socket, and a moment longer for what it still sends."""
        until = time.monotonic() + LEAVE_WITHIN_S
        while not self._open and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await asyncio.sleep(LAST_WORDS_S)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": self.connected,
            "connection_info": {"app_id": self.app_id},
            "debug_info": {
                "host": "applink-sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
        }

    def _hear(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return  # Slack ignores what it cannot read
        if not isinstance(message, dict):
            return
        waiting = self._waiting.get(str(message.get("envelope_id")))
        payload = message.get("payload")
        if waiting is not None and not waiting.done():
            waiting.set_result(payload if isinstance(payload, dict) and payload else None)

    def _remove(self, socket: WebSocket) -> None:
        if socket in self._open:
            self._open.remove(socket)
        if not self._open:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError("the last socket closed"))


async def _close(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, ConnectionError):  # it was faster
        await socket.close(code=1001)


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
