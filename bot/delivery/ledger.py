"""The worker's transactions: what finished is settled with what was learnt, and the next is claimed, all in one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.delivery.counts import Counts
from bot.effects import Effect
from bot.incidents.desk import Desk, Feature
from bot.slack.errand import Learnt
from bot.slack.outcomes import Later, Never
from bot.slack.ways import Way
from storage import deliveries, outbox
from storage.outages import out_of_reach
from storage.outbox import Claimed
from storage.transaction import Storage, Transaction

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """Done, and what was learnt, if anything."""

    learnt: Learnt | None = None


@dataclass(frozen=True)
class Finished:
    """An errand that is over, not settled yet."""

    claimed: Claimed
    effect: Effect | None
    """None when this version does not know the effect."""
    outcome: Done | Later | Never


@dataclass(frozen=True)
class Turn:
    """What one transaction brought."""

    claimed: list[Claimed]
    next_due: datetime | None
    """When something comes due that is not due yet; only where nothing was claimed."""


class Ledger:
    """Settles and claims. Used by one thread at a time."""

    def __init__(
        self,
        *,
        storage: Storage,
        desk: Callable[[Transaction], Desk],
        feature: Feature,
        ways: dict[type[Effect], Way],
        counts: Counts,
        lease: timedelta,
    ) -> None:
        self._storage = storage
        self._desk = desk
        self._feature = feature
        self._ways = ways
        self._counts = counts
        self._lease = lease

    def turn(
        self, finished: Sequence[Finished], *, room: int, held_back: Sequence[str], unhurried: int | None = None
    ) -> Turn:
        """Settle what finished, and claim up to `room` effects that may be done now, `held_back` kinds aside.

        At most `unhurried` of them are such that can wait; None is any number. Raises when the database cannot be used;
        nothing is settled then, and the same may be given again.
        """
        try:
            return self._together(finished, room=room, held_back=held_back, unhurried=unhurried)
        except Exception as problem:
            if not finished or out_of_reach(problem):
                raise
            log.warning("settling %d effects together failed; trying each by itself", len(finished), exc_info=True)
        for one in finished:
            self._alone(one)
        return self._together((), room=room, held_back=held_back, unhurried=unhurried)

    def _together(
        self, finished: Sequence[Finished], *, room: int, held_back: Sequence[str], unhurried: int | None
    ) -> Turn:
        with self._storage.transaction(patient=True) as tx:
            now = datetime.now(UTC)  # only now: leases begin once the writers' turn has come
            settled = self._settle(tx, finished, now)
            claimed: list[Claimed] = []
            if room > 0:
                claimed = outbox.claim(
                    tx, now=now, lease=self._lease, limit=room, kinds_waiting=held_back, unhurried=unhurried
                )
            next_due = None if claimed or not room else deliveries.next_due(tx, after=now)
        for one in settled:
            self._count(one, now)
        return Turn(claimed, next_due)

    def _alone(self, one: Finished) -> None:
        """Settle one; where writing down what was learnt fails, it is done again later, which is harmless."""
        now = datetime.now(UTC)
        try:
            with self._storage.transaction(patient=True) as tx:
                settled = self._settle(tx, [one], now)
        except Exception:
            log.exception("what %s #%d brought could not be written down", one.claimed.kind, one.claimed.id)
            failed = Later("a fault of the bot's own; its log has the details", most_attempts=20)
            with self._storage.transaction(patient=True) as tx:
                settled = self._settle(tx, [Finished(one.claimed, None, failed)], now)
        for each in settled:
            self._count(each, now)

    def _settle(self, tx: Transaction, finished: Sequence[Finished], now: datetime) -> list[Finished]:
        """Settles each whose lease still holds, and returns those."""
        incidents = {one.claimed.incident_id for one in finished if one.claimed.incident_id is not None}
        deliveries.lock_incidents(tx, incidents)
        done = [one.claimed for one in finished if isinstance(one.outcome, Done)]
        held = deliveries.settle_done(tx, done, now=now)
        settled = []
        for one in sorted(finished, key=lambda one: one.claimed.id):
            final = Finished(one.claimed, one.effect, _final(one))
            is_done = isinstance(final.outcome, Done)
            if one.claimed.id in held if is_done else self._change(tx, final, now):
                settled.append(final)
                self._follow(tx, final)
            else:
                log.warning("%s #%d was taken over by another worker", one.claimed.kind, one.claimed.id)
        return settled

    def _change(self, tx: Transaction, one: Finished, now: datetime) -> bool:
        """Put it off, or give it up; False when the lease was lost."""
        claimed, outcome = one.claimed, one.outcome
        if isinstance(outcome, Never):
            return outbox.settle_never(tx, claimed, now=now, error=str(outcome)[:1000])
        assert isinstance(outcome, Later)  # noqa: S101 - what is done is settled with the others
        due_at = now + outcome.wait(claimed.attempts)
        if outcome.untouched:
            return outbox.release(tx, claimed, now=due_at)
        return outbox.settle_later(tx, claimed, due_at=due_at, error=outcome.reason[:1000])

    def _follow(self, tx: Transaction, one: Finished) -> None:
        """Write down what was learnt, or tell who has to know that it will never be done."""
        effect, outcome = one.effect, one.outcome
        if effect is None:
            return
        if isinstance(outcome, Done) and outcome.learnt is not None:
            self._write(tx, effect, outcome.learnt)
        way = self._ways.get(type(effect))
        if isinstance(outcome, Never) and way is not None and way.gave_up is not None:
            way.gave_up(self._desk(tx), effect, outcome.reason)

    def _write(self, tx: Transaction, effect: Effect, learnt: Learnt) -> None:
        way, theirs = self._ways.get(type(effect)), self._feature.learnt.get(type(effect))
        if theirs is None and (way is None or way.write is None):
            return
        desk = self._desk(tx)
        if way is not None and way.write is not None:
            way.write(desk, effect, learnt)
        if theirs is not None:
            tx.session.expire_all()  # ours wrote beside the session's rows
            theirs(desk, effect, learnt)

    def _count(self, one: Finished, now: datetime) -> None:
        kind = one.claimed.kind
        match one.outcome:
            case Done():
                self._counts.count_done(kind, owed_at=one.claimed.owed_at, now=now)
            case Later(reason=reason):
                self._counts.later[kind] += 1
                log.info("%s #%d waits: %s", kind, one.claimed.id, reason)
            case Never():
                self._counts.dead[kind] += 1
                log.error("%s #%d gave up: %s", kind, one.claimed.id, one.outcome)


def _final(one: Finished) -> Done | Later | Never:
    """Later, but not for ever."""
    outcome = one.outcome
    if isinstance(outcome, Later) and not outcome.untouched and one.claimed.attempts >= outcome.most_attempts:
        return Never(f"{outcome.reason}; tried {one.claimed.attempts} times")
    return outcome
