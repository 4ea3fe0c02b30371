"""Socket Mode: requests of Slack over a WebSocket that we open, for bots that no request from outside can reach."""

from __future__ import annotations

import logging
import threading
import time

from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.app import THREADS, Dispatch

log = logging.getLogger(__name__)

_PATIENCE_S = (0.5, 1, 2, 5, 10, 30)
"""How long to wait before the next attempt to connect; the last one from then on."""


class _Handler(SocketModeHandler):
    """Bolt's handler, with our way in. What failed is not acknowledged, so that Slack sends it again."""

    def __init__(self, app: App, app_token: str, web_client: WebClient, dispatch: Dispatch) -> None:
        super().__init__(app, app_token, web_client=web_client, concurrency=THREADS)
        self._dispatch = dispatch

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]  # as Bolt's
        began = time.time()
        send_response(client, req, self._dispatch(BoltRequest(mode="socket_mode", body=req.payload)), began)


class SocketMode:
    """The connection. It is opened in the background, so that Slack being down does not stop the start."""

    def __init__(self, app: App, dispatch: Dispatch, *, app_token: str, api_url: str) -> None:
        client = WebClient(base_url=api_url, timeout=10, retry_handlers=[])
        self._handler = _Handler(app, app_token, client, dispatch)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._connect, name="socket-mode", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us now."""
        return bool(self._handler.client.is_connected())

    def start(self) -> None:
        """Connect, and stay connected, from now on."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Take no more requests; what is being answered is finished, within the time given."""
        self._stopping.set()
        # The client joins its threads one after the other, and may wait for the next ping.
        closing = threading.Thread(target=self._handler.close, name="socket-mode-close", daemon=True)
        closing.start()
        closing.join(timeout)

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


def _why(problem: Exception) -> str:
    response = getattr(problem, "response", None)
    return str(response["error"]) if response is not None else f"{type(problem).__name__}: {problem}"
