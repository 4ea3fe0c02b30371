"""How the small Slack says no: one exception that carries Slack's own error code."""

from __future__ import annotations

from typing import Any


class SlackRefusal(Exception):
    """A call that Slack refuses; `code` is Slack's error, `extra` whatever else the answer carries."""

    def __init__(self, code: str, *, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []
        self.extra = extra

    def answer(self) -> dict[str, Any]:
        """The Web API's answer to the refused call."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
        return body
