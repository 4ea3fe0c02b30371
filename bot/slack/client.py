"""One shared connection to Slack's Web API: calls at the pace Slack allows, refusals in Slack's own word."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.addresses import is_here
from bot.slack.outcomes import RATE_LIMITED, Later, Refused
from bot.slack.rates import Rates

Answer = dict[str, Any]
log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 10.0
LONGEST_PAUSE_S = 2.0
"""A call waits this long for its turn; beyond, its effect is put back so that others can go."""
PAGE = 200


class Slack:
    """Slack as the worker sees it. Use it as `async with`, in one event loop."""

    def __init__(self, *, token: str, base_url: str, rates: Rates, connections: int) -> None:
        self.rates = rates
        self._token = token
        self._base_url = base_url
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        self._bot_user: str | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(total=CALL_TIMEOUT_S),
        )
        # The client would repeat a call by itself after a connection error, and post twice behind our back.
        self._client = AsyncWebClient(
            token=self._token, base_url=self._base_url, session=self._session, retry_handlers=[]
        )
        if is_here(self._base_url):  # a proxy of the environment cannot reach this machine's own addresses
            self._client.proxy = None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, **arguments: Any) -> Answer:
        """One call. Raises Refused when Slack says no, Later when it cannot be known or has to wait."""
        channel = str(arguments.get("channel", ""))
        await self._take_turn(method, channel)
        try:
            answered = await getattr(self._client, method.replace(".", "_"))(**arguments)
        except SlackApiError as error:
            raise self._refusal(method, channel, error) from None
        except (aiohttp.ClientError, TimeoutError, OSError, SlackClientError) as error:
            raise Later(f"no answer from Slack ({method}: {type(error).__name__})") from None
        data = answered.data
        return data if isinstance(data, dict) else {}

    async def pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[list[Answer]]:
        """The rows under `key` of a paginated method, a page at a time, to the last page."""
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            answered = await self.call(method, limit=PAGE, **arguments, **more)
            yield answered.get(key) or []
            cursor = (answered.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    async def bot_user(self) -> str:
        """The bot's own user id, asked once."""
        if self._bot_user is None:
            self._bot_user = str((await self.call("auth.test"))["user_id"])
        return self._bot_user

    async def send_file(self, url: str, content: bytes) -> None:
        """Send an upload's bytes to the address that Slack reserved for it. Raises Refused or Later."""
        status, said = await self._post(url, data=content, headers={"Content-Type": "application/octet-stream"})
        if status >= 500 or status == 429:
            raise Later(f"Slack did not take the file (HTTP {status})")
        if status >= 300:
            raise Refused("upload", f"http_{status}", {"said": said})

    async def respond(self, url: str, body: Answer) -> bool:
        """Answer over a response_url; False when Slack does not take it any more."""
        status, _ = await self._post(
            url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json; charset=utf-8"}
        )
        return status < 300

    async def _post(self, url: str, *, data: bytes, headers: dict[str, str]) -> tuple[int, str]:
        assert self._session is not None and self._client is not None  # noqa: S101, PT018 - set on entering
        proxy = None if is_here(url) else self._client.proxy
        try:
            async with self._session.post(url, data=data, headers=headers, proxy=proxy) as answered:
                return answered.status, (await answered.text(errors="replace"))[:200]
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Later(f"no answer from Slack ({type(error).__name__})") from None

    async def _take_turn(self, method: str, channel: str) -> None:
        while wait := self.rates.wait(method, channel):
            if wait > LONGEST_PAUSE_S:
                raise Later(f"Slack's limit for {method} is reached", delay=wait, untouched=True)
            await asyncio.sleep(wait)
        self.rates.count(method, channel)

    def _refusal(self, method: str, channel: str, error: SlackApiError) -> Refused | Later:
        response = error.response
        status = getattr(response, "status_code", None) or getattr(response, "status", 0)
        data = getattr(response, "data", None)
        answer = data if isinstance(data, dict) else {}
        word = str(answer.get("error", ""))
        if status == 429 or word in RATE_LIMITED:
            seconds = _retry_after(getattr(response, "headers", {}))
            self.rates.pause(method, seconds, channel)
            log.warning("Slack asks to wait %g s before the next %s", seconds, method)
            return Later(f"Slack's limit for {method} is reached", delay=seconds, untouched=True)
        if not word:
            return Later(f"Slack had a fault of its own ({method}: HTTP {status})")
        return Refused(method, word, answer)


def _retry_after(headers: Any) -> float:
    try:
        return max(1.0, float(headers.get("Retry-After", 1)))
    except (TypeError, ValueError):
        return 1.0
