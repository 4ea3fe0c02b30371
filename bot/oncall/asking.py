"""One question to a schedule over HTTP: three seconds, JSON, and a sentence for whatever else comes back."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

TIMEOUT_S: Final = 3.0
Query = list[tuple[str, str | int | float | bool | None]]
_MOST_BYTES: Final = 1_000_000


class NoAnswer(Exception):
    """The text is a sentence with what to do; `status` is HTTP's, None where no answer came at all."""

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def is_down(self) -> bool:
        """Whether another question would fare the same."""
        return self.status not in {400, 404}


@dataclass(frozen=True, kw_only=True)
class Service:
    """Where to ask, how to be let in, and how the settings for both are called."""

    name: str
    url: str
    headers: dict[str, str] = field(repr=False)
    url_setting: str
    token_setting: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT_S), repr=False)

    def get(self, path: str, query: Query) -> dict[str, Any]:
        """The answer's JSON object. Raises NoAnswer."""
        until = time.monotonic() + TIMEOUT_S
        url = f"{self.url.rstrip('/')}{path}"
        try:
            with self.client.stream("GET", url, params=query, headers=self.headers) as response:
                if response.status_code != 200:
                    status = response.status_code
                    raise NoAnswer(f"{self.name} {self._what_to_do(status)}", status=status)
                body = self._body(response, until)
        except httpx.TimeoutException:
            raise self._too_late() from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
            kind = type(error).__name__
            raise NoAnswer(f"{self.name} cannot be reached ({kind}). Check {self.url_setting}.") from None
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._no_data()
        return answer

    def _body(self, response: httpx.Response, until: float) -> bytes:
        """All of it, unless it dribbles in or has no end."""
        body = b""
        for part in response.iter_bytes():
            body += part
            if len(body) > _MOST_BYTES:
                raise self._no_data()
            if time.monotonic() > until:
                raise self._too_late()
        return body

    def _too_late(self) -> NoAnswer:
        return NoAnswer(f"{self.name} did not answer within {TIMEOUT_S:.0f} seconds.")

    def _no_data(self) -> NoAnswer:
        return NoAnswer(f"{self.name} answered with something else than data. Check {self.url_setting}.")

    def _what_to_do(self, status: int) -> str:
        if status == 401:
            return f"does not accept the bot's token. Set {self.token_setting} anew."
        if status == 403:
            return f"does not let the bot's token read schedules. Give the token of {self.token_setting} that right."
        if status in {400, 404}:
            return "knows no schedule of that name. Check how the model's oncall is spelled."
        if status == 429:
            return "asks for fewer questions (HTTP 429). It is asked again soon."
        if status >= 500:
            return f"failed (HTTP {status}). It is asked again soon."
        return f"answered with HTTP {status}. Check {self.url_setting}."
