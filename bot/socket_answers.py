"""Answers over Socket Mode, sent together: whoever is answered goes back to work instead of waiting for the socket.

All answers share one socket. Where each of eight threads sends its own, each waits for its turn to run once before and
once after it: 10 to 60 ms in a flood, measured, and meanwhile the next requests queue behind them.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.frame_header import FrameHeader
from slack_sdk.socket_mode.builtin.internals import _build_data_frame_for_sending

log = logging.getLogger(__name__)


class Answers:
    """One thread that sends whatever has been answered since it last looked."""

    def __init__(self, client: SocketModeClient) -> None:
        self._client = client
        self._one_by_one: Callable[[str], None] = client.send_message
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="socket-answers", daemon=True)
        setattr(client, "send_message", self._waiting.put)  # noqa: B010 -- it calls this for every answer
        self._thread.start()

    def close(self, timeout: float) -> None:
        """Send what is waiting, and end."""
        self._waiting.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            self._send([answer for answer in batch if answer is not None])
            if None in batch:
                return

    def _send(self, answers: list[str]) -> None:
        session = self._client.current_session
        frames = b"".join(_build_data_frame_for_sending(answer, FrameHeader.OPCODE_TEXT) for answer in answers)
        try:
            if session is None or session.sock is None:
                raise ConnectionError("there is no connection")
            with session.sock_send_lock:
                session.sock.sendall(frames)
        except (OSError, AttributeError):
            self._again(answers)

    def _again(self, answers: list[str]) -> None:
        """The connection was replaced under us: the client's own way tries the new one."""
        for answer in answers:
            try:
                self._one_by_one(answer)
            except Exception as problem:  # not acknowledged, so Slack sends it again
                log.info("an answer did not reach Slack: %s", problem)
