"""Asking a registry over HTTP within limits, and telling an operator what to do when it does not answer."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from bot.registries.protocol import RegistryDown
from bot.views.text import clean

Json = dict[str, Any]

CALL_SECONDS: Final = 3.0
READING_SECONDS: Final = 60.0
"""For everything that one sync asks: a server that needs longer is as good as down."""
MOST_PAGES: Final = 1000
MOST_BYTES: Final = 50_000_000
"""Of one answer: a page of models is a hundredth of it."""


class NotThere(RegistryDown):
    """The registry is well, and knows nothing of that name."""


class NotAllowed(RegistryDown):
    """The registry is well, and does not let the bot's account see this."""


class Refused(RegistryDown):
    """The registry understood that it was asked, and refuses this very question."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """What is said of a registry when it cannot be read."""

    name: str
    setting: str
    """The setting with its address."""
    address: str
    """What belongs there, and what does not."""
    credentials: str
    """What to do when they are not accepted."""
    right: str
    """What to do when they may not read models."""

    def what_to_do(self, status: int, message: str) -> str:
        """The rest of a sentence that begins with the server."""
        if 300 <= status < 400:
            return (
                "sends the bot to another address, as a log-in page does. Give the bot a way around it, "
                f"or write the final address in {self.setting}."
            )
        if status >= 500:
            return f"failed (HTTP {status}). Look at the server's log."
        refused = f"refused the question (HTTP {status}{f': {message}' if message else ''}). Look at the server's log."
        return {
            200: f"answered with a page instead of data. Check that {self.setting} is {self.address}.",
            401: f"does not accept the bot's credentials. {self.credentials}",
            403: f"does not let the bot's account read models. {self.right}",
            404: f"has no {self.name} API there. Give {self.setting} {self.address}.",
            429: "asks for fewer questions (HTTP 429). Nothing needs to be done unless this stays.",
        }.get(status, refused)


class Calls:
    """An open connection; use it in a `with`. Every failure is a RegistryDown, and none repeats a secret."""

    def __init__(
        self,
        service: Service,
        address: str,
        *,
        path: str = "",
        token: str | None = None,
        login: tuple[str, str] | None = None,
        within_s: float = READING_SECONDS,
    ) -> None:
        self.service, self.place = service, _place(service.name, address)
        self._secrets = [secret for secret in (token, login[1] if login else None) if secret]
        token = token.strip() if token else None
        if token and not (token.isascii() and token.isprintable()):  # else the HTTP library would quote it
            raise RegistryDown(
                f"{self.place} cannot be asked: its token holds a character that no token has. {service.credentials}"
            )
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        if not address:
            raise RegistryDown(
                f"No {service.name} server is named. Set {service.setting}, or take it out of ML_INCIDENT_REGISTRIES."
            )
        try:
            base = httpx.URL(f"{address.strip().rstrip('/')}/{path}")
            self._client = httpx.Client(base_url=base, headers=headers, auth=login, timeout=CALL_SECONDS)
        except (httpx.InvalidURL, ValueError, ssl.SSLError, OSError) as error:
            raise RegistryDown(
                f"{self.place} cannot be asked ({self._brief(error)}). Check {service.setting} and SSL_CERT_FILE."
            ) from None
        self._within_s, self._ends = within_s, time.monotonic() + within_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, asked: Mapping[str, Any] | None = None) -> Json:
        """One question; the answer's JSON object."""
        return self._ask("GET", path, params=asked)

    def post(self, path: str, body: Json) -> Json:
        """One question that does not fit into an address; the answer's JSON object."""
        return self._ask("POST", path, body=body)

    def endless(self) -> RegistryDown:
        """What is raised where one page leads to the next for ever."""
        return RegistryDown(f"{self.place} never came to a last page of models. Look at the server's log.")

    def _ask(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Json:
        self._in_time()
        try:
            with self._client.stream(method, path, params=params, json=body) as response:
                content = self._content(response)
        except httpx.TimeoutException:
            raise RegistryDown(
                f"{self.place} did not answer within {CALL_SECONDS:.0f} seconds. "
                "Check that it is up, and that it can be reached from where the bot runs."
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise RegistryDown(self._unreachable(error)) from None
        answer = _object(content)
        if response.status_code == 200 and answer is not None:
            return answer
        raise self._refusal(response.status_code, content.decode("utf-8", "replace"), answer or {})

    def _content(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            self._in_time()
            if size > MOST_BYTES:
                raise RegistryDown(
                    f"{self.place} answered with more than {MOST_BYTES // 1_000_000} MB. "
                    f"Check that {self.service.setting} is {self.service.address}."
                )
        return b"".join(parts)

    def _in_time(self) -> None:
        if time.monotonic() > self._ends:
            raise RegistryDown(
                f"{self.place} was too slow: it was still answering after {self._within_s:.0f} seconds. "
                "Look at the server's load."
            )

    def _unreachable(self, error: Exception) -> str:
        said, brief, setting = str(error), self._brief(error), self.service.setting
        if "WRONG_VERSION_NUMBER" in said or "record layer" in said:
            return f"{self.place} does not speak TLS. Write http:// in {setting}, or put TLS in front of it."
        if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in said or "SSL" in said:
            return (
                f"The TLS certificate of {self.place} is not trusted ({brief}). "
                "Name the file with your certificate authority in SSL_CERT_FILE, or renew the certificate."
            )
        return f"{self.place} cannot be reached ({brief}). Check {setting}, and that the server is up."

    def _refusal(self, status: int, text: str, answer: Json) -> RegistryDown:  # noqa: ARG002 - some look at the page
        message = self.brief_text(_message(answer))
        if status == 404 and message:
            return NotThere(
                f"{self.place} found nothing there ({message}). Give {self.service.setting} {self.service.address}, "
                "and check the names in its other settings."
            )
        sentence = f"{self.place} {self.service.what_to_do(status, message)}"
        return {400: Refused, 403: NotAllowed}.get(status, RegistryDown)(sentence)

    def _brief(self, error: Exception) -> str:
        said = str(error).split("] ")[-1]
        return self.brief_text(said.split(" (_ssl")[0]) or "no reason was given"

    def brief_text(self, text: str) -> str:
        """What a server says, fit for one line of a log: short, and without any of our secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return " ".join(clean(text[:2000]).split())[:200].rstrip(".")


def _object(content: bytes) -> Json | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _message(answer: Json) -> str:
    """Why, as the registries write it: `message`, or `error` with a text or with a message of its own."""
    error = answer.get("error")
    said = [answer.get("message"), error.get("message") or error.get("name") if isinstance(error, dict) else error]
    return next((text for text in said if isinstance(text, str) and text), "")


def _place(name: str, address: str) -> str:
    """The server as people may read it: without user name, password or query."""
    try:
        parts = urlsplit(address.strip())
        host = f"{parts.hostname or 'nowhere'}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return name
    return f"{name} at {parts.scheme or 'http'}://{host}{parts.path.rstrip('/')}"
