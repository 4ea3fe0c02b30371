"""When all objects are looked through."""

from __future__ import annotations

import gc

from bot.collecting import collect, collecting_when_asked


class Ring:
    """Something that is kept by itself alone."""

    def __init__(self) -> None:
        self.me = self


def rings() -> int:
    return sum(isinstance(one, Ring) for one in gc.get_objects())


def test_what_grew_old_in_the_bot_is_looked_through_when_it_is_asked_for_and_not_before() -> None:
    with collecting_when_asked():
        ring = Ring()
        gc.collect(1)
        del ring
        kept: list[list[int]] = [[] for _ in range(300_000)]  # by itself, Python would look at everything now
        assert len(kept) == 300_000
        assert rings() == 1
        collect()
        assert rings() == 0


def test_afterwards_everything_is_as_it_was() -> None:
    before = gc.get_threshold()
    with collecting_when_asked():
        assert gc.get_threshold()[:2] == before[:2]
        assert gc.get_threshold()[2] > 1_000_000
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
