"""One question to a schedule over HTTP: three seconds, JSON, and a sentence for whatever else comes back."""

from __future__ import annotations

import ssl
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
        try:
            response = self.client.get(f"{self.url.rstrip('/')}{path}", params=query, headers=self.headers)
        except httpx.TimeoutException:
            raise NoAnswer(f"{self.name} did not answer within {TIMEOUT_S:.0f} seconds.") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, UnicodeError) as error:
            kind = type(error).__name__
            raise NoAnswer(f"{self.name} cannot be reached ({kind}). Check {self.url_setting}.") from None
        status = response.status_code
        if status != 200:
            raise NoAnswer(f"{self.name} {self._what_to_do(status)}", status=status)
        if len(response.content) <= _MOST_BYTES:
            try:
                answer = response.json()
            except ValueError:
                answer = None
            if isinstance(answer, dict):
                return answer
        raise NoAnswer(f"{self.name} answered with something else than data. Check {self.url_setting}.")

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
