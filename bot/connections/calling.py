"""One request over HTTP: no redirects, no proxies, so many bytes and no more, and an end after so many seconds."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Final

import httpx

from bot.connections.connection import Connection

MOST_BYTES: Final = 256 * 1024
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.PoolTimeout)


class Down(Exception):
    """No answer that can be used; the text is a sentence that says what to do.

    `sent` is False where nothing can have reached the service.
    """

    def __init__(self, said: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(said)


@dataclass(frozen=True)
class Reply:
    """What a service answered."""

    status: int
    text: str

    @cached_property
    def body(self) -> object:
        """The JSON in it, in which decimals keep every digit; else the text without space around it."""
        try:
            return json.loads(self.text, parse_float=Decimal, parse_constant=str)
        except (ValueError, RecursionError):
            return self.text.strip()

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object that it is; of anything else, none."""
        return self.body if isinstance(self.body, dict) else {}


def call(
    connection: Connection,
    method: str,
    path: str,
    body: str | None = None,
    *,
    replica: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request to a path that is encoded already; any status is an answer. Raises Down."""
    if connection.unset:
        raise Down(connection.unset, sent=False)
    where = place(connection, replica)
    sending = _Sending(connection.timeout_s)
    try:
        request = _request(connection, method, path, body, replica=replica, headers=headers or {}, trace=sending.trace)
        return sending.send(request, _tls(connection.ca))
    except _TooSlow:
        so_long = f"{connection.timeout_s:.0f} second{'' if connection.timeout_s == 1 else 's'}"
        raise Down(
            f"{where} did not answer within {so_long}. "
            "Check that it is up, and that it can be reached from where the bot runs.",
            sent=sending.began,
        ) from None
    except _Unreadable as problem:
        raise Down(f"{where} {problem}", sent=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError, UnicodeError) as error:
        sent = sending.began or not isinstance(error, (*_NOT_SENT, httpx.InvalidURL, UnicodeError))
        raise Down(_unreachable(where, error), sent=sent) from None


def place(connection: Connection, replica: int = 0) -> str:
    """How a service is called in words: never by its host."""
    return f"{connection.name} (replica {replica + 1})" if len(connection.base_urls) > 1 else connection.name


class _TooSlow(Exception):
    pass


class _Unreadable(Exception):
    pass


class _GivenUp(Exception):
    pass


class _Sending:
    """A request in a thread of its own, because neither a name that is not found nor headers that drip have an end.

    After it was given up, nothing more is sent.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._given_up = False
        self.began = False
        self._stream: Any = None
        self._reply: Reply | None = None
        self._error: BaseException | None = None

    def send(self, request: httpx.Request, tls: ssl.SSLContext) -> Reply:
        thread = threading.Thread(target=self._run, args=(request, tls), name="connection", daemon=True)
        thread.start()
        thread.join(self._timeout_s)
        with self._lock:
            self._given_up = self._reply is None and self._error is None
        if self._given_up:
            self._hang_up()
            raise _TooSlow
        if self._error is not None:
            raise _TooSlow if isinstance(self._error, httpx.TimeoutException) else self._error
        assert self._reply is not None  # noqa: S101  (a thread that ended has one or the other)
        return self._reply

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore tells at each stage of a request, from the thread that sends it."""
        with self._lock:
            if self._given_up:
                raise _GivenUp
            if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
                self._stream = info.get("return_value")
            self.began = self.began or event.endswith("send_request_headers.started")

    def _run(self, request: httpx.Request, tls: ssl.SSLContext) -> None:
        reply, error = None, None
        try:
            with httpx.Client(verify=tls, trust_env=False, follow_redirects=False, timeout=self._timeout_s) as client:
                response = client.send(request, stream=True)
                try:
                    reply = Reply(response.status_code, _read(response))
                finally:
                    response.close()
        except BaseException as problem:  # whatever it is, it is raised where the call was made
            error = problem
        with self._lock:
            self._reply, self._error = reply, error

    def _hang_up(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError, AttributeError):
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _request(
    connection: Connection,
    method: str,
    path: str,
    body: str | None,
    *,
    replica: int,
    headers: Mapping[str, str],
    trace: Any,
) -> httpx.Request:
    base = httpx.URL(connection.base_urls[replica])
    wanted = base.raw_path.rstrip(b"/") + path.encode("ascii")
    url = base.copy_with(raw_path=wanted)
    if url.raw_path != wanted or url.host != base.host:
        raise httpx.InvalidURL("the path cannot be written as it is")
    # Nothing compressed: what is small on the way may be large here.
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "ml-incident", **headers}
    if body is not None:
        sent["Content-Type"] = "application/json"
    sent |= dict(connection.headers)
    content = None if body is None else body.encode()
    timeout = httpx.Timeout(connection.timeout_s).as_dict()
    return httpx.Request(method, url, headers=sent, content=content, extensions={"trace": trace, "timeout": timeout})


def _read(response: httpx.Response) -> str:
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise _Unreadable("answered compressed, although it was asked not to. Turn that off for the bot.")
    found = bytearray()
    for chunk in response.iter_raw():
        found += chunk
        if len(found) > MOST_BYTES:
            raise _Unreadable(f"answered with more than {MOST_BYTES // 1024} kB. Ask it for less.")
    return found.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _tls(ca: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca) if ca else httpx.create_ssl_context()


def _unreachable(where: str, error: BaseException) -> str:
    said = str(error)
    if "WRONG_VERSION_NUMBER" in said or "record layer" in said:
        return f"{where} does not speak TLS. Write http:// in its base_url, or put TLS in front of it."
    if isinstance(error.__cause__, ssl.SSLError) or "CERTIFICATE" in said or "SSL" in said:
        return (
            f"The TLS certificate of {where} is not trusted ({_brief(error)}). "
            "Name the file with your certificate authority as its ca, or renew the certificate."
        )
    if isinstance(error, httpx.InvalidURL | UnicodeError):
        return f"What would be asked of {where} cannot be written as an address. Mend the playbook."
    return f"{where} cannot be reached ({_brief(error)}). Check its base_url, and that it is up."


def _brief(error: BaseException) -> str:
    """The reason without file names of OpenSSL, and without the names of hosts."""
    said = " ".join(str(error).split("] ")[-1].split(" (_ssl")[0].split(" for '")[0].split())
    return said[:120].rstrip(".") or "no reason was given"
