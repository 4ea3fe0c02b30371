"""Everybody in the workspace by handle, and its groups, read once in a while."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bot.slack.client import Slack

KEPT_S = 3600.0
PAGE = 200


class Directory:
    """Handles and display names. What was read stays when a page has to wait, and the next attempt reads on."""

    def __init__(self) -> None:
        self._people: dict[str, dict[str, Any]] = {}
        self._cursor: str | None = ""
        """Where the next page begins; None when all are read."""
        self._read_at = 0.0
        self._turn = asyncio.Lock()
        self._groups: list[dict[str, Any]] = []
        self._groups_read_at: float | None = None
        self._groups_turn = asyncio.Lock()

    async def groups(self, slack: Slack) -> list[dict[str, Any]]:
        """The groups that are in use, each with its handle and how many are in it. Raises Later, and Refused."""
        async with self._groups_turn:
            now = time.monotonic()
            if self._groups_read_at is None or now - self._groups_read_at > KEPT_S:
                answered = await slack.call("usergroups.list", include_count=True)
                self._groups, self._groups_read_at = list(answered.get("usergroups") or []), now
            return self._groups

    async def find(self, slack: Slack, handle: str) -> dict[str, Any] | None:
        """The active person with this handle; None when there is none. Raises Later when Slack makes it wait."""
        async with self._turn:
            if self._cursor is None and time.monotonic() - self._read_at > KEPT_S:
                self._people, self._cursor = {}, ""
            while self._cursor is not None:
                await self._read_page(slack)
        return self._people.get(handle.lower())

    async def _read_page(self, slack: Slack) -> None:
        more = {"cursor": self._cursor} if self._cursor else {}
        answered = await slack.call("users.list", limit=PAGE, **more)
        for user in answered.get("members") or []:
            if not user.get("deleted") and not user.get("is_bot"):
                names = (user.get("name"), (user.get("profile") or {}).get("display_name"))
                for name in names:
                    if name:
                        self._people.setdefault(str(name).lower(), user)
        self._cursor = (answered.get("response_metadata") or {}).get("next_cursor") or None
        self._read_at = time.monotonic()
