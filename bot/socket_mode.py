"""Socket Mode: requests of Slack over a WebSocket that we open, for bots that no request from outside can reach."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable

from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.addresses import is_here
from bot.app import THREADS, Dispatch
from bot.socket_answers import Answers

log = logging.getLogger(__name__)
_client_log = log.getChild("client")

_PATIENCE_S = (0.5, 1, 2, 5, 10, 30)
"""How long to wait before the next attempt to connect; the last one from then on."""


_READ_AT_ONCE = 65_536
"""Bytes. At the client's 1,024 each event takes several reads, and each of them waits for its turn to run."""
HANG_UP_S = 0.3
"""The client's reader holds on to the connection for up to three seconds; when the process ends it is closed anyway."""


class _Handler(SocketModeHandler):
    """Bolt's handler, with our way in. What failed is not acknowledged, so that Slack sends it again."""

    def __init__(self, app: App, app_token: str, web_client: WebClient, dispatch: Dispatch) -> None:
        super().__init__(app, app_token, web_client=web_client, concurrency=THREADS, logger=_client_log)
        self._dispatch = dispatch
        self._hurried: object = None

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's
        began = time.time()
        self._send_at_once(client)
        send_response(client, req, self._dispatch(BoltRequest(mode="socket_mode", body=req.payload)), began)

    def _send_at_once(self, client: SocketModeClient) -> None:
        """Without this the kernel holds an answer back until the one before it is confirmed: 40 ms each, measured."""
        session = client.current_session
        if session is not None and session is not self._hurried and session.sock is not None:
            session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hurried = session


class SocketMode:
    """The connection. It is opened in the background, so that Slack being down does not stop the start."""

    def __init__(self, app: App, dispatch: Dispatch, *, app_token: str, api_url: str) -> None:
        client = WebClient(base_url=api_url, timeout=10, retry_handlers=[])
        if is_here(api_url):
            client.proxy = None
        self._handler = _Handler(app, app_token, client, dispatch)
        self._answers = Answers(self._handler.client)
        self._handler.client.receive_buffer_size = _READ_AT_ONCE
        if is_here(api_url):
            self._handler.client.proxy = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us now."""
        return bool(self._handler.client.is_connected())

    def start(self) -> None:
        """Connect, and stay connected, from now on."""
        _client_log.disabled = False
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take no more requests; what is being answered is finished, within the time given."""
        self._stopping.set()
        client = self._handler.client
        # Not its own close(): that hangs up before what is being answered is answered.
        client.closed = True
        client.auto_reconnect_enabled = False
        _within(timeout, client.message_workers.shutdown)
        self._answers.close(timeout)
        client.current_session_state.terminated = True
        for runner in (client.current_session_runner, client.current_app_monitor, client.message_processor):
            runner.event.set()
        _client_log.disabled = True  # its reader complains about the connection that is taken from under it
        _within(HANG_UP_S, client.disconnect)

    def _connect(self) -> None:
        attempt = 0
        while not self._stopping.is_set():
            try:
                self._handler.client.connect()
            except Exception as problem:  # from a refused token to a broken proxy: all are tried again
                wait = _PATIENCE_S[min(attempt, len(_PATIENCE_S) - 1)]
                log.warning("Socket Mode is not connected (%s); trying again in %s s", _why(problem), wait)
                attempt += 1
                self._stopping.wait(wait)
            else:
                log.info("Socket Mode is connected")
                return


def _within(timeout: float, do: Callable[[], object]) -> None:
    """Do it, or leave it to a thread that ends with the process."""
    thread = threading.Thread(target=do, name="socket-mode-stop", daemon=True)
    thread.start()
    thread.join(timeout)


def _why(problem: Exception) -> str:
    response = getattr(problem, "response", None)
    return str(response["error"]) if response is not None else f"{type(problem).__name__}: {problem}"
