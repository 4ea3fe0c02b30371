"""Looking at a connection before it is needed: whether it answers and lets the bot in, and what it allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.connections import mlflow
from bot.connections.book import Connections
from bot.connections.calling import Down, call, place
from bot.connections.connection import Connection
from bot.connections.questions import number_of


@dataclass(frozen=True)
class Health:
    """One connection, or one replica of it: whether it can be used, in a sentence; where it cannot, what to do."""

    name: str
    ok: bool
    say: str


def look(connections: Connections) -> Iterator[Health]:
    """Every connection, one after the other (network)."""
    for connection in connections:
        for replica in range(max(len(connection.base_urls), 1)):
            name = place(connection, replica)
            try:
                _ask(connection, replica)
            except (Down, mlflow.NotThere) as down:
                yield Health(name, ok=False, say=connections.blot(str(down)))
            else:
                yield Health(name, ok=True, say=f"answers; playbooks may {connection.allowed}")


def _ask(connection: Connection, replica: int) -> None:
    if connection.kind == "mlflow":
        mlflow.look(connection)
    elif connection.kind == "prometheus":
        number_of(connection, "1")
    else:
        # HEAD changes nothing anywhere, and what a service answers without a model's name does not matter.
        reply = call(connection, "HEAD", connection.paths[0], replica=replica)
        if reply.status in (401, 403, 407):
            said = f"does not let the bot in (HTTP {reply.status}). Check its auth."
            raise Down(f"{place(connection, replica)} {said}", sent=False)
