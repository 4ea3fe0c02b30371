"""Asking a registry over HTTP within limits, and telling an operator what to do when it does not answer."""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from bot.registries.patience import PASSING_STATUS, Passing, Patience, asked_wait, is_passing
from bot.registries.protocol import Health, RegistryDown
from bot.registries.service import Service
from bot.views.text import clean

__all__ = [
    "CALL_SECONDS",
    "MOST_BYTES",
    "MOST_PAGES",
    "READING_SECONDS",
    "Calls",
    "Json",
    "NotAllowed",
    "NotThere",
    "Refused",
    "Service",
]

log = logging.getLogger(__name__)
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
        except (httpx.InvalidURL, ValueError, ssl.SSLError, OSError, ImportError) as error:
            raise RegistryDown(
                f"{self.place} cannot be asked ({self._brief(error)}). "
                f"Check {service.setting}, SSL_CERT_FILE, and the proxy in HTTPS_PROXY or ALL_PROXY."
            ) from None
        self._within_s, self._ends = within_s, time.monotonic() + within_s
        self._patience = Patience(self._ends)

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

    def nothing(self, shown: object) -> str | None:
        """What to say where no model is shown: who may read nothing is often not refused, but gets an empty list."""
        if shown:
            return None
        return (
            f"{self.place} shows no models to the bot's account. If there are some: {self.service.right} "
            "Until then what was last known stays."
        )

    def well(self, shown: object) -> Health:
        """How a look at the registry ended that was answered, and shown these models."""
        said = self.nothing(shown)
        return Health(ok=said is None, sentence=said or f"{self.place} answers.")

    def _ask(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Json:
        """Again where it failed in passing: every question reads, or sets what may be set to the same twice."""
        asked, since = 0, time.monotonic()
        while True:
            while (quiet := self._patience.quiet_for()) > 0:
                self._in_time()
                time.sleep(quiet)
            self._in_time()
            asked += 1
            try:
                return self._ask_once(method, path, params=params, body=body)
            except Passing as failure:
                if not self._patience.waits_after(failure, asked=asked, since=since):
                    raise
                log.info("asked again: %s", failure)

    def _ask_once(self, method: str, path: str, *, params: Mapping[str, Any] | None, body: Any) -> Json:
        try:
            with self._client.stream(method, path, params=params, json=body) as response:
                content = self._content(response)
        except httpx.TimeoutException:
            raise Passing(
                f"{self.place} did not answer within {CALL_SECONDS:.0f} seconds. "
                "Check that it is up, and that it can be reached from where the bot runs.",
                was_slow=True,
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise (Passing if is_passing(error) else RegistryDown)(
                self.service.unreachable(self.place, error, self._brief(error))
            ) from None
        answer = _object(content)
        if response.status_code == 200 and answer is not None:
            return answer
        if response.is_redirect:
            raise RegistryDown(f"{self.place} {self.service.what_to_do(302, '', leads_to=_place_of(response))}")
        if response.status_code == 200 and content.lstrip()[:1] in (b"{", b""):
            raise RegistryDown(
                f"{self.place} answered with data that is damaged or breaks off ({len(content)} bytes). "
                f"Check that {self.service.setting} is {self.service.address}, "
                "and look at the logs of the server and of any proxy."
            )
        refusal = self._refusal(response.status_code, content.decode("utf-8", "replace"), answer or {})
        if response.status_code in PASSING_STATUS:
            raise Passing(str(refusal), wait_s=asked_wait(response.headers))
        raise refusal

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


def _place_of(response: httpx.Response) -> str:
    """Where a redirect leads, without what may be secret in it: a query, or a path on another server."""
    try:
        there = response.url.join(response.headers["Location"])
    except (httpx.InvalidURL, ValueError):
        return "another address"
    is_elsewhere = (there.scheme, there.netloc) != (response.url.scheme, response.url.netloc)
    return clean(f"{there.scheme}://{there.netloc.decode('ascii')}" if is_elsewhere else there.path)[:200]


def _place(name: str, address: str) -> str:
    """The server as people may read it: without user name, password or query."""
    try:
        parts = urlsplit(address.strip())
        host = f"{parts.hostname or 'nowhere'}{f':{parts.port}' if parts.port else ''}"
    except ValueError:
        return name
    return f"{name} at {parts.scheme or 'http'}://{host}{parts.path.rstrip('/')}{_through(parts)}"


def _through(parts: SplitResult) -> str:
    """The proxy that the environment puts on the way: what is wrong is often wrong with that."""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return ""
    try:
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{through.port}" if through.port else ""
    except ValueError:
        return " through a proxy"
    return f" through the proxy {through.hostname}{port}"
