"""How the bot answered one delivery."""

from dataclasses import dataclass
from typing import Any

ACK_WITHIN_S = 3.0


@dataclass(frozen=True)
class Answer:
    """`error` is empty, `operation_timeout` (no answer in 3 s) or `dispatch_failed` (nobody, or not 2xx).

    `status` is the HTTP status, 200 for an acknowledgement over a socket, 0 for none. `again` is false when
    the bot asked not to get the event again.
    """

    status: int
    ms: float
    body: dict[str, Any] | None = None
    error: str = ""
    again: bool = True

    @property
    def ok(self) -> bool:
        return not self.error
