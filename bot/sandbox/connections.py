"""Connections of the server that can be cut, so that a client sees its answer lost and not an error."""

from __future__ import annotations

from asyncio import Transport
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class OpenConnections:
    """Who is connected, by address."""

    def __init__(self) -> None:
        self._by_client: dict[Address, Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """The HTTP protocol for uvicorn that keeps this list."""
        by_client = self._by_client

        class Listed(H11Protocol):
            def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
                super().connection_made(transport)
                if self.client is not None:
                    by_client[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    by_client.pop(self.client, None)
                super().connection_lost(exc)

        return Listed

    def cut(self, client: Address) -> None:
        """Close a connection at once, with nothing sent."""
        transport = self._by_client.get(client)
        if transport is not None:
            transport.abort()


class NoAnswer(Response):
    """The response that is none: the connection closes instead."""

    def __init__(self, connections: OpenConnections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        client: Any = scope["client"]
        self._connections.cut((client[0], client[1]))
        # uvicorn would answer 500 for us if we returned before it knows that the client is gone.
        while (await receive())["type"] != "http.disconnect":
            pass
