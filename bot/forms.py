"""Opening forms (Slack's modals): the only calls to Slack that a handler may make before it acknowledges."""

from __future__ import annotations

import logging
from typing import Any

import httpx

from bot.addresses import is_here

log = logging.getLogger(__name__)

# A trigger lives three seconds, and the acknowledgement has to be out by then too.
TIMEOUT_S = 2.0
_GONE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"}


class FormNotOpened(Exception):
    """Slack did not open the form; the text is a sentence for the person."""


class Forms:
    """Slack's views.open, views.push and views.update over connections that stay open. Safe to share."""

    def __init__(self, *, api_url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=api_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(TIMEOUT_S),
            trust_env=not is_here(api_url),
        )

    def open(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a form for the person whose trigger this is. Raises FormNotOpened."""
        self._call("views.open", {"trigger_id": trigger_id, "view": view})

    def push(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Open a form on top of the one in which they clicked. Raises FormNotOpened."""
        self._call("views.push", {"trigger_id": trigger_id, "view": view})

    def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Show another form in place of an open one. Raises FormNotOpened."""
        self._call("views.update", {"view_id": view_id, "view": view})

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def _call(self, method: str, arguments: dict[str, Any]) -> None:
        try:
            answer = self._http.post(method, json=arguments).json()
        except (httpx.HTTPError, ValueError) as problem:
            log.warning("%s: %s", method, problem)
            raise FormNotOpened("Slack did not open the form in time. Please try again.") from None
        if answer.get("ok"):
            return
        error = str(answer.get("error"))
        log.warning("%s: %s %s", method, error, answer.get("response_metadata") or "")
        if error in _GONE:
            raise FormNotOpened("Slack took too long to open the form. Please try again.")
        raise FormNotOpened("Slack would not open the form. Please try again, or tell whoever runs this bot.")
