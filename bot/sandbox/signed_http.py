"""Requests to the bot over HTTP, signed as Slack signs them."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.answers import ACK_WITHIN_S, Answer

FORM = "application/x-www-form-urlencoded"
# Shorter than the 5 s that uvicorn keeps an idle connection, so that none is used while it is being closed.
KEEP_IDLE_S = 2.0


def sign(*, secret: str, timestamp: str, body: bytes) -> str:
    """Slack's `v0` signature of a request body."""
    signed = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={signed.hexdigest()}"


def encode(kind: str, payload: dict[str, Any]) -> tuple[str, bytes]:
    """Content type and body of a delivery: commands and interactions are forms, events are JSON."""
    match kind:
        case "slash_commands":
            return FORM, urlencode(payload).encode()
        case "interactive":
            return FORM, urlencode({"payload": json.dumps(payload)}).encode()
        case _:
            return "application/json", json.dumps(payload).encode()


class SignedHttp:
    """Posts deliveries to the bot's request URL, all of them at once if need be."""

    def __init__(self, *, signing_secret: str) -> None:
        self.signing_secret = signing_secret
        self.url = ""
        self._session: aiohttp.ClientSession | None = None

    async def send(self, kind: str, payload: dict[str, Any], *, attempt: int, reason: str) -> Answer:
        """One signed POST; never raises: a bot that cannot be reached is `dispatch_failed`."""
        content_type, body = encode(kind, payload)
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret=self.signing_secret, timestamp=timestamp, body=body),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        began = time.perf_counter()
        try:
            async with self._opened().post(self.url, data=body, headers=headers, allow_redirects=False) as got:
                text = await got.text()
                return Answer(
                    status=got.status,
                    ms=_ms_since(began),
                    body=_body(text),
                    error="" if 200 <= got.status < 300 else "dispatch_failed",
                    again=got.headers.get("X-Slack-No-Retry") != "1",
                )
        except TimeoutError:
            return Answer(status=0, ms=_ms_since(began), error="operation_timeout")
        except (aiohttp.ClientError, ValueError):
            return Answer(status=0, ms=_ms_since(began), error="dispatch_failed")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first request, because a session belongs to the loop that runs then.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_IDLE_S),
                timeout=aiohttp.ClientTimeout(total=ACK_WITHIN_S),
            )
        return self._session


def _body(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)
