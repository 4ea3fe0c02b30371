"""What we may owe the outside, as plain frozen data; `owe` writes one to the outbox in the caller's transaction.

Facts carry their words; drawings carry only what to draw, and show the truth at delivery. Each effect says under which
key it is owed once, in which stream it keeps its turn, and what it draws.
"""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from storage import outbox
from storage.transaction import Transaction

Blocks = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Something owed. Subclasses are registered by name; their fields are plain data."""

    kinds: ClassVar[dict[str, type[Effect]]] = {}
    priority: ClassVar[int] = 5

    def __init_subclass__(cls) -> None:
        Effect.kinds[cls.__name__] = cls

    @property
    def key(self) -> str:
        """Owed once under this name; a fresh one where every owing counts."""
        return f"{type(self).__name__}:{uuid.uuid4().hex}"

    @property
    def stream(self) -> str | None:
        """Facts of one stream keep their order."""
        return None

    @property
    def subject(self) -> str | None:
        """What this draws, for drawings: one waiting and one in flight per subject."""
        return None

    @property
    def incident(self) -> int | None:
        """The incident it belongs to."""
        return getattr(self, "incident_id", None)


def owe(
    tx: Transaction,
    effect: Effect,
    *,
    needs: int | None = None,
    due_at: datetime | None = None,
    first: bool = False,
    unhurried: bool = False,
) -> int:
    """Owe an effect in this transaction, and return its id, for what needs it.

    `first`: what it draws is new, so that no earlier drawing of it can be waiting. `unhurried`: one of many that nobody
    waits for; it goes after everything else, at a pace, and keeps nothing that is said in the same place waiting.
    """
    payload, key = dataclasses.asdict(effect), effect.key
    return outbox.owe(
        tx,
        kind=type(effect).__name__,
        key=key,
        payload=payload,
        now=datetime.now(UTC),  # real time on purpose: the outbox never follows a shifted clock
        incident_id=effect.incident,
        needs=needs,
        stream=key if unhurried else effect.stream,
        subject=effect.subject,
        priority=outbox.UNHURRIED if unhurried else effect.priority,
        due_at=due_at,
        first=first,
    )


def read(kind: str, payload: dict[str, Any]) -> Effect:
    """The effect that was owed under this kind and payload. Raises KeyError for a kind of another version."""
    cls = Effect.kinds[kind]
    values = {
        field.name: tuple(payload[field.name])
        if isinstance(payload[field.name], list) and field.type == "tuple[str, ...]"
        else payload[field.name]
        for field in dataclasses.fields(cls)
    }
    return cls(**values)
