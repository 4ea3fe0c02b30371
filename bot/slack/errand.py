"""What a doer is given: one claimed effect, Slack, and short looks at the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.effects import Effect
from bot.incidents.desk import Desk, Drawing, Feature
from bot.slack.client import Slack
from bot.slack.outcomes import Later
from storage import outbox
from storage.outbox import Claimed
from storage.transaction import Storage, Transaction
from storage.types import Json

E = TypeVar("E", bound=Effect)
T = TypeVar("T")

Learnt = dict[str, Any]
Write = Callable[[Desk, Any, Learnt], None]
"""(desk, effect, what was learnt) → written down in the transaction that settles the effect."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every errand shares."""

    slack: Slack
    storage: Storage
    desk: Callable[[Transaction], Desk]
    feature: Feature
    announce_channel: str
    digest_channel: str
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def turn(self, what: str) -> asyncio.Lock:
        """Held by the one errand that finds this out while the others wait."""
        return self._turns.setdefault(what, asyncio.Lock())


@dataclass(frozen=True)
class Errand(Generic[E]):
    """One effect to be done, by whoever holds its lease."""

    effect: E
    claimed: Claimed
    around: Surroundings

    @property
    def slack(self) -> Slack:
        return self.around.slack

    @property
    def again(self) -> bool:
        """Whether an earlier attempt may have done it already, its answer lost."""
        return self.claimed.attempts > 1

    async def read(self, look: Callable[[Desk], T]) -> T:
        """What `look` finds in a reading transaction; nothing in it may wait for the network."""

        def _look() -> T:
            with self.around.storage.reading() as tx:
                return look(self.around.desk(tx))

        return await asyncio.to_thread(_look)

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Change something at once, in a short transaction of its own."""

        def _change() -> T:
            with self.around.storage.transaction() as tx:
                return change(tx)

        return await asyncio.to_thread(_change)

    async def keep(self, progress: Json) -> None:
        """Remember how far this got, for the next attempt. Raises Later when another worker has taken over."""
        if not await self.write(lambda tx: outbox.keep_progress(tx, self.claimed, progress)):
            raise Later("the lease was lost")

    def draw(self, desk: Desk) -> Drawing | None:
        """What the effect's feature draws of the present state; None when there is nothing to show."""
        drawing = self.around.feature.drawings.get(type(self.effect))
        return None if drawing is None else drawing(desk, self.effect)


Doer = Callable[[Errand[Any]], Awaitable[Learnt | None]]
"""Does it, and says what was learnt; None when it is done and there is nothing to write down. Raises Later or Never."""
